"""A chain is read to its end, and no further than what Paxos shows beyond doubt."""

from __future__ import annotations

from collections.abc import Collection
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from airflow_provider_paxos.api.errors import UnreadableAnswer
from airflow_provider_paxos.api.flow import Request, Response
from airflow_provider_paxos.api.models import Orchestration
from airflow_provider_paxos.batch.repair_chains import MOST_LINKS, Chain, read_chains
from tests.api.script import Script, page, problem
from tests.api.script import answer as answered
from tests.batch.repair_books import link, repaired

MANY = 200


def read(
    *held: Orchestration, ref_id: str = "settle-7", unlisted: Collection[str] = (), gone: bool = False
) -> tuple[Chain, list[str]]:
    """Return the chain of a payment, and the methods and ref_ids that were asked for.

    :param unlisted: fields that List leaves out
    :param gone: whether Get does not show them at all
    """
    asked = []

    def answer(request: Request) -> Response:
        address = urlsplit(request.url)
        if ref_ids := parse_qs(address.query).get("ref_id"):
            asked.append(f"list {' '.join(ref_ids)}")
            shown = [each.to_dict() for each in held if each.ref_id in ref_ids]
            return page(*({name: each[name] for name in each if name not in unlisted} for each in shown))
        wanted = unquote(address.path.rpartition("/")[2])
        asked.append(f"get {wanted}")
        if gone:
            return problem(404)
        return answered(next(each.to_dict() for each in held if each.id == wanted))

    script = Script(*[answer] * MANY)
    return script.run(read_chains(script.calls(), [ref_id]))[ref_id], asked


def ref_ids_of(chain: Chain) -> list[str | None]:
    return [each.ref_id for each in chain.links]


def test_a_chain_is_read_until_nothing_follows() -> None:
    chain, asked = read(link(), repaired(1), repaired(2), repaired(9))
    assert (ref_ids_of(chain), chain.obstacle) == (["settle-7", "settle-7-r1", "settle-7-r2"], None)
    assert asked == ["list settle-7", "list settle-7-r1", "list settle-7-r2", "list settle-7-r3"]


@pytest.mark.parametrize("status", ["PROCESSING", "PENDING", "COMPLETED", "ON_HOLD"])
def test_nothing_follows_what_has_not_failed(status: str) -> None:
    chain, asked = read(link(), repaired(1, status))
    assert ref_ids_of(chain) == ["settle-7", "settle-7-r1"]
    assert asked == ["list settle-7", "list settle-7-r1"]


def test_it_may_begin_with_any_link() -> None:
    chain, _ = read(link(), repaired(1), repaired(2, "COMPLETED"), ref_id="settle-7-r1")
    assert ref_ids_of(chain) == ["settle-7-r1", "settle-7-r2"]


def test_a_payment_that_paxos_does_not_show_has_no_chain() -> None:
    assert read(repaired(1)) == (Chain(), ["list settle-7"])


def test_chains_are_read_side_by_side() -> None:
    held = {each.ref_id: each for each in (link("a"), link("b"), link("b-r1", "COMPLETED", metadata={"replaces": "b"}))}
    requests: list[list[str]] = []

    def answer(request: Request) -> Response:
        requests.append(parse_qs(urlsplit(request.url).query)["ref_id"])
        return page(*(held[each].to_dict() for each in requests[-1] if each in held))

    script = Script(*[answer] * MANY)
    chains = script.run(read_chains(script.calls(), ["a", "b", "c"]))
    assert {name: len(chain.links) for name, chain in chains.items()} == {"a": 1, "b": 2, "c": 0}
    assert requests == [["a", "b", "c"], ["a-r1", "b-r1"]]


def test_a_payment_under_the_next_ref_id_that_replaces_nothing_is_an_obstacle() -> None:
    chain, _ = read(link(), link("settle-7-r1", "COMPLETED"))
    assert ref_ids_of(chain) == ["settle-7"]
    assert str(chain.obstacle).startswith(
        "its next ref_id settle-7-r1 belongs to orchestration id of settle-7-r1, which does not replace it"
    )


def test_so_is_one_that_does_not_show_whether_it_does() -> None:
    chain, _ = read(link(), repaired(1, metadata=None), gone=True)
    assert (ref_ids_of(chain), "does not show whether" in str(chain.obstacle)) == (["settle-7"], True)


def test_so_are_several_under_one_ref_id() -> None:
    chain, _ = read(link(), link(id="a second one"))
    assert (chain.links, chain.obstacle) == ([], "Paxos shows 2 orchestrations under ref_id settle-7")


def test_what_list_leaves_out_is_read_with_get() -> None:
    chain, asked = read(link(), repaired(1), unlisted=("metadata", "source"))
    assert ref_ids_of(chain) == ["settle-7", "settle-7-r1"]
    assert [each for each in asked if each.startswith("get")] == ["get id of settle-7", "get id of settle-7-r1"]
    assert chain.links[1].metadata == repaired(1).metadata


def test_a_completed_payment_is_not_read_again_for_what_does_not_matter() -> None:
    _, asked = read(link(status="COMPLETED"), unlisted=("metadata", "source"))
    assert asked == ["list settle-7"]


def test_a_chain_that_is_too_long_is_an_obstacle() -> None:
    chain, _ = read(link(), *map(repaired, range(1, MOST_LINKS + 5)))
    assert (len(chain.links), str(chain.obstacle)) == (
        MOST_LINKS,
        "it was replaced 49 times: pay it under a ref_id of your own",
    )


def test_an_answer_that_ignores_the_filter_is_not_read() -> None:
    script = Script(*[page(link("another").to_dict())] * MANY)
    with pytest.raises(UnreadableAnswer):
        script.run(read_chains(script.calls(), ["settle-7"]))
