"""The transfers that orchestrations are made of."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from airflow_provider_paxos.api.errors import InvalidRequest, MissingScope, UnreadableAnswer
from airflow_provider_paxos.api.transfers import Transfer, Transfers
from tests.api.script import BASE_URL, Script, answer, query_of

ID = "dde1b3c5-d02a-48f6-8d11-16b4f532ea49"
TRANSFER: dict[str, Any] = {
    "id": ID,
    "ref_id": "ref-1",
    "customer_id": "customer-1",
    "profile_id": "profile-1",
    "identity_id": "identity-1",
    "account_id": "account-1",
    "amount": "12345678901234567890.12345678",
    "total": "12345678901234567890.12345701",
    "fee": "0.00000023",
    "asset": "USDG",
    "balance_asset": "USDG",
    "direction": "DEBIT",
    "type": "CRYPTO_WITHDRAWAL",
    "status": "COMPLETED",
    "secondary_status": {"name": "PENDING_CUSTOMER_APPROVAL", "detail": "awaits two approvals"},
    "status_details": {"stale_fee_quote": {"message": "the quote is old"}},
    "created_at": "2026-07-01T14:15:22Z",
    "updated_at": "2026-07-02T14:15:22Z",
    "metadata": {"purpose": "payroll"},
    "destination_address": "0x1",
    "crypto_network": "ETHEREUM",
    "crypto_tx_hash": "0xf4184f",
    "crypto_tx_index": "0",
    "auto_conversion": {"from_transfer_id": "t-0"},
    "group_id": "group-1",
    "fiat_account_id": "fiat-1",
    "notional_value": "1.02",
    "memo": "invoice 7",
}


def listed(script: Script, **filters: Any) -> list[Transfer]:
    return script.run(script.part(Transfers).pages(**filters).rest())


def one(**but: Any) -> Transfer:
    (found,) = listed(Script(answer({"items": [{**TRANSFER, **but}]})))
    return found


def test_a_transfer_has_all_that_paxos_publishes_to_the_last_digit() -> None:
    assert one().model_dump(mode="json", exclude_none=True) == TRANSFER


def test_many_are_read_a_hundred_a_request() -> None:
    ids = [f"id-{number}" for number in range(250)]
    script = Script(*(answer({"items": [{"id": each} for each in ids[at : at + 100]]}) for at in (0, 100, 200)))

    assert [each.id for each in script.run(script.part(Transfers).read(ids))] == ids
    assert [len(query_of(sent)) for sent in script.sent] == [100, 100, 50]
    assert script.sent[0].url.startswith(f"{BASE_URL}/transfer/transfers?ids=id-0&ids=id-1&")


def test_what_paxos_does_not_have_is_missing() -> None:
    script = Script(answer({"items": [TRANSFER]}))

    assert [each.id for each in script.run(script.part(Transfers).read([ID.upper(), "none"]))] == [ID]


def test_an_ignored_filter_is_noticed() -> None:
    with pytest.raises(UnreadableAnswer, match="holds transfers of another ids"):
        listed(Script(*[answer({"items": [TRANSFER]})] * 5), ids=["none"])


@pytest.mark.parametrize("filters", [{"id": "a"}, {"ids": []}, {"ids": [str(n) for n in range(101)]}])
def test_a_filter_that_the_list_does_not_have_is_refused_before_anything_is_sent(filters: dict[str, Any]) -> None:
    script = Script()

    with pytest.raises(InvalidRequest):
        listed(script, **filters)
    assert script.steps == []


@pytest.mark.parametrize(
    "odd",
    [
        {"secondary_status": "odd"},
        {"status_details": []},
        {"notional_value": "many"},
        {"metadata": {"attempt": 1}},
        {"created_at": "yesterday"},
        {"direction": 7},
    ],
)
def test_what_no_rule_needs_may_be_anything(odd: dict[str, Any]) -> None:
    assert one(**odd).fee == Decimal("0.00000023")


@pytest.mark.parametrize("name", ["amount", "total", "fee"])
def test_an_amount_that_is_no_decimal_makes_the_answer_unreadable(name: str) -> None:
    with pytest.raises(UnreadableAnswer):
        listed(Script(*[answer({"items": [{**TRANSFER, name: "1e3"}]})] * 5))


def test_without_the_scope_nothing_is_sent() -> None:
    script = Script()

    with pytest.raises(MissingScope, match="List Transfers: it needs transfer:read_transfer"):
        script.run(script.part(Transfers, []).read([ID]))
    assert script.steps == []
