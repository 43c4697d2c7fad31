"""A run of a Dag of one batch: its worker in the middle of submitting, its end, and what Paxos has of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow_provider_paxos.batch.submitting import IN_FLIGHT
from tests.crashes.payment_run import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.crashes.crash_site import CrashSite
    from tests.crashes.payment_run import PaymentRun, Worker

LONG = 1200.0
"""Seconds that thousands of payments may take, on a busy machine."""

SLOW = 20.0
"""Seconds that a batch takes of which the worker is to be killed at half."""

LONG_AFTER = 2_000_000
"""Seconds after which all that Paxos has accepted has ended."""


def worker_at_half(site: CrashSite, run: PaymentRun, payments: int) -> Worker:
    """Return the worker as soon as Paxos has accepted more than half of the payments, of which it answers each late."""
    slow_down(site, SLOW * IN_FLIGHT / payments)
    worker = run.worker_at("before_posts")
    site.airflow.wait(
        lambda: len(accepted(site, run)) > payments // 2, "half of the payments to be accepted", seconds=PATIENCE
    )
    return worker


def slow_down(site: CrashSite, seconds: float) -> None:
    """Let Paxos answer each payment that much later, until the faults are cleared."""
    site.paxos.fault("delay", 100_000, method="POST", path="/v2/orchestration", after_work=True, seconds=seconds)


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
    return accepted_under(site, f"batch-{run.run_id}-")


def accepted_under(site: CrashSite, beginning: str) -> dict[str, list[str]]:
    """Return the ids that Paxos has accepted for each ref_id with this beginning."""
    return {ref_id: ids for ref_id, ids in site.paxos.accepted_creates().items() if ref_id.startswith(beginning)}


def posts(site: CrashSite, run: PaymentRun) -> list[dict[str, Any]]:
    """Return the requests to create a payment."""
    return [each for each in site.paxos.journal() if str(each["ref_id"]).startswith(f"batch-{run.run_id}-")]


def wait_until_all_wait(site: CrashSite, runs: Sequence[PaymentRun], payments: int) -> None:
    """Wait until Paxos has accepted all payments of all batches, and all wait for them.

    A batch waits as well while it has no room in the rate limit.
    """
    for run in runs:
        site.airflow.wait(
            lambda run=run: len(accepted(site, run)) == payments,  # type: ignore[misc]
            f"Paxos to have all payments of {run.run_id}",
            seconds=LONG,
        )
        run.wait_for("deferred")


def complete(site: CrashSite, runs: Sequence[PaymentRun]) -> None:
    """Let all payments complete, and wait for the success of all batches."""
    site.paxos.advance(LONG_AFTER)
    for run in runs:
        run.wait_for("success", seconds=LONG)


def require_each_paid_once(site: CrashSite, runs: Sequence[PaymentRun], payments: int) -> None:
    """Compare what Paxos has, and what the batches have left: each payment once, completed, and no limit met."""
    assert [each for each in site.paxos.journal() if each["status"] == 429] == []
    for run in runs:
        found = accepted(site, run)
        assert {ref_id: len(ids) for ref_id, ids in found.items()} == dict.fromkeys(ref_ids(run, payments), 1)
        assert {receipt["id"]: receipt["status"] for receipt in run.receipts()} == {
            one: "COMPLETED" for ids in found.values() for one in ids
        }


def tokens(site: CrashSite) -> int:
    """Return how many tokens were granted."""
    return sum(each["path"].endswith("/token") and each["status"] == 200 for each in site.paxos.journal())
