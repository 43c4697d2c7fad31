"""Tasks that run as pods, each with nothing but what Airflow hands it: the payment is made, and made once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.crashes.payment_batch import accepted, settle
from tests.crashes.test_worker import ADOPTED

if TYPE_CHECKING:
    from pathlib import Path

    from tests.crashes.crash_site import CrashSite


def pods_of(site: CrashSite) -> list[Path]:
    """Return the folders of all pods that were started."""
    return sorted((site.airflow.settings.home / "pods").iterdir())


def tokens(site: CrashSite) -> int:
    """Return how many tokens were granted."""
    return sum(each["path"].endswith("/token") and each["status"] == 200 for each in site.paxos.journal())


@pytest.mark.quick
def test_a_payment_whose_pod_is_lost_before_the_answer_is_adopted_by_the_next_pod_and_concluded_by_a_third(
    site: CrashSite,
) -> None:
    before, of_triggerer = len(pods_of(site)), 1
    granted = tokens(site)
    site.hold_answers()
    run = site.run("pay_and_wait_in_pods", "lost_pod")
    worker = run.worker_at("before_post")
    run.wait_until_accepted()
    worker.kill()
    run.wait_for("deferred", after_try=1)
    run.end("COMPLETED")

    run.wait_for("success", after_try=1)

    run.require_paid_once()
    assert ADOPTED in run.log()
    pods = pods_of(site)[before:]
    assert len(pods) == 3
    assert tokens(site) - granted <= len(pods) + of_triggerer
    assert not any("SQL_ALCHEMY_CONN" in (pod / "output").read_text() for pod in pods)


def test_a_batch_is_submitted_by_one_pod_and_concluded_by_another(site: CrashSite) -> None:
    before = len(pods_of(site))
    run = site.run("settle_payments_in_pods", "batch_of_pods")
    settle(site, run, tries=1)

    assert {len(ids) for ids in accepted(site, run).values()} == {1}
    # A pod that finds no room in the rate limit leaves the rest to a further one.
    assert len(pods_of(site)[before:]) >= 2
