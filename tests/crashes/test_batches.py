"""A worker that is killed in the middle of a batch: every payment is paid once, by the next try."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from airflow_provider_paxos.batch.submitting import IN_FLIGHT
from tests.crashes.payment_run import PATIENCE

if TYPE_CHECKING:
    from tests.crashes.crash_site import CrashSite
    from tests.crashes.payment_run import PaymentRun

PAYMENTS = 1000
AMOUNTS = sum(number + Decimal("0.01") for number in range(1, PAYMENTS + 1))


@pytest.mark.quick
def test_a_thousand_payments_are_settled_within_the_limits_and_a_kill_at_half_costs_nothing_but_time(
    site: CrashSite,
) -> None:
    site.paxos.configure(rate_limits=True)
    try:
        whole = site.run("settle_payments", "whole")
        settle(site, whole, tries=1)
        half = site.run("settle_payments", "half")
        kill_at_half(site, half)
        settle(site, half, tries=2)
        met = [each for each in site.paxos.journal() if each["status"] == 429]
    finally:
        site.paxos.configure(rate_limits=False)

    assert met == []
    for run in (whole, half):
        ref_ids = {f"batch-{run.run_id}-{number}" for number in range(1, PAYMENTS + 1)}
        assert {ref_id: len(ids) for ref_id, ids in accepted(site, run).items()} == dict.fromkeys(ref_ids, 1)
        reserved = [each for each in site.paxos.bookings() if each["ref_id"] in ref_ids and each["reason"] == "reserve"]
        assert sum(Decimal(each["amount"]) for each in reserved) == AMOUNTS
        assert {receipt["status"] for receipt in run.receipts()} == {"COMPLETED"}
    assert len(posts(site, whole)) == PAYMENTS
    assert len(posts(site, half)) <= PAYMENTS + IN_FLIGHT
    adopted = [sum(receipt["adopted"] for receipt in run.receipts()) for run in (whole, half)]
    assert adopted[0] == 0
    assert PAYMENTS // 2 < adopted[1] < PAYMENTS
    assert f"of {PAYMENTS:,} payments, which exist already. They are not paid again." in half.log()


def kill_at_half(site: CrashSite, run: PaymentRun) -> None:
    """Kill the worker as soon as Paxos has accepted more than half of the payments."""
    site.paxos.fault("delay", PAYMENTS, method="POST", path="/v2/orchestration", after_work=True, seconds=0.5)
    worker = run.worker_at("before_posts")
    site.airflow.wait(
        lambda: len(accepted(site, run)) > PAYMENTS // 2, "half of the payments to be accepted", seconds=PATIENCE
    )
    worker.kill()
    site.paxos.clear_faults()


def settle(site: CrashSite, run: PaymentRun, *, tries: int) -> None:
    """Let all payments complete once the batch waits for them, and wait for its success."""
    run.wait_for("deferred", after_try=tries - 1)
    site.paxos.advance(2_000_000)
    run.wait_for("success", after_try=tries - 1)


def accepted(site: CrashSite, run: PaymentRun) -> dict[str, list[str]]:
    """Return the ids that Paxos has accepted for each payment."""
    mine = f"batch-{run.run_id}-"
    return {ref_id: ids for ref_id, ids in site.paxos.accepted_creates().items() if ref_id.startswith(mine)}


def posts(site: CrashSite, run: PaymentRun) -> list[dict[str, Any]]:
    """Return the requests to create a payment."""
    return [each for each in site.paxos.journal() if str(each["ref_id"]).startswith(f"batch-{run.run_id}-")]
