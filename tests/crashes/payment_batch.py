"""A run of a Dag of one batch: its worker in the middle of submitting, its end, and what Paxos has of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.crashes.payment_run import PATIENCE

if TYPE_CHECKING:
    from tests.crashes.crash_site import CrashSite
    from tests.crashes.payment_run import PaymentRun, Worker

LONG_AFTER = 2_000_000
"""Seconds after which all that Paxos has accepted has ended."""


def worker_at_half(site: CrashSite, run: PaymentRun, payments: int) -> Worker:
    """Return the worker as soon as Paxos has accepted more than half of the payments, of which it answers each late."""
    slow_down(site)
    worker = run.worker_at("before_posts")
    site.airflow.wait(
        lambda: len(accepted(site, run)) > payments // 2, "half of the payments to be accepted", seconds=PATIENCE
    )
    return worker


def slow_down(site: CrashSite) -> None:
    """Let Paxos answer each payment late, so that a batch takes its time, until the faults are cleared."""
    site.paxos.fault("delay", 100_000, method="POST", path="/v2/orchestration", after_work=True, seconds=0.5)


def settle(site: CrashSite, run: PaymentRun, *, tries: int) -> None:
    """Let all payments complete once the batch waits for them, and wait for its success."""
    run.wait_for("deferred", after_try=tries - 1)
    site.paxos.advance(LONG_AFTER)
    run.wait_for("success", after_try=tries - 1)


def ref_ids(run: PaymentRun, payments: int) -> set[str]:
    """Return the ref_ids of the payments of a run."""
    return {f"batch-{run.run_id}-{number}" for number in range(1, payments + 1)}


def accepted(site: CrashSite, run: PaymentRun) -> dict[str, list[str]]:
    """Return the ids that Paxos has accepted for each payment."""
    mine = f"batch-{run.run_id}-"
    return {ref_id: ids for ref_id, ids in site.paxos.accepted_creates().items() if ref_id.startswith(mine)}


def posts(site: CrashSite, run: PaymentRun) -> list[dict[str, Any]]:
    """Return the requests to create a payment."""
    return [each for each in site.paxos.journal() if str(each["ref_id"]).startswith(f"batch-{run.run_id}-")]
