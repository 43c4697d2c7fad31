from __future__ import annotations

from typing import Any

import pytest

from airflow_provider_paxos.emulator.lifecycle import (
    FAIL_REASON,
    FAILED_DESTINATION,
    PENDING_DESTINATION,
    REJECT_REASON,
    REJECTED_DESTINATION,
)
from airflow_provider_paxos.emulator.models import PAYOUTS_PROFILE, TREASURY_PROFILE
from tests.emulator.conftest import Api


def bank(account: str) -> dict[str, Any]:
    return {"fiat": {"bank_account_id": account}}


def transfer_statuses(orchestration: dict[str, Any]) -> tuple[str | None, str | None]:
    names = ("source_transfer", "destination_transfer")
    source, destination = (orchestration.get(name, {}).get("status") for name in names)
    return source, destination


def bookings(api: Api) -> list[tuple[str, str, str, str]]:
    return [
        (one.reason, one.debit, one.credit, f"{one.amount} {one.asset}")
        for one in api.backend.ledger.bookings
        if one.orchestration_id
    ]


def test_an_orchestration_completes_transfer_by_transfer(api: Api) -> None:
    created = api.created()
    seen = []
    for _ in range(5):
        now = api.get(created["id"])
        seen.append((now["status"], *transfer_statuses(now)))
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
    assert api.backend.ledger.accounts()[account] == {"USD": "250"}


def test_the_bank_account_that_fails_gives_the_money_back(api: Api) -> None:
    created = api.created(destination=bank(FAILED_DESTINATION))
    api.advance(6)
    failed = api.get(created["id"])
    assert (failed["status"], *transfer_statuses(failed)) == ("FAILED", "COMPLETED", "FAILED")
    assert failed["fail_reason"] == {"detail": FAIL_REASON}
    assert api.balance(TREASURY_PROFILE, "USDC") == ("10000000", "0")


def test_the_bank_account_that_needs_approval_waits_for_it(api: Api) -> None:
    created = api.created(destination=bank(PENDING_DESTINATION))
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
    created = api.created(destination=bank(PENDING_DESTINATION))
    api.advance(60)
    assert api.get(created["id"])["status"] == "PROCESSING"
    api.advance(6)
    assert api.get(created["id"])["status"] == "COMPLETED"


def test_a_rejection_gives_the_money_back(api: Api) -> None:
    created = api.created(destination=bank(PENDING_DESTINATION))
    rejected = api.control(f"orchestrations/{created['id']}/reject", {"reason": "over the limit"}).json()
    assert (rejected["status"], rejected["fail_reason"]) == ("REJECTED", {"detail": "over the limit"})
    assert api.balance(TREASURY_PROFILE, "USDC") == ("10000000", "0")


def test_the_bank_account_that_is_rejected_is_pending_first(api: Api) -> None:
    created = api.created(destination=bank(REJECTED_DESTINATION))
    assert created["status"] == "PENDING"
    api.advance(6)
    rejected = api.get(created["id"])
    assert (rejected["status"], rejected["fail_reason"]) == ("REJECTED", {"detail": REJECT_REASON})
    assert api.balance(TREASURY_PROFILE, "USDC") == ("10000000", "0")


@pytest.mark.parametrize("after", [0, 2, 4])
@pytest.mark.parametrize(
    ("status", "available"), [("COMPLETED", "9999750"), ("FAILED", "10000000"), ("REJECTED", "10000000")]
)
def test_a_terminal_status_can_be_set_at_any_time(api: Api, after: float, status: str, available: str) -> None:
    created = api.created()
    api.advance(after)
    assert api.control(f"orchestrations/{created['id']}/status", {"status": status}).json()["status"] == status
    assert api.balance(TREASURY_PROFILE, "USDC") == (available, "0")
    api.advance(100)
    assert api.get(created["id"])["status"] == status


def test_a_transfer_that_had_begun_fails_with_its_orchestration(api: Api) -> None:
    created = api.created()
    api.advance(2)
    failed = api.control(f"orchestrations/{created['id']}/status", {"status": "FAILED", "reason": "why"}).json()
    assert transfer_statuses(failed) == ("FAILED", "PENDING")
    assert failed["fail_reason"] == {"detail": "why"}


def test_an_undocumented_status_stays_until_another_is_set(api: Api) -> None:
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
    times = [booking.time for booking in api.backend.ledger.bookings]
    assert times == sorted(times)


def test_settling_can_take_no_time_at_all(api: Api) -> None:
    api.configure(settle_seconds=0)
    created = api.created()
    assert created["status"] == "PROCESSING"
    assert api.get(created["id"])["status"] == "COMPLETED"


def terminal_status(api: Api, ref_id: str, **fields: Any) -> str:
    created = api.created(ref_id, **fields)
    api.advance(6)
    return str(api.get(created["id"])["status"])


def test_an_outcome_is_queued_for_the_next_creates(api: Api) -> None:
    api.control("outcomes", {"status": "FAILED", "reason": "no such account", "times": 2})
    assert [terminal_status(api, name) for name in "abc"] == ["FAILED", "FAILED", "COMPLETED"]
    assert api.list(ref_id="a").json()["items"][0]["fail_reason"] == {"detail": "no such account"}


def test_an_outcome_is_queued_for_requests_that_match(api: Api) -> None:
    api.control(
        "outcomes", {"status": "FAILED", "match": {"destination.fiat.bank_account_id": "b", "source_asset": "USDC"}}
    )
    assert terminal_status(api, "other") == "COMPLETED"
    assert terminal_status(api, "without", destination=None) == "COMPLETED"
    assert terminal_status(api, "this", destination={"fiat": {"bank_account_id": "b"}}) == "FAILED"


def test_a_refused_create_does_not_use_up_a_queued_outcome(api: Api) -> None:
    api.control("outcomes", {"status": "FAILED"})
    assert api.create("poor", source_amount="99999999").status_code == 403
    assert terminal_status(api, "a") == "FAILED"


def test_a_queued_outcome_can_need_an_approval_and_have_its_own_settling_time(api: Api) -> None:
    api.control("outcomes", {"approval": True, "settle_seconds": 60})
    created = api.created()
    assert created["status"] == "PENDING"
    api.control("orchestrations/pay-1/approve")
    api.advance(59)
    assert api.get(created["id"])["status"] == "PROCESSING"
    api.advance(1)
    assert api.get(created["id"])["status"] == "COMPLETED"


def test_a_rejection_can_be_queued(api: Api) -> None:
    api.control("outcomes", {"status": "REJECTED"})
    assert api.created()["status"] == "PENDING"
    api.advance(6)
    assert api.list().json()["items"][0]["status"] == "REJECTED"


def test_queued_outcomes_are_listed_and_cleared(api: Api) -> None:
    queued = api.control("outcomes", {"status": "FAILED", "times": 3}).json()["outcomes"]
    assert [(one["outcome"]["status"], one["times"]) for one in queued] == [("FAILED", 3)]
    assert api.control("outcomes", method="DELETE").json() == {"outcomes": []}
    assert terminal_status(api, "a") == "COMPLETED"


@pytest.mark.parametrize("outcome", [{"status": "LOST"}, {"times": 0}, {"settle_seconds": -1}, {"unknown": 1}])
def test_an_impossible_outcome_is_refused(api: Api, outcome: dict[str, Any]) -> None:
    assert api.control("outcomes", outcome).status_code == 422
