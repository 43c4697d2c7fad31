"""Parts of Airflow, or Paxos itself, that are killed while a payment is in progress, and started again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.crashes.crash_site import CrashSite, crash_site
from tests.crashes.test_worker import ADOPTED, CREATED
from tests.end_to_end.leftovers import processes_of

if TYPE_CHECKING:
    from collections.abc import Iterator

WAITS = [("pay_and_wait", "create"), ("pay_then_sense", "wait")]


@pytest.fixture(scope="module")
def shared_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CrashSite]:
    """An Airflow whose local Paxos, too, may be killed."""
    home = tmp_path_factory.mktemp("restarts")
    with crash_site(home, paxos_may_die=True) as site:
        yield site
    assert processes_of(home) == []


@pytest.mark.parametrize(("dag_id", "waiting"), WAITS)
def test_a_triggerer_killed_while_waiting_goes_on_when_it_is_back(site: CrashSite, dag_id: str, waiting: str) -> None:
    run = site.run(dag_id, "triggerer_killed")
    run.wait_for("deferred", waiting)
    run.wait_for_log("is PROCESSING", waiting)
    site.kill("triggerer")
    run.end("COMPLETED")
    site.start("triggerer")

    done = run.wait_for("success", waiting)

    run.require_paid_once()
    assert len(run.posts()) == 1, "who waits never submits"
    assert done.try_number == 1
    assert "COMPLETED" in run.log(waiting)
    assert CREATED in run.log()


def test_a_scheduler_lost_with_its_workers_runs_the_task_again_when_it_is_back(site: CrashSite) -> None:
    site.hold_answers()
    run = site.run("pay", "scheduler_lost")
    run.wait_until_accepted()
    site.kill("scheduler")
    site.start("scheduler")

    run.wait_for("success")

    run.require_paid_once()
    assert [entry["accepted"] for entry in run.posts()] == [True, False]
    assert ADOPTED in run.log()


def test_a_scheduler_killed_alone_leaves_a_worker_that_may_run_beside_the_new_one(site: CrashSite) -> None:
    run = site.run("pay", "scheduler_alone", stop_at="before_post")
    orphan = run.worker_at("before_post")
    site.kill("scheduler", with_children=False)
    site.start("scheduler")
    run.wait_for("success")
    run.let_go("before_post")
    run.wait_for_exit(orphan)

    run.wait_for_end()

    run.require_paid_once()
    run.wait_for("success")


def test_a_scheduler_killed_while_the_task_is_deferred_goes_on_when_it_is_back(site: CrashSite) -> None:
    run = site.run("pay_and_wait", "scheduler_killed_deferred")
    run.wait_for("deferred")
    site.kill("scheduler")
    run.end("COMPLETED")
    site.start("scheduler")

    run.wait_for("success")

    run.require_paid_once()
    assert len(run.posts()) == 1
    assert "COMPLETED" in run.log()


def test_a_paxos_that_was_down_while_airflow_waited_is_waited_for(site: CrashSite) -> None:
    run = site.run("pay_and_wait", "paxos_down")
    run.wait_for("deferred")
    run.wait_for_log("is PROCESSING")
    site.kill("emulator")
    run.wait_for_log("Transient error while polling; will retry")
    site.start("emulator")
    run.end("COMPLETED")

    done = run.wait_for("success")

    run.require_paid_once(journal_lost=True)
    assert run.posts() == [], "who waits never submits"
    assert done.try_number == 1
    assert "COMPLETED" in run.log()


def test_a_paxos_that_goes_down_before_it_has_answered_has_the_payment_when_it_is_back(site: CrashSite) -> None:
    site.hold_answers()
    run = site.run("pay", "paxos_down_before_answer")
    run.wait_until_accepted()
    site.kill("emulator")
    site.start("emulator")

    run.wait_for("success")

    run.require_paid_once(journal_lost=True)
    assert [entry["status"] for entry in run.posts()][-1] == 409
    assert ADOPTED in run.log()
