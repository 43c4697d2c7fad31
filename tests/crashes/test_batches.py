"""A worker that is killed in the middle of a batch: every leg is paid once, by the next try."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from airflow_provider_paxos.batch.submitting import IN_FLIGHT
from tests.crashes.payment_run import PATIENCE

if TYPE_CHECKING:
    from tests.crashes.crash_site import CrashSite

LEGS = 400


def test_killed_at_half_of_a_batch_the_next_try_adopts_that_half_and_submits_the_other(site: CrashSite) -> None:
    site.paxos.fault("delay", LEGS, method="POST", path="/v2/orchestration", after_work=True, seconds=0.5)
    run = site.run("settle_legs", "half")
    worker = run.worker_at("before_posts")
    site.airflow.wait(lambda: len(accepted(site)) > LEGS // 2, "half of the legs to be accepted", seconds=PATIENCE)
    worker.kill()
    site.paxos.clear_faults()

    run.wait_for("success", after_try=1)

    ref_ids = {f"batch-half-{number}" for number in range(1, LEGS + 1)}
    assert {ref_id: len(ids) for ref_id, ids in accepted(site).items()} == dict.fromkeys(ref_ids, 1)
    assert len(posts(site)) <= LEGS + IN_FLIGHT
    reserved = [each for each in site.paxos.bookings() if each["ref_id"] in ref_ids and each["reason"] == "reserve"]
    assert sum(Decimal(each["amount"]) for each in reserved) == sum(n + Decimal("0.01") for n in range(1, LEGS + 1))
    receipts = run.airflow.api.xcom(run.dag_id, run.run_id, "create", "orchestration")
    assert LEGS // 2 < sum(each["adopted"] for each in receipts) < LEGS
    assert f"of {LEGS} legs: earlier attempts had created them; none of them is paid again" in run.log()


def accepted(site: CrashSite) -> dict[str, list[str]]:
    """Return the ids that Paxos has accepted for each leg."""
    return {ref_id: ids for ref_id, ids in site.paxos.accepted_creates().items() if ref_id.startswith("batch-")}


def posts(site: CrashSite) -> list[dict[str, Any]]:
    """Return the requests to create a leg."""
    return [each for each in site.paxos.journal() if str(each["ref_id"]).startswith("batch-")]
