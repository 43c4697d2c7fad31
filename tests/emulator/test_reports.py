from __future__ import annotations

import csv
import io
import json
from collections import defaultdict
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal

import pytest

from airflow_provider_paxos.emulator.models import PAYOUTS_PROFILE, TREASURY_PROFILE
from tests.emulator.conftest import Api

CRYPTO = {"crypto": {"address": "0xabc", "network": "ETHEREUM"}}
PROFILE = {"profile": {"profile_id": PAYOUTS_PROFILE}}


def report(api: Api, day: str = "") -> list[dict[str, str]]:
    day = day or api.control("clock", method="GET").json()["now"][:10]
    answer = api.control(f"report?date={day}", method="GET")
    assert answer.headers["content-type"].startswith("text/csv")
    return list(csv.DictReader(io.StringIO(answer.text)))


def shown(rows: list[dict[str, str]], *columns: str) -> list[tuple[str, ...]]:
    return [tuple(row[column] for column in columns) for row in rows]


@pytest.fixture
def day(api: Api) -> Api:
    """An emulator at the beginning of a day, so that all that follows is in one report."""
    now = datetime.fromisoformat(api.control("clock", method="GET").json()["now"])
    midnight = datetime.combine(now.date() + timedelta(days=1), time(), UTC)
    api.advance((midnight - now).total_seconds())
    api.authorize()
    return api


def test_a_withdrawal_is_reserved_converted_and_sent(day: Api) -> None:
    day.configure(fees={"CRYPTO_WITHDRAWAL": "1"})
    created = day.created(destination=CRYPTO, metadata={"a": "b"}, account_id="acc")
    day.advance(6)
    rows = report(day)
    columns = ("TransactionType", "Resource", "BalanceType", "Direction", "Amount", "Assets", "Fee")
    assert shown(rows, *columns) == [
        ("ORCHESTRATION_RESERVE", "ORCHESTRATION", "AVAILABLE", "DEBIT", "250", "USDC", ""),
        ("ORCHESTRATION_RESERVE", "ORCHESTRATION", "TRADING", "CREDIT", "250", "USDC", ""),
        ("INTERNAL_TRANSFER_DEBIT", "TRANSFER", "TRADING", "DEBIT", "250", "USDC", "0"),
        ("SWAP_TX", "SWAP", "AVAILABLE", "CREDIT", "250", "USD", ""),
        ("CRYPTO_WITHDRAWAL", "TRANSFER", "AVAILABLE", "DEBIT", "250", "USD", "1"),
    ]
    done = day.get(created["id"])
    assert {row["OrchestrationID"] for row in rows} == {created["id"]}
    assert {row["ProfileID"] for row in rows} == {TREASURY_PROFILE}
    assert {row["ResourceRefID"] for row in rows} == {"pay-1"}
    assert {row["AccountID"] for row in rows} == {"acc"}
    assert json.loads(rows[0]["Metadata"]) == {"a": "b"}
    assert rows[-1]["ResourceID"] == done["destination_transfer"]["transfer_id"]
    assert rows[2]["ResourceID"] == done["source_transfer"]["transfer_id"]
    assert rows[-1]["ExternalID"].startswith("0x")


def test_a_failure_is_unreserved(day: Api) -> None:
    created = day.created()
    day.control(f"orchestrations/{created['id']}/status", {"status": "FAILED"})
    assert shown(report(day)[2:], "TransactionType", "BalanceType", "Direction") == [
        ("ORCHESTRATION_UNRESERVE", "TRADING", "DEBIT"),
        ("ORCHESTRATION_UNRESERVE", "AVAILABLE", "CREDIT"),
    ]


def test_a_profile_receives_by_an_internal_transfer(day: Api) -> None:
    day.created(destination=PROFILE)
    day.advance(6)
    row = report(day)[-1]
    assert shown([row], "TransactionType", "ProfileID", "Direction", "Assets") == [
        ("INTERNAL_TRANSFER_CREDIT", PAYOUTS_PROFILE, "CREDIT", "USD")
    ]


def test_a_report_is_that_of_one_day_in_utc(day: Api) -> None:
    today = day.control("clock", method="GET").json()["now"][:10]
    day.advance(86400 - 3)
    day.authorize()
    day.created()
    day.advance(6)
    assert [row["TransactionType"] for row in report(day, today)] == ["ORCHESTRATION_RESERVE"] * 2
    assert "WIRE_WITHDRAWAL" in [row["TransactionType"] for row in report(day)]


def test_the_rows_of_every_balance_add_up_to_it_and_are_unique(api: Api) -> None:
    api.configure(fees={"CRYPTO_WITHDRAWAL": "0.75", "INTERNAL_TRANSFER_DEBIT": "0.25"})
    for number, destination in enumerate((CRYPTO, PROFILE, None, {"fiat": {"bank_account_id": "b"}})):
        for status in ("COMPLETED", "FAILED", "REJECTED", "PROCESSING"):
            ref_id = f"{number}-{status}"
            api.created(ref_id, destination=destination, source_amount="10.01")
            api.advance(4)
            api.control(f"orchestrations/{ref_id}/status", {"status": status})
    days = {booking["time"][:10] for booking in api.control("journal", method="GET").json()["bookings"]}
    rows = [row for day in sorted(days) for row in report(api, day)]
    sums: defaultdict[tuple[str, str, str], Decimal] = defaultdict(Decimal)
    for row in rows:
        sign = 1 if row["Direction"] == "CREDIT" else -1
        sums[row["ProfileID"], row["Assets"], row["BalanceType"]] += sign * Decimal(row["Amount"])
    for account, balances in api.control("ledger", method="GET").json()["accounts"].items():
        if account.startswith("profile:"):
            _, profile, kind = account.split(":")
            for asset, balance in balances.items():
                balance_type = {"available": "AVAILABLE", "held": "TRADING"}[kind]
                assert sums[profile, asset, balance_type] == Decimal(balance)
    assert len({(row["UniqueTxID"], row["Direction"]) for row in rows}) == len(rows)


@pytest.mark.parametrize("day", ["yesterday", ""])
def test_a_report_is_of_a_date(api: Api, day: str) -> None:
    assert api.control(f"report?date={day}", method="GET").status_code == 422
