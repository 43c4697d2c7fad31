"""Workers of Celery on two hosts, of which one is lost: each payment is paid once, within the rate limits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.chaos.profiles import NIGHTLY
from tests.crashes.celery_site import HOSTS, CelerySite, celery_site
from tests.crashes.payment_batch import (
    complete,
    require_each_paid_once,
    slow_down,
    tokens,
    wait_until_all_wait,
    worker_at_half,
)
from tests.crashes.payment_run import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PAYMENTS = 1600 if NIGHTLY else 300
"""Of a batch, where neither of the two hosts is lost."""

AGAIN = "Task already running elsewhere, ignoring redelivered message"


@pytest.fixture(scope="module")
def shared_celery_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CelerySite]:
    """An Airflow with two workers, for all tests that need no other broker."""
    with celery_site(tmp_path_factory.mktemp("celery")) as site:
        yield site


@pytest.fixture
def site(shared_celery_site: CelerySite) -> Iterator[CelerySite]:
    """The same, with all of its parts up before and after the test, and Paxos' rate limits on."""
    shared_celery_site.restore()
    shared_celery_site.paxos.reset()
    shared_celery_site.paxos.configure(rate_limits=True)
    yield shared_celery_site
    shared_celery_site.restore()


@pytest.mark.quick
def test_a_worker_that_is_killed_while_it_submits_and_comes_back_costs_nothing_but_time(site: CelerySite) -> None:
    payments = 300
    runs = [site.run("settle_payments", name, payments=payments) for name in ("first", "second")]
    lost = site.part_of(worker_at_half(site, runs[0], payments))
    site.kill(lost)
    site.paxos.clear_faults()
    site.start(lost)

    wait_until_all_wait(site, runs, payments)
    assert 1 <= tokens(site) <= len(HOSTS)
    complete(site, runs)

    require_each_paid_once(site, runs, payments)
    tries = [run.wait_for("success").try_number for run in runs]
    assert tries[0] == 2
    assert tries[1] <= 2


def test_a_redis_that_is_started_again_while_batches_submit_disturbs_none(site: CelerySite) -> None:
    runs = [site.run("settle_payments", name, payments=PAYMENTS) for name in ("before", "beside")]
    worker_at_half(site, runs[0], PAYMENTS)
    site.broker.stop()
    site.broker.start()
    runs.append(site.run("settle_payments", "after", payments=PAYMENTS))
    site.paxos.clear_faults()

    wait_until_all_wait(site, runs, PAYMENTS)
    complete(site, runs)

    require_each_paid_once(site, runs, PAYMENTS)
    assert {run.wait_for("success").try_number for run in runs} == {1}


def test_a_worker_that_is_asked_to_end_while_it_submits_finishes_the_batch_first(site: CelerySite) -> None:
    run = site.run("settle_payments", "warm", payments=PAYMENTS)
    asked = site.part_of(worker_at_half(site, run, PAYMENTS))
    site.shut_warm(asked)
    ended = run.wait_for("deferred")
    site.start(asked)
    site.paxos.clear_faults()
    complete(site, [run])

    require_each_paid_once(site, [run], PAYMENTS)
    assert ended.try_number == 1
    assert run.wait_for("success").try_number == 1


def test_a_task_that_redis_delivers_again_while_it_runs_is_not_run_again(tmp_path: Path) -> None:
    payments = 1600
    impatient = {"AIRFLOW__CELERY_BROKER_TRANSPORT_OPTIONS__VISIBILITY_TIMEOUT": "5"}
    with celery_site(tmp_path, impatient) as site:
        site.paxos.configure(rate_limits=True)
        slow_down(site, 0.5)
        run = site.run("settle_payments", "twice", payments=payments)
        run.worker_at("before_posts")
        site.airflow.wait(lambda: AGAIN in site.worker_log(), "Redis to deliver the task again", seconds=PATIENCE)
        site.paxos.clear_faults()

        wait_until_all_wait(site, [run], payments)
        complete(site, [run])

        require_each_paid_once(site, [run], payments)
        assert run.wait_for("success").try_number == 1
