"""Workers of Celery on two hosts, of which one is lost: each payment is paid once, within the rate limits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.crashes.celery_site import HOSTS, CelerySite, celery_site
from tests.crashes.payment_batch import LONG_AFTER, accepted, ref_ids, worker_at_half

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.crashes.payment_run import PaymentRun

LONG = 1200.0
"""Seconds, on a busy machine."""


@pytest.fixture(scope="module")
def shared_celery_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CelerySite]:
    """An Airflow with two workers, for all tests that need no other broker."""
    with celery_site(tmp_path_factory.mktemp("celery"), {}) as site:
        yield site


@pytest.fixture
def site(shared_celery_site: CelerySite) -> Iterator[CelerySite]:
    """The same, with all of its parts up before and after the test, and Paxos' rate limits on."""
    shared_celery_site.restore()
    shared_celery_site.paxos.reset()
    shared_celery_site.paxos.configure(rate_limits=True)
    yield shared_celery_site
    shared_celery_site.restore()


def wait_until_all_wait(site: CelerySite, runs: Sequence[PaymentRun], payments: int) -> None:
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


def complete(site: CelerySite, runs: Sequence[PaymentRun]) -> None:
    """Let all payments complete, and wait for the success of all batches."""
    site.paxos.advance(LONG_AFTER)
    for run in runs:
        run.wait_for("success")


def require_each_paid_once(site: CelerySite, runs: Sequence[PaymentRun], payments: int) -> None:
    """Compare what Paxos has, and what the batches have left: each payment once, completed, and no limit met."""
    assert [each for each in site.paxos.journal() if each["status"] == 429] == []
    for run in runs:
        found = accepted(site, run)
        assert {ref_id: len(ids) for ref_id, ids in found.items()} == dict.fromkeys(ref_ids(run, payments), 1)
        assert {receipt["id"]: receipt["status"] for receipt in run.receipts()} == {
            one: "COMPLETED" for ids in found.values() for one in ids
        }


def tokens(site: CelerySite) -> int:
    """Return how many tokens were granted."""
    return sum(each["path"].endswith("/token") and each["status"] == 200 for each in site.paxos.journal())


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
