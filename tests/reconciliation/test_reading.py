"""Reading Paxos' book: which requests, and what becomes of a reading that does not come to its end."""

from __future__ import annotations

from collections.abc import Collection
from types import SimpleNamespace
from typing import Any

import pytest

from airflow_provider_paxos.api.flow import Request, Response
from airflow_provider_paxos.api.repair_chain import REPLACES
from airflow_provider_paxos.api.transfers import READ_TRANSFER, Transfers
from airflow_provider_paxos.reconciliation.paxos_book import PaxosBook
from airflow_provider_paxos.reconciliation.reading import read_book
from tests.api.script import Script, answer, query_of
from tests.reconciliation.builders import WINDOW, orchestration


def shown(*ref_ids: str, **fields: Any) -> list[dict[str, Any]]:
    return [orchestration(ref_id, **fields).to_dict() for ref_id in ref_ids]


def page(*items: dict[str, Any], name: str = "items", cursor: str | None = None) -> Response:
    return answer({name: list(items), "next_page_cursor": cursor})


def read(
    *answers: Any, profile_ids: tuple[str, ...] = ("profile-a",), scopes: Collection[str] = (), **more: Any
) -> tuple[PaxosBook, list[Request]]:
    script = Script(*answers)
    client: Any = SimpleNamespace(orchestrations=script.calls(), transfers=script.part(Transfers, scopes))
    return script.run(read_book(client, profile_ids, WINDOW, **more)), script.sent


def test_the_window_is_asked_for_by_profile_and_time_a_thousand_a_page() -> None:
    book, sent = read(page(*shown("a")))

    assert list(book.orchestrations) == ["o-a"]
    assert query_of(sent[0]) == [
        ("profile_id", "profile-a"),
        ("created_at.gte", "2026-11-20T23:00:00+00:00"),
        ("created_at.lt", "2026-11-22T00:00:00+00:00"),
        ("order", "ASC"),
        ("limit", "1000"),
    ]


@pytest.mark.parametrize("name", ["items", "orchestrations"])
def test_both_names_of_a_page_are_read_and_an_orchestration_counts_once(name: str) -> None:
    book, sent = read(page(*shown("a", "b"), name=name, cursor="c1"), page(*shown("b", "c"), name=name))

    assert list(book.orchestrations) == ["o-a", "o-b", "o-c"]
    assert ("page_cursor", "c1") in query_of(sent[1])
    assert not book.incomplete


def test_more_than_a_hundred_profiles_take_several_requests() -> None:
    _, sent = read(page(), page(), profile_ids=tuple(f"p-{number}" for number in range(101)))

    assert [len([name for name, _ in query_of(each) if name == "profile_id"]) for each in sent] == [100, 1]


def test_strangers_that_an_ignored_filter_lets_in_are_left_out() -> None:
    earlier = orchestration("old", created_at="2026-11-01T00:00:00Z").to_dict()

    book, _ = read(page(*shown("a"), *shown("b", profile_id="profile-z"), earlier))

    assert list(book.orchestrations) == ["o-a"]


def test_ids_and_ref_ids_that_the_window_shows_are_not_asked_for_again() -> None:
    _, sent = read(page(*shown("a", "b")), ids=["o-a"], ref_ids=["b"])

    assert len(sent) == 1


def test_others_are_read_by_id_and_by_ref_id() -> None:
    book, sent = read(page(), page(*shown("a")), page(*shown("b")), ids=["o-a", "o-a"], ref_ids=["b"])

    assert list(book.orchestrations) == ["o-a", "o-b"]
    assert [query_of(each) for each in sent[1:]] == [[("orchestration_id", "o-a")], [("ref_id", "b")]]


def test_the_repair_of_an_unsuccessful_one_is_looked_up_to_the_end_of_the_chain() -> None:
    first = shown("a", status="FAILED")
    second = shown("a-r1", status="FAILED", metadata={REPLACES: "a"})

    book, sent = read(page(*first), page(*second), page())

    assert list(book.orchestrations) == ["o-a", "o-a-r1"]
    assert [query_of(each) for each in sent[1:]] == [[("ref_id", "a-r1")], [("ref_id", "a-r2")]]


def test_what_a_repair_replaces_is_looked_up() -> None:
    book, sent = read(page(*shown("a-r1", metadata={REPLACES: "a"})), page(*shown("a", status="FAILED")))

    assert query_of(sent[1]) == [("ref_id", "a")]
    assert list(book.orchestrations) == ["o-a-r1", "o-a"]


def test_transfers_are_read_by_both_ids_a_hundred_a_request() -> None:
    parts = {
        f"{side}_transfer": {"transfer_id": f"{side}-{{}}", "status": "COMPLETED"} for side in ("source", "destination")
    }
    items = [
        {
            **each,
            **{name: {**part, "transfer_id": part["transfer_id"].format(number)} for name, part in parts.items()},
        }
        for number, each in enumerate(shown(*(f"r-{number}" for number in range(75))))
    ]

    book, sent = read(page(*items), page({"id": "source-0"}), page(), scopes=[READ_TRANSFER])

    assert [len(query_of(each)) for each in sent[1:]] == [100, 50]
    assert list(book.transfers or ()) == ["source-0"]


def test_without_the_scope_of_transfers_they_are_not_checked_and_the_book_is_whole() -> None:
    book, sent = read(page(*shown("a", source_transfer={"transfer_id": "t-1"})))

    assert len(sent) == 1
    assert book.transfers is None
    assert book.not_checked == [f"transfers: it needs {READ_TRANSFER}, which the connection's scopes do not name"]
    assert not book.incomplete


REFUSED = answer({"type": "about:blank", "title": "Bad Request", "status": 400}, status=400)


def test_a_page_that_fails_leaves_what_was_read_and_says_that_it_is_incomplete() -> None:
    book, sent = read(page(*shown("a"), cursor="c1"), REFUSED, ids=["o-9"], ref_ids=["r-9"])

    assert list(book.orchestrations) == ["o-a"]
    assert len(sent) == 2
    assert book.incomplete[0].startswith("List Orchestrations of the window ended after 1 pages: ")
    assert (book.unread_ids, book.unread_ref_ids, book.transfers) == ({"o-9"}, {"r-9"}, None)
    assert book.fault is not None


def test_a_cursor_that_repeats_ends_the_reading() -> None:
    book, _ = read(page(*shown("a"), cursor="c1"), page(*shown("b"), cursor="c1"))

    assert "the page cursor repeats" in book.incomplete[0]
    assert list(book.orchestrations) == ["o-a"]


def test_ids_that_could_not_be_read_are_not_called_missing() -> None:
    book, _ = read(page(), REFUSED, ids=["o-9"])

    assert book.unread_ids == {"o-9"}
    assert book.incomplete


def test_ref_ids_that_could_not_be_looked_up_are_not_called_missing() -> None:
    book, _ = read(page(), REFUSED, ref_ids=["r-9"])

    assert book.unread_ref_ids == {"r-9"}
    assert book.incomplete[0].startswith("payments that the window does not show were not all looked up: ")


def test_transfers_that_fail_leave_an_incomplete_book() -> None:
    parts = shown("a", source_transfer={"transfer_id": "t-1"})

    book, _ = read(page(*parts), REFUSED, scopes=[READ_TRANSFER])

    assert book.incomplete[0].startswith("of 1 transfers 0 were read: ")
