"""Bank accounts that are registered with Paxos."""

from __future__ import annotations

import json
from typing import Any

import pytest

from airflow_provider_paxos.api.errors import MissingScope, UnreadableAnswer
from airflow_provider_paxos.api.fiat_accounts import FiatAccount, FiatAccounts
from tests.api.script import BASE_URL, Script, answer, query_of

ID = "dde1b3c5-d02a-48f6-8d11-16b4f532ea49"
ADDRESS = {
    "country": "USA",
    "address1": "9 Planted Street",
    "address2": "Floor 2",
    "city": "Plantedville",
    "province": "NY",
    "zip_code": "10001",
}
BANK = {"routing_number_type": "ABA", "routing_number": "123456789", "bank_name": "Bank", "bank_address": ADDRESS}
WIRE = {
    "account_number": "XXXX5678",
    "fiat_account_owner_address": ADDRESS,
    "routing_details": BANK,
    "intermediary_routing_details": BANK,
}
ACCOUNT: dict[str, Any] = {
    "id": ID,
    "ref_id": "ref-1",
    "identity_id": "identity-1",
    "account_id": "account-1",
    "fiat_account_owner": {
        "person_details": {"first_name": "Plantedname", "last_name": "Plantedname"},
        "institution_details": {"name": "Plantedname Inc"},
    },
    "fiat_network_instructions": {
        "wire": WIRE,
        "rtp": {
            "account_number": "XXXX5678",
            "fiat_account_owner_address": ADDRESS,
            "routing_details": {"routing_number": "123456789", "bank_name": "Bank", "bank_address": ADDRESS},
        },
        "dbs_act": {"account_number": "XXXX5678"},
        "scb": {"account_number": "XXXX5678"},
        "cubix": {"account_id": "cubix-1"},
        "cbit": {"wallet_address": "0x1"},
    },
    "status": "APPROVED",
    "metadata": {"purpose": "payroll"},
    "created_at": "2026-07-01T14:15:22Z",
    "updated_at": "2026-07-02T14:15:22Z",
}


def listed(script: Script, **filters: Any) -> list[FiatAccount]:
    return script.run(script.part(FiatAccounts).pages(**filters).rest())


def one(**but: Any) -> FiatAccount:
    (found,) = listed(Script(answer({"items": [{**ACCOUNT, **but}]})))
    return found


def test_an_account_has_all_that_paxos_publishes() -> None:
    assert one().model_dump(mode="json", exclude_none=True) == ACCOUNT


@pytest.mark.parametrize(
    ("status", "approved"), [("APPROVED", True), ("PENDING", False), ("REJECTED", False), ("NEW", False), (None, False)]
)
def test_money_can_be_sent_to_an_approved_account_alone(status: str | None, approved: bool) -> None:
    assert one(status=status).is_approved is approved


def test_many_are_read_a_hundred_a_request() -> None:
    ids = [f"id-{number}" for number in range(150)]
    pages = [answer({"items": [{"id": each} for each in some]}) for some in (ids[:60], ids[60:100], ids[100:])]
    first = json.loads(pages[0].body) | {"next_page_cursor": "c1"}
    script = Script(answer(first), *pages[1:])

    assert [each.id for each in script.run(script.part(FiatAccounts).read([*ids, ids[0]]))] == ids
    assert [len(query_of(sent)) for sent in script.sent] == [100, 101, 50]
    assert script.sent[0].url.startswith(f"{BASE_URL}/transfer/fiat-accounts?ids=id-0&ids=id-1&")


def test_what_paxos_does_not_have_is_missing() -> None:
    script = Script(answer({"items": [ACCOUNT]}))

    assert [each.id for each in script.run(script.part(FiatAccounts).read([ID, "none"]))] == [ID]


def test_an_ignored_filter_is_noticed() -> None:
    with pytest.raises(UnreadableAnswer, match="holds bank accounts of another ids"):
        listed(Script(*[answer({"items": [ACCOUNT]})] * 5), ids=["none"])


def test_a_truth_value_travels_as_paxos_writes_it() -> None:
    script = Script(answer({"items": []}))
    listed(script, include_deleted=True, ref_ids=["a", "b"])

    assert query_of(script.sent[0]) == [("include_deleted", "true"), ("ref_ids", "a"), ("ref_ids", "b")]


@pytest.mark.parametrize(
    "odd",
    [
        {"fiat_account_owner": {"person_details": None}},
        {"fiat_account_owner": []},
        {"fiat_network_instructions": {"wire": {**WIRE, "fiat_account_owner_address": None, "status": "PENDING"}}},
        {"fiat_network_instructions": {"wire": [], "carrier_pigeon": {}}},
        {"metadata": {"transaction_attempt": 1}},
        {"created_at": "yesterday"},
        {"identity_id": 7},
    ],
)
def test_what_no_rule_needs_may_be_anything(odd: dict[str, Any]) -> None:
    assert one(**odd).is_approved


def test_the_repr_shows_no_person_and_no_account_number() -> None:
    account = one()

    for shown in (
        repr(account),
        str(account),
        repr(account.fiat_network_instructions),
        repr(account.fiat_account_owner),
    ):
        assert "Planted" not in shown
        assert "5678" not in shown


def test_without_the_scope_nothing_is_sent() -> None:
    script = Script()

    with pytest.raises(MissingScope, match="List Fiat Accounts: it needs transfer:read_fiat_account"):
        script.run(script.part(FiatAccounts, []).read([ID]))
    assert script.steps == []
