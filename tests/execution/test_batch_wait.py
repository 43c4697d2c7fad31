"""CreateOrchestrationBatchOperator waits until all payments have ended: in the triggerer, or on the worker."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from airflow_provider_paxos.api import errors
from airflow_provider_paxos.operators.orchestration_batch import CreateOrchestrationBatchOperator
from airflow_provider_paxos.triggers.orchestration import OrchestrationTrigger
from airflow_provider_paxos.version_compat import AirflowFailException
from tests.fake_paxos import UNAUTHORIZED, FakePaxos, problem
from tests.fixtures import CreateBatch, Logged
from tests.operators.test_batch import left_by, settling
from tests.payments import payments
from tests.task_instance import TaskDeferred, TaskInstance, context_of, resume, resume_failed, run

UNSUPPORTED = problem(400, "unsupported-address", "the address is not supported")
TERMINAL = {
    "terminal": [{"id": f"orchestration-{number}", "status": "COMPLETED", "reason": None} for number in (1, 2, 3)]
}


@pytest.fixture
def create_batch(create_batch: CreateBatch) -> CreateBatch:
    return lambda **but: create_batch(**{"wait_for_completion": True, **but})


def end_all(paxos: FakePaxos, status: str = "COMPLETED") -> None:
    for each in list(paxos.book):
        paxos.end(each, status)


def deferral(task: CreateOrchestrationBatchOperator, ti: TaskInstance) -> TaskDeferred:
    with pytest.raises(TaskDeferred) as deferred:
        run(task, ti)
    return deferred.value


def resumed(task: CreateOrchestrationBatchOperator, ti: TaskInstance, deferred: TaskDeferred, event: Any) -> Any:
    """Resume after the database has kept what was deferred."""
    return resume(task, ti, event=event, **json.loads(json.dumps(deferred.kwargs)))


class TestInTheTriggerer:
    @pytest.mark.parametrize(
        ("timeout", "deferred_for"), [(None, None), (25, timedelta(seconds=25)), (timedelta(hours=1),) * 2]
    )
    def test_it_defers_until_all_that_are_in_progress_are_terminal(
        self, create_batch: CreateBatch, paxos: FakePaxos, timeout: Any, deferred_for: timedelta | None
    ) -> None:
        paxos.add(2, status="COMPLETED")
        deferred = deferral(create_batch(timeout=timeout, poll_interval=7), settling())
        assert isinstance(deferred.trigger, OrchestrationTrigger)
        stated = deferred.trigger.serialize()[1]
        assert sorted(stated["orchestration_ids"]) == sorted(set(paxos.book) - {"orchestration-2"})
        assert stated["poll_interval"] == 7.0
        assert deferred.timeout == deferred_for

    def test_without_a_poll_interval_the_age_of_a_payment_decides(
        self, create_batch: CreateBatch, paxos: FakePaxos
    ) -> None:
        trigger = deferral(create_batch(), settling()).trigger
        assert isinstance(trigger, OrchestrationTrigger)
        assert trigger.poll_interval is None

    def test_the_receipts_are_there_before_it_defers(self, create_batch: CreateBatch, paxos: FakePaxos) -> None:
        ti = settling()
        deferral(create_batch(), ti)
        assert [each["status"] for each in left_by(ti)] == ["PROCESSING"] * 3

    def test_it_does_not_wait_where_all_are_terminal(self, create_batch: CreateBatch, paxos: FakePaxos) -> None:
        for number in (1, 2, 3):
            paxos.add(number, status="COMPLETED")
        assert [each["status"] for each in run(create_batch(), settling())] == ["COMPLETED"] * 3

    def test_resumed_it_returns_the_final_records_and_leaves_the_final_receipts(
        self, create_batch: CreateBatch, paxos: FakePaxos
    ) -> None:
        paxos.add(2)
        ti = settling()
        deferred = deferral(create_batch(), ti)
        end_all(paxos)
        records = resumed(create_batch(), ti, deferred, TERMINAL)
        assert [(each["key"], each["status"]) for each in records] == [(key, "COMPLETED") for key in ("1", "2", "3")]
        assert [(each["status"], each["adopted"]) for each in left_by(ti)] == [
            ("COMPLETED", False),
            ("COMPLETED", True),
            ("COMPLETED", False),
        ]

    def test_resumed_without_what_was_deferred_as_dag_test_does_it_goes_by_the_receipts(
        self, create_batch: CreateBatch, paxos: FakePaxos
    ) -> None:
        ti = settling()
        deferral(create_batch(), ti)
        end_all(paxos)
        assert len(resume(create_batch(), ti, event=TERMINAL)) == 3

    def test_resumed_it_submits_nothing(self, create_batch: CreateBatch, paxos: FakePaxos) -> None:
        ti = settling()
        deferred = deferral(create_batch(), ti)
        end_all(paxos)
        resumed(create_batch(), ti, deferred, TERMINAL)
        assert paxos.calls().count("create") == 3

    def test_resumed_it_goes_by_paxos_and_not_by_the_event(self, create_batch: CreateBatch, paxos: FakePaxos) -> None:
        ti = settling()
        deferred = deferral(create_batch(), ti)
        end_all(paxos, "FAILED")
        with pytest.raises(AirflowFailException, match="3 of 3 payments have failed"):
            resumed(create_batch(), ti, deferred, TERMINAL)
        assert [each["status"] for each in left_by(ti)] == ["FAILED"] * 3

    def test_failed_payments_fail_the_task_with_a_table_once_all_are_terminal(
        self, create_batch: CreateBatch, paxos: FakePaxos
    ) -> None:
        ti = settling()
        deferred = deferral(create_batch(), ti)
        end_all(paxos)
        failed_id = next(each for each in paxos.book.values() if each["ref_id"] == "settle-2")["id"]
        paxos.end(failed_id, "FAILED", "account closed")
        with pytest.raises(AirflowFailException) as failed:
            resumed(create_batch(), ti, deferred, TERMINAL)
        assert str(failed.value).splitlines() == [
            "1 of 3 payments have failed.",
            "key  status  amount              ref_id    id               reason",
            f"2    FAILED  100.25 USD to USDG  settle-2  {failed_id}  account closed",
            "If the task is cleared, it submits again what Paxos did not accept. A FAILED or REJECTED payment is "
            "not paid again under its ref_id: a new run of RepairOrchestrationsOperator pays it again, once.",
        ]

    @pytest.mark.parametrize("do_xcom_push", [True, False])
    def test_resumed_it_still_says_why_a_payment_was_refused(
        self, create_batch: CreateBatch, paxos: FakePaxos, do_xcom_push: bool
    ) -> None:
        paxos.replies["create"].append(UNSUPPORTED)
        ti = settling()
        task = create_batch(on_failed_payments="report", do_xcom_push=do_xcom_push)
        deferred = deferral(task, ti)
        end_all(paxos)
        (refused,) = [
            each for each in resumed(task, ti, deferred, {"terminal": TERMINAL["terminal"][:2]}) if "id" not in each
        ]
        assert "the address is not supported" in refused["reason"]

    @pytest.mark.parametrize("do_xcom_push", [True, False])
    def test_what_list_hides_is_read_by_the_ids_of_the_receipts(
        self, create_batch: CreateBatch, paxos: FakePaxos, do_xcom_push: bool
    ) -> None:
        ti = settling()
        task = create_batch(do_xcom_push=do_xcom_push)
        deferred = deferral(task, ti)
        end_all(paxos)
        paxos.unlisted = set(paxos.book)
        assert [each["status"] for each in resumed(task, ti, deferred, TERMINAL)] == ["COMPLETED"] * 3

    @pytest.mark.parametrize("do_xcom_push", [True, False])
    def test_resumed_it_still_says_who_created_what_was_adopted(
        self, create_batch: CreateBatch, paxos: FakePaxos, do_xcom_push: bool
    ) -> None:
        run(create_batch(payments=payments(1), wait_for_completion=False), settling(run_id="earlier"))
        paxos.add(2)
        ti = settling()
        task = create_batch(do_xcom_push=do_xcom_push)
        deferred = deferral(task, ti)
        end_all(paxos)
        creators = [each.get("creator") for each in resumed(task, ti, deferred, TERMINAL)]
        assert creators == ["settlement.settle 1 earlier", "unknown", None]

    def test_what_is_kept_of_a_batch_without_xcoms_is_bounded(
        self, create_batch: CreateBatch, paxos: FakePaxos, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("airflow_provider_paxos.batch.state._LONGEST_CARRIED", 1000)
        paxos.replies["create"].extend([UNSUPPORTED] * 30)
        ti = settling()
        task = create_batch(payments=payments(40), do_xcom_push=False, on_failed_payments="report")
        deferred = deferral(task, ti)
        assert len(json.dumps(deferred.kwargs)) < 1100
        end_all(paxos)
        records = resumed(task, ti, deferred, {"terminal": {"COMPLETED": 10}})
        assert [each.get("status") for each in records].count("COMPLETED") == 10
        assert {each["acceptance"] for each in records if "id" not in each} == {"refused", "unknown"}

    @pytest.mark.parametrize("do_xcom_push", [True, False])
    def test_a_payment_that_was_dropped_from_the_list_stays_visible(
        self, create_batch: CreateBatch, paxos: FakePaxos, logged: Logged, do_xcom_push: bool
    ) -> None:
        paxos.replies["create"].append(UNSUPPORTED)
        ti = settling()
        deferred = deferral(create_batch(payments=payments(4), do_xcom_push=do_xcom_push), ti)
        end_all(paxos)
        refused = next(number for number in "1234" if f"settle-{number}" not in str(paxos.book))
        kept = [each for each in payments(4) if each["key"] == next(n for n in "1234" if n != refused)]
        records = resumed(create_batch(payments=kept, do_xcom_push=do_xcom_push), ti, deferred, TERMINAL)
        assert [each.get("dropped", False) for each in records] == [False, True, True, True]
        assert sorted(each.get("status", each["acceptance"]) for each in records) == [*["COMPLETED"] * 3, "refused"]
        assert "3 payments are no longer in the batch. What Paxos accepted of them goes on: " in logged()
        if do_xcom_push:
            assert [each.get("dropped", False) for each in left_by(ti)] == [False, True, True, True]
            assert [each.get("status") for each in left_by(ti)].count("COMPLETED") == 3

    def test_one_that_was_dropped_and_that_paxos_does_not_show_was_accepted_all_the_same(
        self, create_batch: CreateBatch, paxos: FakePaxos
    ) -> None:
        ti = settling()
        task = create_batch(payments=payments(2), do_xcom_push=False)
        deferred = deferral(task, ti)
        end_all(paxos)
        del paxos.book[next(each for each, one in paxos.book.items() if one["ref_id"] == "settle-2")]
        task = create_batch(payments=payments(1), do_xcom_push=False)
        _, dropped = resumed(task, ti, deferred, {"terminal": {"COMPLETED": 2}})
        assert (dropped["key"], dropped["acceptance"], "status" in dropped) == ("2", "accepted", False)

    def test_a_batch_whose_payments_were_all_dropped_still_shows_them(
        self, create_batch: CreateBatch, paxos: FakePaxos
    ) -> None:
        ti = settling()
        deferred = deferral(create_batch(), ti)
        end_all(paxos)
        records = resumed(create_batch(payments=[]), ti, deferred, TERMINAL)
        assert [(each["status"], each["dropped"]) for each in records] == [("COMPLETED", True)] * 3

    def test_what_paxos_does_not_show_any_more_is_no_success(self, create_batch: CreateBatch, paxos: FakePaxos) -> None:
        ti = settling()
        deferred = deferral(create_batch(), ti)
        end_all(paxos)
        paxos.book.popitem()
        with pytest.raises(errors.OrchestrationMissing, match="Paxos does not show 1 of 3 payments"):
            resumed(create_batch(), ti, deferred, TERMINAL)

    def test_a_payment_that_was_changed_meanwhile_is_refused(self, create_batch: CreateBatch, paxos: FakePaxos) -> None:
        ti = settling()
        deferred = deferral(create_batch(), ti)
        end_all(paxos)
        with pytest.raises(AirflowFailException, match=r"source_amount: asked for 7, exists with 100\.25"):
            resumed(create_batch(payments=payments(3, source_amount="7")), ti, deferred, TERMINAL)

    def test_what_is_reported_as_terminal_but_is_not_is_no_success(
        self, create_batch: CreateBatch, paxos: FakePaxos
    ) -> None:
        ti = settling()
        deferred = deferral(create_batch(), ti)
        with pytest.raises(errors.StillInProgress, match="3 of 3 payments reached no terminal status"):
            resumed(create_batch(), ti, deferred, TERMINAL)

    @pytest.mark.parametrize("event", [None, {}, "terminal", {"terminal": []}, {"terminal": TERMINAL["terminal"][:2]}])
    def test_an_event_that_it_does_not_understand_is_no_success(
        self, create_batch: CreateBatch, paxos: FakePaxos, event: Any
    ) -> None:
        ti = settling()
        deferred = deferral(create_batch(), ti)
        end_all(paxos)
        with pytest.raises(errors.WaitAborted, match="an event that this version does not understand"):
            resumed(create_batch(), ti, deferred, event)

    def test_an_error_of_the_wait_is_quoted_and_retryable(self, create_batch: CreateBatch, paxos: FakePaxos) -> None:
        ti = settling()
        deferred = deferral(create_batch(), ti)
        with pytest.raises(errors.WaitAborted, match="ended with an error: no token"):
            resumed(create_batch(), ti, deferred, {"error": "no token"})

    def test_a_timeout_says_how_many_are_in_progress_and_leaves_the_receipts(
        self, create_batch: CreateBatch, paxos: FakePaxos
    ) -> None:
        ti = settling()
        deferral(create_batch(timeout=25), ti)
        ended = next(iter(paxos.book.values()))
        paxos.end(ended["id"], "COMPLETED")
        with pytest.raises(
            errors.StillInProgress, match=r"2 of 3 payments reached no terminal status in time .*; 1 are COMPLETED"
        ):
            resume_failed(create_batch(timeout=25), "Trigger timeout", ti)
        assert sorted(each["status"] for each in left_by(ti)) == ["COMPLETED", "PROCESSING", "PROCESSING"]

    def test_the_last_poll_comes_after_the_timeout(self, create_batch: CreateBatch, paxos: FakePaxos) -> None:
        ti = settling()
        deferral(create_batch(timeout=25), ti)
        end_all(paxos)
        records = resume_failed(create_batch(timeout=25), "Trigger timeout", ti)
        assert [each["status"] for each in records] == ["COMPLETED"] * 3

    def test_a_timeout_without_xcoms_says_how_many_are_in_progress(
        self, create_batch: CreateBatch, paxos: FakePaxos
    ) -> None:
        paxos.replies["create"].append(UNSUPPORTED)
        ti = settling()
        task = create_batch(timeout=25, do_xcom_push=False)
        deferral(task, ti)
        paxos.end(next(iter(paxos.book)), "COMPLETED")
        with pytest.raises(errors.StillInProgress) as timed_out:
            resume_failed(task, "Trigger timeout", ti)
        assert "2 of 3 payments reached no terminal status in time" in str(timed_out.value)
        assert "1 are COMPLETED, 0 have failed. Paxos shows no orchestration of 1 of them (yet)." in str(
            timed_out.value
        )

    def test_a_trigger_that_crashed_is_retryable(self, create_batch: CreateBatch, paxos: FakePaxos) -> None:
        ti = settling()
        deferral(create_batch(), ti)
        with pytest.raises(errors.WaitAborted, match="the trigger failed: Trigger failure"):
            resume_failed(create_batch(), "Trigger failure", ti)

    def test_beside_the_ids_next_to_nothing_is_stored_for_the_wait(
        self, create_batch: CreateBatch, paxos: FakePaxos
    ) -> None:
        paxos.replies["create"].append(UNSUPPORTED)
        deferred = deferral(create_batch(payments=payments(1000)), settling())
        assert len(json.dumps(deferred.kwargs)) < 500


class TestOnTheWorker:
    @pytest.fixture
    def create_batch(self, create_batch: CreateBatch) -> CreateBatch:
        return lambda **but: create_batch(**{"deferrable": False, **but})

    def test_it_polls_until_all_are_terminal(
        self, create_batch: CreateBatch, paxos: FakePaxos, at_nap: Any, naps: list[float]
    ) -> None:
        at_nap(lambda: None, lambda: end_all(paxos))
        records = run(create_batch(poll_interval=7), settling())
        assert [each["status"] for each in records] == ["COMPLETED"] * 3
        assert naps == [7, 7]

    def test_failed_payments_fail_the_task(self, create_batch: CreateBatch, paxos: FakePaxos, at_nap: Any) -> None:
        at_nap(lambda: end_all(paxos, "REJECTED"))
        with pytest.raises(AirflowFailException, match="3 of 3 payments have failed"):
            run(create_batch(), settling())

    def test_a_timeout_says_how_many_are_in_progress(
        self, create_batch: CreateBatch, paxos: FakePaxos, naps: list[float], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("time.monotonic", lambda: 1000 + sum(naps))
        ti = settling()
        with pytest.raises(errors.StillInProgress, match="3 of 3 payments reached no terminal status in time"):
            run(create_batch(timeout=25), ti)
        assert naps == [10, 10, 5]
        assert len(left_by(ti)) == 3

    def test_a_refused_credential_ends_the_wait_without_retries(
        self, create_batch: CreateBatch, paxos: FakePaxos, at_nap: Any
    ) -> None:
        at_nap(lambda: paxos.always.update(list=UNAUTHORIZED))
        with pytest.raises(AirflowFailException, match="client secret are corrected"):
            run(create_batch(), settling(max_tries=3))

    def test_stopped_while_waiting_it_says_that_the_payments_go_on(
        self, create_batch: CreateBatch, paxos: FakePaxos, at_nap: Any, logged: Logged
    ) -> None:
        task = create_batch()
        at_nap(task.on_kill, lambda: end_all(paxos))
        task.render_template_fields(context_of(task))
        run(task, settling())
        assert "No longer waiting for 3 payments. Paxos cannot cancel them: they go on." in logged()
