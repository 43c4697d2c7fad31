"""More payments at once than two hosts may submit within Paxos' rate limits, while a worker of theirs is lost."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from airflow_provider_paxos.batch.submitting import IN_FLIGHT
from airflow_provider_paxos.emulator.settings import EmulatorSettings
from tests.chaos.profiles import NIGHTLY
from tests.crashes.celery_site import HOSTS, CelerySite, celery_site
from tests.crashes.payment_batch import (
    accepted_under,
    complete,
    require_each_paid_once,
    slow_down,
    tokens,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from tests.crashes.payment_run import PaymentRun

PART = 1 if NIGHTLY else 10
"""10 runs a tenth of the payments at a tenth of the rates: in as many minutes, with less to do."""

BATCHES, PAYMENTS, MAPPED, EARLY = 10, 1600 // PART, 200 // PART, 20
RATE = 40 / PART
SECONDS_OF_A_BATCH = 60.0
"""What a batch takes at least until a worker is lost: by then, none is submitted."""

LONG = 3600.0
"""Seconds that all of it may take, on a busy machine."""

PATIENT = {
    # As Airflow has them: what is tested takes many minutes of a busy machine, and of them a lost worker few seconds.
    "AIRFLOW__WORKERS__MIN_HEARTBEAT_INTERVAL": "5",
    "AIRFLOW__SCHEDULER__SCHEDULER_HEALTH_CHECK_THRESHOLD": "30",
    "AIRFLOW__TRIGGERER__TRIGGERER_HEALTH_CHECK_THRESHOLD": "30",
    # Less than Airflow's five minutes, in which the window has room again anyway.
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "60",
}


def test_ten_batches_beside_mapped_creates_and_sensors_lose_a_worker_and_meet_no_limit(tmp_path: Path) -> None:
    with celery_site(tmp_path, PATIENT, {"requests_per_second": str(RATE)}) as site:
        site.paxos.configure(rate_limits=True, api_rate=EmulatorSettings().api_rate / PART)
        early = site.run("settle_payments", "early", payments=EARLY)
        wait(site, lambda: any(map(is_poll, site.paxos.journal())), "the first poll")
        slow_down(site, SECONDS_OF_A_BATCH * IN_FLIGHT / PAYMENTS)
        batches = [site.run("settle_payments_by_age", f"large_{each}", payments=PAYMENTS) for each in range(BATCHES)]
        mapped = site.run("pay_and_sense_payments", "mapped", payments=MAPPED)
        lost = site.part_of(batches[0].worker_at("before_posts"))
        everything = amount(EARLY) + BATCHES * amount(PAYMENTS) + amount(MAPPED)
        wait(site, lambda: reserved(site) > everything / 10, "Paxos to have many payments")
        site.kill(lost)
        site.paxos.clear_faults()
        site.start(lost)

        wait(site, lambda: reserved(site) >= everything, "Paxos to have all payments")
        assert 1 <= tokens(site) <= len(HOSTS)
        assert most_without_poll(site.paxos.journal()) < BATCHES * PAYMENTS / 4
        for run in batches:
            run.wait_for("deferred", seconds=LONG)
        complete(site, [early, *batches])
        wait(site, lambda: state_of(mapped) in ("success", "failed"), "the end of the sensors")

        require_each_paid_once(site, batches, PAYMENTS)
        assert state_of(mapped) == "success"
        assert [len(ids) for ids in accepted_under(site, f"{mapped.run_id}-").values()] == [1] * MAPPED
        # No batch has used up a retry for want of room, and those of the lost worker one.
        assert {run.wait_for("success").try_number for run in batches} == {1, 2}


def wait(site: CelerySite, condition: Callable[[], bool], what: str) -> None:
    """Wait for what takes minutes."""
    site.airflow.wait(condition, what, seconds=LONG, pause=2)


def is_poll(entry: Mapping[str, Any]) -> bool:
    """Return whether a request is one of a triggerer: it polls by ids, and a batch looks for its payments by ref_id."""
    return entry["method"] == "GET" and str(entry["query"]).startswith("orchestration_id=")


def most_without_poll(journal: Sequence[Mapping[str, Any]]) -> int:
    """Return how many payments were accepted, at most, from one poll to the next."""
    most = since = 0
    for entry in journal:
        since = 0 if is_poll(entry) else since + bool(entry["accepted"])
        most = max(most, since)
    return most


def amount(payments: int) -> Decimal:
    """Return what so many payments come to: of 0.01, 0.02 and so on."""
    return sum(range(1, payments + 1)) * Decimal("0.01")


def reserved(site: CelerySite) -> Decimal:
    """Return what Paxos has reserved: one number, where a list of thousands of payments would keep Paxos busy."""
    accounts = site.paxos.balances()
    return sum((Decimal(held.get("USD", 0)) for name, held in accounts.items() if name.endswith(":held")), Decimal())


def state_of(run: PaymentRun) -> str:
    """Return the state of a Dag run."""
    return run.airflow.api.run_state(run.dag_id, run.run_id)
