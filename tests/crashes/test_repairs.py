"""Repairs that are killed, run at once or cleared: of what has failed, one replacement is paid."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from airflow_provider_paxos.api.repair_chain import next_ref_id
from tests.crashes.payment_run import PaymentRun

if TYPE_CHECKING:
    from tests.crashes.crash_site import CrashSite

BY_OTHERS = "1 of 1 payments were created by others than this Dag run, and are not paid again"
EXISTS = "Adopted 1 of 1 payments, which exist already. They are not paid again."


@dataclass(frozen=True)
class RepairRun(PaymentRun):
    """A run that repairs one payment.

    :param replaced: the ref_id of the payment that has failed
    """

    replaced: str = ""

    def ref_id(self, map_index: int = -1) -> str:
        """Return the ref_id under which the payment is paid again."""
        return next_ref_id(self.replaced)

    def require_replaced_once(self) -> None:
        """Require one replacement, as ``require_paid_once`` does, and none of the replacement."""
        self.require_paid_once()
        assert next_ref_id(self.ref_id()) not in self.paxos.accepted_creates()


def failed_payment(site: CrashSite, run_id: str) -> str:
    """Pay, let the payment fail at Paxos, and return its ref_id."""
    paid = site.run("pay", run_id)
    paid.wait_for("success")
    paid.end("FAILED", "beneficiary bank returned the payment: account closed")
    return paid.ref_id()


def repair(site: CrashSite, run_id: str, ref_id: str, **conf: Any) -> RepairRun:
    """Start a run that repairs the payment."""
    run = site.run("repair", run_id, ref_ids=[ref_id], **conf)
    return RepairRun(run.airflow, run.paxos, run.dag_id, run.run_id, ref_id)


def test_killed_between_what_it_read_and_its_request_the_next_try_pays(site: CrashSite) -> None:
    failed = failed_payment(site, "repair_unsent")
    run = repair(site, "unsent", failed, stop_at="before_post")
    run.worker_at("before_post").kill()

    run.wait_for("success", after_try=1)

    run.require_replaced_once()
    assert [entry["status"] for entry in run.posts()] == [200]
    assert [receipt["adopted"] for receipt in run.receipts()] == [False]
    assert "Submitted 1 of 1 payments" in run.log()


def test_killed_after_paxos_accepted_and_before_it_answered_the_next_try_adopts(site: CrashSite) -> None:
    failed = failed_payment(site, "repair_unanswered")
    site.hold_answers()
    run = repair(site, "unanswered", failed)
    worker = run.worker_at("before_post")
    run.wait_until_accepted()
    worker.kill()

    run.wait_for("success", after_try=1)

    run.require_replaced_once()
    assert [entry["accepted"] for entry in run.posts()] == [True]
    assert [receipt["adopted"] for receipt in run.receipts()] == [True]
    assert EXISTS in run.log()


@pytest.mark.quick
def test_of_two_at_once_one_pays_and_the_other_adopts_and_says_whose_it_is(site: CrashSite) -> None:
    failed = failed_payment(site, "repair_at_once")
    runs = [repair(site, name, failed, stop_at="before_post") for name in ("one", "other")]
    for run in runs:
        run.worker_at("before_post")
    for run in runs:
        run.let_go("before_post")

    for run in runs:
        assert run.wait_for("success").try_number == 1
        run.require_replaced_once()

    assert sorted(entry["status"] for entry in runs[0].posts()) == [200, 409]
    paid, adopted = sorted(runs, key=lambda run: run.receipts()[0]["adopted"])
    assert [receipt["adopted"] for run in (paid, adopted) for receipt in run.receipts()] == [False, True]
    assert BY_OTHERS not in paid.log()
    assert f"{BY_OTHERS}: 1 by run {paid.run_id} of repair.create" in adopted.log()


def test_of_two_at_once_that_ask_for_different_amounts_the_later_one_is_refused(site: CrashSite) -> None:
    failed = failed_payment(site, "repair_differently")
    as_it_was = repair(site, "as_it_was", failed, stop_at="before_post")
    less = repair(site, "less", failed, stop_at="before_post", changes={failed: {"source_amount": "99.00"}})
    for run in (as_it_was, less):
        run.worker_at("before_post")
    as_it_was.let_go("before_post")
    as_it_was.wait_for("success")
    less.let_go("before_post")

    refused = less.wait_for("failed")

    as_it_was.require_replaced_once()
    assert refused.try_number == 1, "it was retried, though it is not retryable"
    assert "source_amount: asked for 99.00, exists with 100.00" in less.log()


def test_cleared_it_finds_what_it_has_paid_and_pays_again_only_in_a_new_run(site: CrashSite) -> None:
    failed = failed_payment(site, "repair_cleared")
    run = repair(site, "cleared", failed)
    run.wait_for("success")
    run.wait_for_end()

    run.clear()
    again = run.wait_for("success", after_try=1)
    assert EXISTS in run.log()
    run.wait_for_end()
    run.end("FAILED", "beneficiary bank returned the payment: account closed")
    run.clear()
    run.wait_for("failed", after_try=again.try_number)

    run.require_replaced_once()
    assert [entry["status"] for entry in run.posts()] == [200]
    assert "account closed" in run.log()
    fresh = repair(site, "fresh", failed)
    fresh.wait_for("success")
    RepairRun(site.airflow, site.paxos, "repair", "fresh", run.ref_id()).require_replaced_once()
