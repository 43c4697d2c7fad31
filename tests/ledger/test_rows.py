"""Ledger rows of orchestrations: both sides of every movement, to the last digit, of COMPLETED ones alone."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from airflow_provider_paxos.api.amounts import exact_sum
from airflow_provider_paxos.api.errors import InvalidRequest
from airflow_provider_paxos.api.models import Orchestration
from airflow_provider_paxos.api.transfers import Transfer
from airflow_provider_paxos.emulator.models import PAYOUTS_PROFILE, TREASURY_PROFILE
from airflow_provider_paxos.ledger.rows import COLUMNS, CONVERSION, FEES, LedgerRow, balances, ledger_rows, transfer_ids
from airflow_provider_paxos.receipts import receipt_of
from tests.emulator.conftest import Api, fresh_api
from tests.payments import REQUEST, profile


def completed(**but: Any) -> dict[str, Any]:
    """Return a COMPLETED orchestration, as Paxos returns it."""
    return {
        "id": "orch-1",
        "profile_id": "profile-a",
        **REQUEST,
        "status": "COMPLETED",
        "source_transfer": {"transfer_id": "out-1", "status": "COMPLETED"},
        "destination_transfer": {"transfer_id": "in-1", "status": "COMPLETED"},
        "created_at": "2026-11-21T03:04:05Z",
        "updated_at": "2026-11-21T03:04:11Z",
        **but,
    }


def movements(rows: list[LedgerRow]) -> list[tuple[str, str, str, str]]:
    return [(row.debit, row.credit, row.asset, f"{row.amount:f}") for row in rows]


def test_a_conversion_has_a_row_in_each_asset() -> None:
    assert movements(ledger_rows([completed()])) == [
        ("profile:profile-a", CONVERSION, "USD", "100.25"),
        (CONVERSION, "profile:profile-b", "USDG", "100.25"),
    ]


def test_a_row_names_its_orchestration_and_transfer() -> None:
    metadata = {"airflow_creator": "settlement.pay 7 manual__1 #9f86d08188.1ba3c47e02"}
    receipt = {**completed(metadata=metadata), "key": "7", "adopted": False}
    _, row = ledger_rows([receipt])
    assert row.to_dict() == {
        "id": "orch-1:destination",
        "debit": CONVERSION,
        "credit": "profile:profile-b",
        "asset": "USDG",
        "amount": "100.25",
        "movement": "destination",
        "fee": None,
        "orchestration": "orch-1",
        "transfer": "in-1",
        "ref_id": "settle-1",
        "key": "7",
        "creator": "settlement.pay 7 manual__1",
        "rule": None,
        "created_at": "2026-11-21T03:04:05+00:00",
        "updated_at": "2026-11-21T03:04:11+00:00",
    }
    assert tuple(row.to_dict()) == COLUMNS


@pytest.mark.parametrize(
    ("destination", "account"),
    [
        ({"profile": {"profile_id": "p"}}, "profile:p"),
        ({"fiat": {"bank_account_id": "b", "memo": "m"}}, "outside:fiat:b"),
        ({"crypto": {"address": "0xA", "network": "BASE"}}, "outside:crypto:BASE:0xA"),
        ({"crypto": {"address_id": "saved"}}, "outside:crypto:saved"),
    ],
)
def test_the_account_of_a_destination_says_where_the_money_is(destination: dict[str, Any], account: str) -> None:
    *_, row = ledger_rows([completed(destination=destination)])
    assert row.credit == account


@pytest.mark.parametrize(
    ("direction", "amount"),
    [("DEBIT", "99.25"), ("CREDIT", "98.25")],
)
def test_a_fee_has_a_row_of_its_own_and_is_not_part_of_what_arrived(direction: str, amount: str) -> None:
    transfer = {"id": "in-1", "amount": "99.25", "fee": "1.00", "direction": direction}
    _, arrived, fee = ledger_rows([completed()], [transfer])
    assert movements([arrived, fee]) == [
        (CONVERSION, "profile:profile-b", "USDG", amount),
        (CONVERSION, FEES, "USDG", "1.00"),
    ]
    assert (arrived.fee, fee.fee) == (Decimal("1.00"), None)


def test_a_fee_of_the_source_transfer_is_paid_by_the_profile() -> None:
    transfer = {"id": "out-1", "amount": "100.25", "fee": "0.01", "direction": "DEBIT"}
    _, fee, _ = ledger_rows([completed()], [transfer])
    assert movements([fee]) == [("profile:profile-a", FEES, "USD", "0.01")]


def test_the_fee_of_a_known_transfer_without_one_is_zero_and_makes_no_row() -> None:
    rows = ledger_rows([completed()], [{"id": "in-1", "amount": "100.25", "fee": "0", "direction": "CREDIT"}])
    assert [row.fee for row in rows] == [None, Decimal(0)]


@pytest.mark.parametrize("status", ["FAILED", "REJECTED", "PENDING", "PROCESSING", "SETTLING", None])
def test_only_completed_moves_money_even_if_the_source_transfer_was_completed(status: str | None) -> None:
    assert ledger_rows([completed(status=status)]) == []


def test_an_attempt_without_an_orchestration_has_no_rows() -> None:
    assert ledger_rows([{"ref_id": "settle-1", "acceptance": "unknown", "error": "…"}]) == []


def test_what_stands_in_several_records_is_booked_once() -> None:
    assert len(ledger_rows([completed(status="PROCESSING"), completed(), completed(key="7")])) == 2


def test_records_that_contradict_each_other_are_refused() -> None:
    with pytest.raises(InvalidRequest, match=r"orch-1.*two records of it move different money"):
        ledger_rows([completed(), completed(source_amount="100.26")])


@pytest.mark.parametrize("name", ["source_amount", "source_asset", "destination_asset", "destination"])
def test_a_completed_record_without_a_value_that_a_row_needs_is_refused(name: str) -> None:
    with pytest.raises(InvalidRequest, match=r"ref_id settle-1, id orch-1.*it is COMPLETED, but the record"):
        ledger_rows([completed(**{name: None})])


def test_a_record_without_a_profile_is_refused() -> None:
    with pytest.raises(InvalidRequest, match="names no profile"):
        ledger_rows([completed(source=None, profile_id=None)])


def test_a_record_of_the_result_of_a_batch_is_refused_with_the_way_out() -> None:
    result = {"key": "7", "id": "orch-1", "status": "COMPLETED", "source": profile("a"), "destination": profile("b")}
    with pytest.raises(InvalidRequest, match="give its receipt"):
        ledger_rows([result])


def test_transfers_may_be_those_that_the_hooks_return() -> None:
    transfer = Transfer.model_validate({"id": "in-1", "amount": "100.25", "fee": "1", "direction": "CREDIT"})
    *_, fee = ledger_rows([completed()], [transfer])
    assert fee.to_dict()["amount"] == "1"


@pytest.mark.parametrize("transfer", [{"fee": "1"}, {"id": "in-1", "amount": "1e3"}])
def test_a_transfer_that_is_not_readable_is_refused(transfer: dict[str, Any]) -> None:
    with pytest.raises(InvalidRequest, match="the transfer is not readable"):
        ledger_rows([completed()], [transfer])


def test_a_record_that_is_not_readable_is_refused() -> None:
    with pytest.raises(InvalidRequest, match="the orchestration is not readable: source_amount"):
        ledger_rows([completed(source_amount="a lot")])


def test_each_row_has_an_id_of_its_own_whatever_is_known_of_fees() -> None:
    fees = [
        {"id": "out-1", "amount": "100.25", "fee": "0.01", "direction": "DEBIT"},
        {"id": "in-1", "amount": "99.25", "fee": "1.00", "direction": "DEBIT"},
    ]
    with_fees, without = ([row.id for row in ledger_rows([completed()], known)] for known in (fees, []))
    assert with_fees == ["orch-1:source", "orch-1:source_fee", "orch-1:destination", "orch-1:destination_fee"]
    assert without == ["orch-1:source", "orch-1:destination"]


def test_the_transfers_of_completed_orchestrations_are_named_once() -> None:
    failed = {"source_transfer": {"transfer_id": "out-2"}, "status": "FAILED", "id": "orch-2"}
    without = completed(id="orch-3", source_transfer=None, destination_transfer={"status": "COMPLETED"})
    assert transfer_ids([completed(), completed(), completed(**failed), without]) == ["out-1", "in-1"]


AMOUNTS = st.decimals("0.00000001", "1e19", places=8).map("{:f}".format)


@given(st.lists(st.tuples(AMOUNTS, st.sampled_from(["USD", "USDG"]), st.sampled_from(["USDG", "PYUSD"]))))
def test_the_rows_of_every_asset_sum_to_zero(several: list[tuple[str, str, str]]) -> None:
    records = [
        completed(id=str(number), source_amount=amount, source_asset=source, destination_asset=destination)
        for number, (amount, source, destination) in enumerate(several)
    ]
    changes: dict[str, list[Decimal]] = defaultdict(list)
    for (_, asset), change in balances(ledger_rows(records)).items():
        changes[asset].append(change)
    assert {exact_sum(of_asset) for of_asset in changes.values()} <= {0}


# What follows is the promise: the rows are the emulator's own book.

DESTINATIONS = st.sampled_from(
    [
        {"fiat": {"bank_account_id": "b5e0cf1a-0d5c-4c6e-9a76-0b0c2bdb6c1e"}},
        {"crypto": {"address": "0x52908400098527886E0F7030069857D2E4169EE7", "network": "ETHEREUM"}},
        profile(PAYOUTS_PROFILE),
    ]
)
PAYMENTS = st.tuples(
    st.sampled_from([("USD", "USDG"), ("USDC", "USD"), ("USDG", "USDG")]),
    st.decimals("1", "5000", places=2).map("{:f}".format),
    DESTINATIONS,
    st.sampled_from(["COMPLETED", "FAILED", "REJECTED", "PROCESSING"]),
    st.sampled_from([0, 2, 4]),
)


def book_of(api: Api, terminal: set[str]) -> dict[tuple[str, str], Decimal]:
    """Return how the emulator's accounts were changed by some orchestrations; a profile's two accounts are one here."""
    changes: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for booking in api.backend.ledger.bookings:
        if booking.orchestration_id in terminal:
            for account, amount in ((booking.debit, -booking.amount), (booking.credit, booking.amount)):
                changes[account.removesuffix(":available").removesuffix(":held"), booking.asset] += amount
    return {account: change for account, change in changes.items() if change}


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(PAYMENTS, min_size=1, max_size=12), st.sampled_from(["0", "0.25"]))
def test_the_rows_are_equal_to_the_book_of_the_emulator(several: list[Any], fee: str) -> None:
    api = fresh_api()
    api.configure(settle_seconds=6, fees={"WIRE_WITHDRAWAL": fee, "CRYPTO_WITHDRAWAL": fee})
    for asset in ("USD", "USDC", "USDG"):
        network = {} if asset == "USD" else {"crypto_network": "BASE"}
        deposit = {"asset": asset, "amount": "1000000", **network}
        assert api.http.post(f"/v2/sandbox/profiles/{TREASURY_PROFILE}/deposit", json=deposit).status_code == 200
    for number, ((source, destination), amount, to, status, seconds) in enumerate(several):
        created = api.created(
            f"pay-{number}",
            source_asset=source,
            destination_asset=destination,
            source_amount=amount,
            source=profile(TREASURY_PROFILE),
            destination=to,
        )
        api.advance(seconds)
        if api.get(created["id"])["status"] == "PROCESSING" and status != "PROCESSING":
            api.control(f"orchestrations/{created['id']}/status", {"status": status})
    found = [Orchestration.model_validate(item) for item in api.list(limit=1000).json()["items"]]
    transfers = api.http.get("/v2/transfer/transfers", params={"limit": 1000}).json()["items"]
    rows = ledger_rows([receipt_of(each) for each in found], transfers)

    terminal = {each.id for each in found if each.status in ("COMPLETED", "FAILED", "REJECTED")}
    assert {account: change for account, change in balances(rows).items() if change} == book_of(api, terminal)
    assert {row.orchestration for row in rows} == {each.id for each in found if each.status == "COMPLETED"}
