"""What people do to tasks while a payment is in progress: clear them, fail them, edit their Dag."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.crashes.payment_run import CREATE
from tests.crashes.test_worker import ADOPTED, CREATED

if TYPE_CHECKING:
    from pathlib import Path

    from tests.crashes.crash_site import CrashSite


def edit(file: Path, before: str, after: str) -> None:
    """Change a Dag file as a deployment does: as a whole."""
    text = file.read_text()
    assert before in text
    fresh = file.with_name(f".{file.name}")
    fresh.write_text(text.replace(before, after))
    fresh.replace(file)


def test_cleared_while_it_waits_it_adopts_and_waits_on(site: CrashSite) -> None:
    run = site.run("pay_and_wait", "cleared_waiting")
    run.wait_for("deferred")

    run.clear()
    run.wait_for("deferred", after_try=1)
    run.end("COMPLETED")
    run.wait_for("success", after_try=1)

    run.require_paid_once()
    assert ADOPTED in run.log()


@pytest.mark.quick
def test_cleared_after_success_it_adopts_and_pays_nothing_again(site: CrashSite) -> None:
    run = site.run("pay", "cleared_success")
    run.wait_for("success")
    run.wait_for_end()

    run.clear()
    run.wait_for("success", after_try=1)

    run.require_paid_once()
    assert [entry["status"] for entry in run.posts()] == [200, 409]
    assert ADOPTED in run.log()


def test_cleared_after_paxos_failed_the_payment_it_fails_again_with_the_reason(site: CrashSite) -> None:
    run = site.run("pay_and_wait", "cleared_failure")
    run.wait_for("deferred")
    run.end("FAILED", "beneficiary bank returned the payment: account closed")
    first = run.wait_for("failed")
    run.wait_for_end()

    run.clear()
    again = run.wait_for("failed", after_try=first.try_number)

    run.require_paid_once()
    assert again.try_number == first.try_number + 1, "it was retried, though it is not retryable"
    assert "account closed" in run.log()
    assert "new ref_id" in run.log()


def test_marked_failed_while_deferred_the_payment_goes_on_and_the_log_says_so(site: CrashSite) -> None:
    run = site.run("pay_and_wait", "marked_failed")
    run.wait_for("deferred")
    run.wait_for_log("is PROCESSING")

    site.airflow.api.set_state(run.dag_id, run.run_id, CREATE, "failed")
    run.wait_for("failed")

    run.wait_for_log("Paxos cannot cancel what it has accepted: it goes on")
    run.end("COMPLETED")
    run.require_paid_once()
    run.wait_for_end()

    run.clear()
    run.wait_for("success", after_try=1)
    run.require_paid_once()
    assert ADOPTED in run.log()


def test_marked_failed_before_the_request_leaves_it_pays_nothing_until_it_is_cleared(site: CrashSite) -> None:
    run = site.run("pay", "marked_failed_running", stop_at="before_post")
    worker = run.worker_at("before_post")

    site.airflow.api.set_state(run.dag_id, run.run_id, CREATE, "failed")
    # Airflow lets what it ends run on for five seconds.
    run.wait_for_log("Stopped while submitting")
    run.let_go("before_post")
    run.wait_for_exit(worker)
    run.wait_for("failed")
    run.wait_for_end()
    assert run.posts() == []

    run.clear()
    run.wait_for("success", after_try=1)
    run.require_paid_once()
    assert CREATED in run.log()


@pytest.mark.quick
def test_a_retry_after_the_amount_was_changed_is_refused_with_both_amounts(site: CrashSite) -> None:
    site.hold_answers()
    run = site.run("pay_changing_amount", "changed_amount")
    worker = run.worker_at("before_post")
    run.wait_until_accepted()
    edit(site.dags / "pay_changing_amount.py", 'AMOUNT = "100.00"', 'AMOUNT = "250.00"')
    worker.kill_task()

    refused = run.wait_for("failed", after_try=1)

    run.require_paid_once(amount="100.00")
    assert refused.try_number == 2, "it was retried, though it is not retryable"
    assert "source_amount: asked for 250.00, exists with 100.00" in run.log()
    assert "What exists goes on unchanged" in run.log(), "it must not say that no money moves: 100.00 does"
