from __future__ import annotations

from typing import Any

import pytest

from airflow_provider_paxos.emulator.outcomes import FAIL_REASON, FAILS, NEEDS_APPROVAL, REJECT_REASON, REJECTED
from airflow_provider_paxos.emulator.profiles import PAYOUTS_PROFILE, TREASURY_PROFILE
from tests.emulator.conftest import Api


def bank(account: str) -> dict[str, Any]:
    return {"fiat": {"bank_account_id": account}}


def legs(orchestration: dict[str, Any]) -> tuple[str | None, str | None]:
    names = ("source_transfer", "destination_transfer")
    source, destination = (orchestration.get(name, {}).get("status") for name in names)
    return source, destination


def bookings(api: Api) -> list[tuple[str, str, str, str]]:
    return [
        (one.reason, one.debit, one.credit, f"{one.amount} {one.asset}")
        for one in api.paxos.ledger.bookings
        if one.orchestration_id
    ]


def test_an_orchestration_completes_leg_by_leg(api: Api) -> None:
    created = api.created()
    seen = []
    for _ in range(5):
        now = api.get(created["id"])
        seen.append((now["status"], *legs(now)))
        api.advance(1.5)
    assert seen == [
        ("PROCESSING", None, None),
        ("PROCESSING", "PROCESSING", "PENDING"),
        ("PROCESSING", "COMPLETED", "PROCESSING"),
        ("PROCESSING", "COMPLETED", "PROCESSING"),
        ("COMPLETED", "COMPLETED", "COMPLETED"),
    ]


def test_a_transfer_has_an_id_from_when_it_is_processing(api: Api) -> None:
    created = api.created()
    api.advance(2)
    early = api.get(created["id"])
    api.advance(10)
    late = api.get(created["id"])
    assert "transfer_id" not in early["destination_transfer"]
    assert early["source_transfer"]["transfer_id"] == late["source_transfer"]["transfer_id"]
    assert late["destination_transfer"]["transfer_id"]


def test_changes_bear_the_time_at_which_they_were_due(api: Api) -> None:
    created = api.created()
    api.advance(1000)
    completed = api.get(created["id"])
    assert completed["updated_at"] < api.created("later")["created_at"]
    assert completed["created_at"] == created["created_at"]


def test_a_completed_one_has_left_the_profile_in_the_other_asset(api: Api) -> None:
    api.created(destination=bank("b"))
    assert api.balance(TREASURY_PROFILE, "USDC") == ("9999750", "250")
    api.advance(6)
    assert api.balance(TREASURY_PROFILE, "USDC") == ("9999750", "0")
    treasury = f"profile:{TREASURY_PROFILE}"
    assert bookings(api) == [
        ("reserve", f"{treasury}:available", f"{treasury}:held", "250.00 USDC"),
        ("source transfer", f"{treasury}:held", "paxos:conversion", "250.00 USDC"),
        ("destination transfer", "paxos:conversion", "outside:fiat:b", "250.00 USD"),
    ]


def test_a_profile_receives_what_is_sent_to_it(api: Api) -> None:
    api.created(destination={"profile": {"profile_id": PAYOUTS_PROFILE}})
    api.advance(6)
    assert api.balance(PAYOUTS_PROFILE, "USD") == ("10000250", "0")


def test_without_a_destination_the_profile_itself_receives(api: Api) -> None:
    created = api.created(destination=None)
    api.advance(6)
    assert created["destination"] == {"profile": {"profile_id": TREASURY_PROFILE}}
    assert api.balance(TREASURY_PROFILE, "USD") == ("10000250", "0")


@pytest.mark.parametrize(
    ("crypto", "account"),
    [
        ({"address": "0xabc", "network": "BASE"}, "outside:crypto:BASE:0xabc"),
        ({"address_id": "a1"}, "outside:crypto:a1"),
    ],
)
def test_an_address_has_an_account_outside(api: Api, crypto: dict[str, str], account: str) -> None:
    api.created(destination={"crypto": crypto})
    api.advance(6)
    assert api.paxos.ledger.accounts()[account] == {"USD": "250"}


def test_the_bank_account_that_fails_gives_the_money_back(api: Api) -> None:
    created = api.created(destination=bank(FAILS))
    api.advance(6)
    failed = api.get(created["id"])
    assert (failed["status"], *legs(failed)) == ("FAILED", "COMPLETED", "FAILED")
    assert failed["fail_reason"] == {"detail": FAIL_REASON}
    assert api.balance(TREASURY_PROFILE, "USDC") == ("10000000", "0")


def test_the_bank_account_that_needs_approval_waits_for_it(api: Api) -> None:
    created = api.created(destination=bank(NEEDS_APPROVAL))
    assert created["status"] == "PENDING"
    api.advance(1_000_000)
    api.authorize()
    assert api.get(created["id"])["status"] == "PENDING"
    assert api.balance(TREASURY_PROFILE, "USDC") == ("9999750", "250")
    assert api.control(f"orchestrations/{created['id']}/approve").json()["status"] == "PROCESSING"
    api.advance(6)
    assert api.get(created["id"])["status"] == "COMPLETED"


def test_an_approval_can_come_by_itself(api: Api) -> None:
    api.configure(approve_seconds=60)
    created = api.created(destination=bank(NEEDS_APPROVAL))
    api.advance(60)
    assert api.get(created["id"])["status"] == "PROCESSING"
    api.advance(6)
    assert api.get(created["id"])["status"] == "COMPLETED"


def test_a_rejection_gives_the_money_back(api: Api) -> None:
    created = api.created(destination=bank(NEEDS_APPROVAL))
    rejected = api.control(f"orchestrations/{created['id']}/reject", {"reason": "over the limit"}).json()
    assert (rejected["status"], rejected["fail_reason"]) == ("REJECTED", {"detail": "over the limit"})
    assert api.balance(TREASURY_PROFILE, "USDC") == ("10000000", "0")


def test_the_bank_account_that_is_rejected_is_pending_first(api: Api) -> None:
    created = api.created(destination=bank(REJECTED))
    assert created["status"] == "PENDING"
    api.advance(6)
    rejected = api.get(created["id"])
    assert (rejected["status"], rejected["fail_reason"]) == ("REJECTED", {"detail": REJECT_REASON})
    assert api.balance(TREASURY_PROFILE, "USDC") == ("10000000", "0")


@pytest.mark.parametrize("after", [0, 2, 4])
@pytest.mark.parametrize(
    ("status", "available"), [("COMPLETED", "9999750"), ("FAILED", "10000000"), ("REJECTED", "10000000")]
)
def test_a_final_status_can_be_set_at_any_time(api: Api, after: float, status: str, available: str) -> None:
    created = api.created()
    api.advance(after)
    assert api.control(f"orchestrations/{created['id']}/status", {"status": status}).json()["status"] == status
    assert api.balance(TREASURY_PROFILE, "USDC") == (available, "0")
    api.advance(100)
    assert api.get(created["id"])["status"] == status


def test_a_leg_that_had_begun_fails_with_its_orchestration(api: Api) -> None:
    created = api.created()
    api.advance(2)
    failed = api.control(f"orchestrations/{created['id']}/status", {"status": "FAILED", "reason": "why"}).json()
    assert legs(failed) == ("FAILED", "PENDING")
    assert failed["fail_reason"] == {"detail": "why"}


def test_a_status_that_nobody_knows_stays_until_another_is_set(api: Api) -> None:
    created = api.created()
    api.advance(4)
    api.control(f"orchestrations/{created['id']}/status", {"status": "SETTLING"})
    api.advance(100)
    assert api.get(created["id"])["status"] == "SETTLING"
    api.control(f"orchestrations/{created['id']}/status", {"status": "PROCESSING"})
    api.advance(6)
    assert api.get(created["id"])["status"] == "COMPLETED"
    assert [reason for reason, *_ in bookings(api)] == ["reserve", "source transfer", "destination transfer"]


def test_many_orchestrations_change_in_the_order_of_their_time(api: Api) -> None:
    api.configure(settle_seconds=60)
    api.created("slow")
    api.configure(settle_seconds=6)
    api.created("fast")
    api.advance(60)
    times = [booking.time for booking in api.paxos.ledger.bookings]
    assert times == sorted(times)


def test_settling_can_take_no_time_at_all(api: Api) -> None:
    api.configure(settle_seconds=0)
    created = api.created()
    assert created["status"] == "PROCESSING"
    assert api.get(created["id"])["status"] == "COMPLETED"
