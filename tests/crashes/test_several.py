"""Several schedulers and triggerers, on PostgreSQL, of which one dies or hangs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from demo.processes import Processes
from tests.crashes.crash_site import CrashSite, crash_site
from tests.crashes.postgres import postgres
from tests.crashes.test_worker import ADOPTED, CREATED
from tests.end_to_end.leftovers import processes_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.crashes.payment_run import PaymentRun

SCHEDULERS = ("scheduler-a", "scheduler-b")
TRIGGERERS = ("triggerer-a", "triggerer-b")


@pytest.fixture(scope="module")
def shared_large_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CrashSite]:
    """An Airflow with two schedulers and two triggerers."""
    home = tmp_path_factory.mktemp("large")
    with Processes(home) as processes, postgres(processes) as url:
        parts = {"schedulers": SCHEDULERS, "triggerers": TRIGGERERS}
        with crash_site(home / "airflow", database_url=url, parallelism=2, **parts) as site:
            yield site
    assert processes_of(home / "airflow") == []


@pytest.fixture
def site(shared_large_site: CrashSite) -> Iterator[CrashSite]:
    """The large Airflow, with all of its parts up before and after the test."""
    shared_large_site.restore()
    yield shared_large_site
    shared_large_site.restore()


def triggerers_that_said(words: str, run: PaymentRun) -> int:
    """Count the triggerers that said so of a run's trigger: each writes a log of its own."""
    logs = run.airflow.settings.home / "logs" / f"dag_id={run.dag_id}" / f"run_id={run.run_id}"
    return sum(words in log.read_text() for log in logs.rglob("*.log.trigger.*"))


def waiting_on_a(site: CrashSite, run_id: str) -> PaymentRun:
    """Start a run that waits in one triggerer, and then start the other."""
    site.kill("triggerer-b")
    run = site.run("pay_and_wait", run_id)
    run.wait_for("deferred")
    run.wait_for_log("is PROCESSING")
    site.start("triggerer-b")
    return run


def test_of_two_triggerers_the_other_goes_on_when_one_is_killed(site: CrashSite) -> None:
    run = waiting_on_a(site, "triggerer_killed")
    site.kill("triggerer-a")
    run.end("COMPLETED")

    done = run.wait_for("success")

    run.require_paid_once()
    assert len(run.posts()) == 1
    assert done.try_number == 1
    assert triggerers_that_said("starting", run) == 2
    assert "COMPLETED" in run.log()


def test_two_triggerers_that_wait_for_the_same_payment_end_it_once(site: CrashSite) -> None:
    run = waiting_on_a(site, "triggerers_both")
    site.freeze("triggerer-a")
    site.airflow.wait(
        lambda: triggerers_that_said("is PROCESSING", run) == 2, "the other triggerer to take over", seconds=240
    )
    site.freeze("triggerer-b")
    run.end("COMPLETED")
    site.thaw("triggerer-a")
    site.thaw("triggerer-b")

    done = run.wait_for("success")

    run.require_paid_once()
    assert len(run.posts()) == 1
    assert done.try_number == 1


def test_of_two_schedulers_the_other_runs_the_task_again_when_one_is_lost(site: CrashSite) -> None:
    site.hold_answers()
    run = site.run("pay", "scheduler_lost")
    worker = run.worker_at("before_post")
    run.wait_until_accepted()
    site.kill(site.part_of(worker))

    run.wait_for("success")

    run.require_paid_once()
    assert [entry["accepted"] for entry in run.posts()] == [True, False]
    assert ADOPTED in run.log()


def test_a_scheduler_that_hung_and_wakes_up_finds_the_payment_made_by_the_other(site: CrashSite) -> None:
    run = site.run("pay", "scheduler_hung", stop_at="before_post")
    worker = run.worker_at("before_post")
    hung = site.part_of(worker)
    site.freeze(hung)
    run.wait_for("success", after_try=1)
    run.let_go("before_post")
    site.thaw(hung)
    run.wait_for_exit(worker)

    run.wait_for_end()

    run.require_paid_once()
    run.wait_for("success")
    assert CREATED in run.log()


def test_a_worker_of_one_of_two_schedulers_is_killed_and_the_payment_is_adopted(site: CrashSite) -> None:
    run = site.run("pay", "worker_killed", stop_at="answered")
    run.worker_at("answered").kill()

    run.wait_for("success", after_try=1)

    run.require_paid_once()
    assert ADOPTED in run.log()
