"""PaxosHook: from an Airflow connection to Paxos, for workers."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_provider_paxos.api.errors import AlreadyExists, BadCredentials, InvalidConnection, NotFound, RefIdConflict
from airflow_provider_paxos.hooks.paxos import PaxosHook
from tests.fake_paxos import SECRET, FakePaxos
from tests.fixtures import Define
from tests.payments import REQUEST


def test_it_is_the_hook_of_the_connection_type_paxos() -> None:
    assert (PaxosHook.conn_type, PaxosHook.conn_name_attr, PaxosHook.default_conn_name) == (
        "paxos",
        "paxos_conn_id",
        "paxos_default",
    )


def test_it_creates_an_orchestration(paxos: FakePaxos) -> None:
    created = PaxosHook().create_orchestration(REQUEST)
    assert paxos.book[created.id]["ref_id"] == "settle-1"


def test_create_refuses_a_ref_id_that_is_in_use_even_by_the_same_payment(paxos: FakePaxos) -> None:
    PaxosHook().create_orchestration(REQUEST)
    with pytest.raises(AlreadyExists):
        PaxosHook().create_orchestration(REQUEST)


def test_submit_adopts_what_an_earlier_attempt_has_created(paxos: FakePaxos) -> None:
    first, second = PaxosHook().submit_orchestration(REQUEST), PaxosHook().submit_orchestration(REQUEST)
    assert (first.adopted, second.adopted) == (False, True)
    assert first.orchestration.id == second.orchestration.id


def test_submit_refuses_another_payment_under_the_same_ref_id(paxos: FakePaxos) -> None:
    PaxosHook().submit_orchestration(REQUEST)
    with pytest.raises(RefIdConflict, match=r"asked for 99.*exists with 100\.25"):
        PaxosHook().submit_orchestration({**REQUEST, "source_amount": "99"})


def test_it_gets_an_orchestration_as_it_is_now(paxos: FakePaxos) -> None:
    orchestration_id = paxos.add(status="PENDING")
    assert PaxosHook().get_orchestration(orchestration_id).status == "PENDING"


def test_an_id_that_paxos_does_not_know_is_an_error(paxos: FakePaxos) -> None:
    with pytest.raises(NotFound):
        PaxosHook().get_orchestration("unknown")


def test_it_finds_an_orchestration_by_its_ref_id(paxos: FakePaxos) -> None:
    orchestration_id = paxos.add(1)
    paxos.add(2)
    found = PaxosHook().find_orchestration("settle-1")
    assert found is not None
    assert found.id == orchestration_id


def test_it_finds_none_where_paxos_shows_none(paxos: FakePaxos) -> None:
    assert PaxosHook().find_orchestration("settle-1") is None


def test_it_reads_many_and_leaves_out_those_that_paxos_does_not_know(paxos: FakePaxos) -> None:
    one, two = paxos.add(1), paxos.add(2)
    found = PaxosHook().read_orchestrations(ids=[one, "unknown"], ref_ids=["settle-2"])
    assert [each.id for each in found] == [one, two]


def test_it_lists_orchestrations_by_the_apis_filters(paxos: FakePaxos) -> None:
    paxos.add(1)
    two = paxos.add(2)
    found = list(PaxosHook().list_orchestrations(ref_id=["settle-2"], order="ASC"))
    assert [each.id for each in found] == [two]
    assert paxos.only("list").query == {"ref_id": ["settle-2"], "order": ["ASC"]}


def test_it_takes_the_connection_that_it_is_given(paxos: FakePaxos, define_connection: Define) -> None:
    define_connection("paxos_eu", extra={"environment": "production"})
    assert PaxosHook("paxos_eu").get_conn().settings.environment == "production"


def test_the_client_is_made_once(paxos: FakePaxos) -> None:
    hook = PaxosHook()
    assert hook.get_conn() is hook.get_conn()


def test_leaving_it_closes_the_connections_and_a_later_call_opens_new_ones(paxos: FakePaxos) -> None:
    with PaxosHook() as hook:
        before = hook.get_conn()
    assert hook.get_conn() is not before


def test_leaving_it_unused_asks_for_nothing(paxos: FakePaxos) -> None:
    with PaxosHook():
        pass
    assert paxos.asked == []


def test_all_hooks_of_a_process_share_one_token(paxos: FakePaxos) -> None:
    for _ in range(3):
        PaxosHook().find_orchestration("settle-1")
    assert paxos.minted == 1


def test_a_rotated_secret_gets_a_token_of_its_own(paxos: FakePaxos, define_connection: Define) -> None:
    PaxosHook().find_orchestration("settle-1")
    paxos.secret = "rotated"
    define_connection(password="rotated")
    PaxosHook().find_orchestration("settle-1")
    assert paxos.minted == 2


def test_a_wrong_secret_is_not_covered_by_an_earlier_token(paxos: FakePaxos, define_connection: Define) -> None:
    PaxosHook().find_orchestration("settle-1")
    define_connection(password="mistyped")
    with pytest.raises(BadCredentials):
        PaxosHook().find_orchestration("settle-1")


def test_the_connections_secrets_are_masked_before_anything_is_asked(
    paxos: FakePaxos, define_connection: Define, masked: list[object]
) -> None:
    define_connection(extra={"signing_key": "the-key"})
    with pytest.raises(InvalidConnection):
        PaxosHook().get_conn()
    assert masked == [SECRET, "the-key"]


def test_a_token_is_masked_before_it_is_used(paxos: FakePaxos, masked: list[object], monkeypatch: Any) -> None:
    masked_when: dict[str, list[object]] = {}
    answer = paxos.answer

    def observe(method: str, url: str, *rest: Any) -> Any:
        masked_when[url.rpartition("/")[2].partition("?")[0]] = list(masked)
        return answer(method, url, *rest)

    monkeypatch.setattr(paxos, "answer", observe)
    PaxosHook().find_orchestration("settle-1")
    assert masked_when == {"token": [SECRET], "orchestrations": [SECRET, "minted-1"]}


def test_a_connection_that_is_not_defined_is_named() -> None:
    with pytest.raises(InvalidConnection, match="Connection paxos_elsewhere is not defined"):
        PaxosHook("paxos_elsewhere").get_conn()


def test_a_limit_of_the_connection_refuses_before_anything_is_sent(paxos: FakePaxos, define_connection: Define) -> None:
    define_connection(extra={"allowed_assets": "USDC"})
    with pytest.raises(Exception, match="allowed_assets"):
        PaxosHook().submit_orchestration(REQUEST)
    assert paxos.calls() == []
