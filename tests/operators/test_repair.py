"""RepairOrchestrationsOperator pays again what Paxos shows as FAILED or REJECTED, each payment once."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from datetime import UTC, datetime
from typing import Any

import httpx2
import pytest

from airflow_provider_paxos.api.creators import Creator
from airflow_provider_paxos.api.errors import BatchIncomplete, NotRepairable, RefIdConflict
from airflow_provider_paxos.execution import human_input
from airflow_provider_paxos.operators.approval import Approval
from airflow_provider_paxos.operators.repair import RepairOrchestrationsOperator
from airflow_provider_paxos.version_compat import AirflowFailException
from tests.fake_paxos import Answer, FakePaxos, problem
from tests.fixtures import Define, Logged
from tests.payments import PAYMENT, profile
from tests.required_actions import AwaitingInput, RequiredActions, attempt
from tests.task_instance import RUN_ID, TaskDeferred, TaskInstance, left_by, resume, run

ELSEWHERE = profile("profile-c")
RECORDS = [{"key": str(number), "ref_id": f"settle-{number}"} for number in (1, 2, 3)]
TERMINAL = {"terminal": [{"id": "orchestration-2", "status": "COMPLETED", "reason": None}]}


def repairing(run_id: str = RUN_ID, **but: Any) -> TaskInstance:
    return TaskInstance(dag_id="repair", task_id="repair", run_id=run_id, **but)


def repair(**but: Any) -> RepairOrchestrationsOperator:
    which = {} if "records" in but else {"ref_ids": ["settle-1"]}
    return RepairOrchestrationsOperator(**{"task_id": "repair", "wait_for_completion": False, **which, **but})


def under(paxos: FakePaxos, ref_id: str) -> dict[str, Any]:
    """Return the one orchestration under a ref_id."""
    (found,) = [each for each in paxos.book.values() if each["ref_id"] == ref_id]
    return found


def created(paxos: FakePaxos) -> list[dict[str, Any]]:
    return [each.json for each in paxos.asked if each.call == "create"]


class TestPayingAgain:
    @pytest.mark.parametrize("status", ["FAILED", "REJECTED"])
    def test_a_failed_payment_is_paid_again_under_the_next_ref_id(self, paxos: FakePaxos, status: str) -> None:
        paxos.add(1, status=status, metadata={"invoice": "7", "airflow_creator": "pay #0123456789.0123456789"})
        records = run(repair(), repairing())
        assert created(paxos) == [
            {
                **PAYMENT,
                "ref_id": "settle-1-r1",
                "metadata": {
                    "invoice": "7",
                    "replaces": "settle-1",
                    "airflow_creator": Creator("repair", RUN_ID, "repair", key="settle-1").stamp(),
                    "airflow_payment_key": "settle-1",
                    "airflow_dag_id": "repair",
                    "airflow_run_id": RUN_ID,
                },
            }
        ]
        in_progress = {"ref_id": "settle-1-r1", "status": "PROCESSING", "acceptance": "accepted"}
        assert records == [{"key": "settle-1", "id": under(paxos, "settle-1-r1")["id"], **in_progress}]

    def test_it_may_go_elsewhere_or_be_of_another_amount(self, paxos: FakePaxos) -> None:
        paxos.add(1, status="FAILED")
        run(repair(changes={"settle-1": {"destination": ELSEWHERE, "source_amount": "99.00"}}), repairing())
        (sent,) = created(paxos)
        assert (sent["destination"], sent["source_amount"], sent["source"]) == (ELSEWHERE, "99.00", PAYMENT["source"])

    def test_the_log_shows_what_is_paid_again_and_what_changes(self, paxos: FakePaxos, logged: Logged) -> None:
        paxos.add(1, status="FAILED", fail_reason={"detail": "account closed"})
        run(repair(changes={"settle-1": {"destination": ELSEWHERE}}), repairing())
        (row,) = [line for line in logged().splitlines() if "account closed" in line]
        assert "settle-1  settle-1  FAILED  account closed  settle-1-r1  new    another destination" in row

    def test_the_receipt_says_what_it_replaces(self, paxos: FakePaxos) -> None:
        paxos.add(1, status="FAILED")
        run(repair(), ti := repairing())
        (receipt,) = left_by(ti)
        assert (receipt["ref_id"], receipt["adopted"], receipt["metadata"]["replaces"]) == (
            "settle-1-r1",
            False,
            "settle-1",
        )

    def test_an_invalid_change_is_refused_before_anything_is_sent(self, paxos: FakePaxos) -> None:
        paxos.add(1, status="FAILED")
        with pytest.raises(AirflowFailException, match="source_amount"):
            run(repair(changes={"settle-1": {"source_amount": 0.1}}), repairing())
        assert created(paxos) == []

    def test_metadata_without_room_is_named_in_the_log(self, paxos: FakePaxos, logged: Logged) -> None:
        paxos.add(1, status="FAILED", metadata=dict.fromkeys("abcdef", "x"))
        run(repair(), repairing())
        assert "there is no room for the metadata e, f of the payment that it replaces" in logged()


class TestSelecting:
    @pytest.mark.parametrize("records", [RECORDS, json.dumps(RECORDS)])
    def test_of_a_batch_what_has_failed_is_paid_again_and_the_rest_is_left_out(
        self, paxos: FakePaxos, logged: Logged, records: Any
    ) -> None:
        paxos.add(1, status="COMPLETED")
        paxos.add(2, status="FAILED")
        result = run(repair(records=records), repairing())
        assert [(each["key"], each["ref_id"]) for each in result] == [("2", "settle-2-r1")]
        assert "Left out, since they are COMPLETED: 1 payments" in logged()
        assert "3 (settle-3): Paxos shows no orchestration under this ref_id" in logged()

    def test_a_payment_that_is_named_has_to_have_failed(self, paxos: FakePaxos) -> None:
        paxos.add(1, status="FAILED")
        paxos.add(2, status="PROCESSING")
        with pytest.raises(AirflowFailException, match=r"2 \(settle-2\): orchestration orchestration-2 is PROCE") as no:
            run(repair(records=RECORDS, keys=["1", "2"]), repairing())
        assert isinstance(no.value.__cause__, NotRepairable)
        assert created(paxos) == []

    def test_templates_select_too(self, paxos: FakePaxos) -> None:
        paxos.add(1, status="FAILED")
        task = repair(
            records="{{ params.records | tojson }}",
            ref_ids="{{ params.ref_ids | tojson }}",
            keys="{{ params.payment_keys | tojson }}",
            changes="{{ params.changes | tojson }}",
        )
        form = {
            "records": None,
            "ref_ids": ["settle-1"],
            "payment_keys": [],
            "changes": {"settle-1": {"source_amount": "7"}},
        }
        run(task, repairing(), params=form)
        assert [each["source_amount"] for each in created(paxos)] == ["7"]

    def test_a_batch_without_failed_payments_has_nothing_to_repair(self, paxos: FakePaxos, logged: Logged) -> None:
        paxos.add(1, status="COMPLETED")
        assert run(repair(records=RECORDS[:1]), repairing()) == []
        assert "No payment is to be repaired" in logged()

    def test_the_payments_have_to_be_given(self) -> None:
        with pytest.raises(ValueError, match="Give records or ref_ids"):
            RepairOrchestrationsOperator(task_id="repair")


class TestOnce:
    def test_a_second_run_adopts_the_repair_of_the_first(self, paxos: FakePaxos, logged: Logged) -> None:
        paxos.add(1, status="FAILED")
        run(repair(), repairing("monday"))
        run(repair(), ti := repairing("tuesday"))
        (receipt,) = left_by(ti)
        assert (len(created(paxos)), receipt["adopted"]) == (1, True)
        assert receipt["creator"] == "repair.repair settle-1 monday"

    def test_a_repair_by_another_dag_and_under_another_key_is_the_same(self, paxos: FakePaxos) -> None:
        paxos.add(1, status="FAILED")
        run(repair(), repairing("monday"))
        run(repair(records=RECORDS[:1]), TaskInstance(dag_id="mend", task_id="mend", run_id="monday"))
        assert len(created(paxos)) == 1

    def test_two_who_repair_at_once_pay_once(self, paxos: FakePaxos) -> None:
        paxos.add(1, status="FAILED")
        self._between_look_and_post(paxos, lambda: run(repair(), repairing("tuesday")))
        run(repair(), ti := repairing("monday"))
        assert len(paxos.book) == 2
        assert left_by(ti)[0]["creator"] == "repair.repair settle-1 tuesday"

    def test_two_who_change_it_otherwise_at_once_pay_once_and_one_meets_a_conflict(self, paxos: FakePaxos) -> None:
        paxos.add(1, status="FAILED")
        other = repair(changes={"settle-1": {"destination": ELSEWHERE}})
        self._between_look_and_post(paxos, lambda: run(other, repairing("tuesday")))
        with pytest.raises(AirflowFailException) as refused:
            run(repair(), repairing("monday"))
        assert isinstance(refused.value.__cause__, RefIdConflict)
        assert [each["destination"] for each in paxos.book.values()] == [PAYMENT["destination"], ELSEWHERE]

    def test_a_payment_under_the_next_ref_id_that_replaces_nothing_is_never_adopted(self, paxos: FakePaxos) -> None:
        paxos.add(1, status="FAILED")
        self._between_look_and_post(paxos, lambda: paxos.add(2, ref_id="settle-1-r1", status="COMPLETED"))
        with pytest.raises(AirflowFailException, match=r"metadata\.replaces: asked for settle-1, exists with nothing"):
            run(repair(), repairing())

    def test_a_list_that_lags_behind_pays_nothing_twice(self, paxos: FakePaxos) -> None:
        paxos.add(1, status="FAILED")
        run(repair(), repairing("monday"))
        paxos.unlisted.add(under(paxos, "settle-1-r1")["id"])
        run(repair(), repairing("tuesday"))
        assert len(paxos.book) == 2

    @pytest.mark.parametrize("booked", [False, True])
    def test_a_worker_that_is_killed_at_the_post_is_followed_by_one_that_pays_once(
        self, paxos: FakePaxos, booked: bool
    ) -> None:
        paxos.add(1, status="FAILED")
        answer = paxos.answer

        def breaks(method: str, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
            if method == "POST" and "/token" not in url:
                if booked:
                    answer(method, url, headers, body)
                raise httpx2.ReadError("the connection broke")
            return answer(method, url, headers, body)

        paxos.answer = breaks  # type: ignore[method-assign]
        with pytest.raises(BatchIncomplete):
            run(repair(), repairing())
        paxos.answer = answer  # type: ignore[method-assign]
        run(repair(), repairing(try_number=2))
        assert sorted(each["ref_id"] for each in paxos.book.values()) == ["settle-1", "settle-1-r1"]

    @pytest.mark.parametrize("again", [{"try_number": 2}, {}], ids=["a retry", "a clear"])
    def test_a_repair_whose_payment_has_failed_pays_nothing_more_by_itself(
        self, paxos: FakePaxos, again: dict[str, Any]
    ) -> None:
        paxos.add(1, status="FAILED")
        run(repair(), repairing())
        paxos.end(under(paxos, "settle-1-r1")["id"], "FAILED", "account closed")
        with pytest.raises(AirflowFailException, match="1 of 1 payments have failed"):
            run(repair(), repairing(**again))
        assert len(paxos.book) == 2

    def test_another_run_pays_it_again(self, paxos: FakePaxos) -> None:
        paxos.add(1, status="FAILED")
        run(repair(), repairing("monday"))
        paxos.end(under(paxos, "settle-1-r1")["id"], "FAILED")
        run(repair(), repairing("tuesday"))
        assert under(paxos, "settle-1-r2")["metadata"]["replaces"] == "settle-1-r1"

    def test_an_older_link_leads_to_the_end_of_the_chain(self, paxos: FakePaxos) -> None:
        for number, (ref_id, status) in enumerate({"settle-1": "FAILED", "settle-1-r1": "REJECTED"}.items(), 1):
            paxos.add(number, ref_id=ref_id, status=status, metadata={"replaces": "settle-1"} if number > 1 else {})
        paxos.add(3, ref_id="settle-1-r2", status="COMPLETED", metadata={"replaces": "settle-1-r1"})
        assert [each["status"] for each in run(repair(), repairing())] == ["COMPLETED"]
        assert created(paxos) == []

    @pytest.mark.parametrize(("meant", "paid"), [(None, 0), ("by hand", 1)])
    def test_what_somebody_has_paid_by_other_means_is_a_duplicate_within_the_window(
        self, paxos: FakePaxos, define_connection: Define, meant: str | None, paid: int
    ) -> None:
        define_connection(extra={"duplicate_window": 7})
        paxos.add(1, status="FAILED")
        paxos.add(2, ref_id="by hand", status="COMPLETED", created_at=datetime.now(UTC).isoformat())
        task = repair(changes={"settle-1": {"duplicate_of_ok": meant}} if meant else None)
        with nullcontext() if meant else pytest.raises(AirflowFailException, match="ref_id by hand"):
            run(task, repairing())
        assert len(created(paxos)) == paid

    @staticmethod
    def _between_look_and_post(paxos: FakePaxos, deed: Callable[[], object]) -> None:
        answer = paxos.answer

        def first(method: str, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
            if method == "POST" and "/token" not in url:
                paxos.answer = answer  # type: ignore[method-assign]
                deed()
            return answer(method, url, headers, body)

        paxos.answer = first  # type: ignore[method-assign]


class TestWaiting:
    def _deferred(self, task: RepairOrchestrationsOperator, ti: TaskInstance) -> TaskDeferred:
        with pytest.raises(TaskDeferred) as deferred:
            run(task, ti)
        return deferred.value

    def _resumed(self, task: RepairOrchestrationsOperator, ti: TaskInstance, deferred: TaskDeferred) -> Any:
        return resume(task, ti, event=TERMINAL, **json.loads(json.dumps(deferred.kwargs)))

    @pytest.mark.parametrize("do_xcom_push", [True, False])
    def test_it_waits_for_the_repair_and_reads_it_afresh(self, paxos: FakePaxos, do_xcom_push: bool) -> None:
        paxos.add(1, status="FAILED")
        task = repair(wait_for_completion=True, do_xcom_push=do_xcom_push)
        deferred = self._deferred(task, ti := repairing())
        paxos.end("orchestration-2", "COMPLETED")
        (record,) = self._resumed(task, ti, deferred)
        assert (record["ref_id"], record["status"]) == ("settle-1-r1", "COMPLETED")
        assert len(paxos.book) == 2

    @pytest.mark.parametrize("do_xcom_push", [True, False])
    def test_a_repair_of_another_that_fails_while_it_is_waited_for_is_reported_and_not_replaced(
        self, paxos: FakePaxos, do_xcom_push: bool
    ) -> None:
        paxos.add(1, status="FAILED")
        run(repair(), repairing("monday"))
        task = repair(wait_for_completion=True, do_xcom_push=do_xcom_push)
        deferred = self._deferred(task, ti := repairing("tuesday"))
        paxos.end("orchestration-2", "FAILED", "account closed")
        with pytest.raises(AirflowFailException, match=r"settle-1-r1.*account closed"):
            self._resumed(task, ti, deferred)
        assert len(paxos.book) == 2

    @pytest.mark.parametrize("do_xcom_push", [True, False])
    def test_a_repair_that_paxos_refused_is_still_named_after_the_wait(
        self, paxos: FakePaxos, do_xcom_push: bool
    ) -> None:
        paxos.add(1, status="COMPLETED")
        paxos.add(2, ref_id="settle-2", status="FAILED")
        paxos.add(3, ref_id="settle-3", status="FAILED")
        paxos.replies["create"].append(problem(400, "unsupported-address", "the address is not supported"))
        task = repair(records=RECORDS, wait_for_completion=True, on_failed_payments="report", do_xcom_push=do_xcom_push)
        deferred = self._deferred(task, ti := repairing())
        paxos.end("orchestration-4", "COMPLETED")
        found = self._resumed(task, ti, deferred)
        assert {each["key"] for each in found} == {"2", "3"}
        assert sorted(each["acceptance"] for each in found) == ["accepted", "refused"]

    def test_what_has_failed_since_is_not_paid_after_the_wait(self, paxos: FakePaxos) -> None:
        paxos.add(1, status="FAILED")
        paxos.add(2, status="PROCESSING")
        task = repair(records=RECORDS[:2], wait_for_completion=True)
        deferred = self._deferred(task, ti := repairing())
        paxos.end("orchestration-3", "COMPLETED")
        paxos.end("orchestration-2", "FAILED")
        assert [each["key"] for each in self._resumed(task, ti, deferred)] == ["1"]
        assert len(paxos.book) == 3


class TestApproval:
    @pytest.fixture(autouse=True)
    def actions(self, monkeypatch: pytest.MonkeyPatch, task_process: None) -> RequiredActions:
        """Airflow's Required Actions."""
        actions = RequiredActions()
        monkeypatch.setattr("airflow.sdk.execution_time.task_runner.SUPERVISOR_COMMS", actions)
        monkeypatch.setattr(human_input, "TaskAwaitingInput", AwaitingInput)
        return actions

    def test_nothing_is_paid_again_before_a_person_has_approved_it(
        self, paxos: FakePaxos, actions: RequiredActions
    ) -> None:
        paxos.add(1, status="FAILED")
        asks = attempt(task := repair(approval=Approval()), ti := repairing())
        assert isinstance(asks, AwaitingInput)
        assert created(paxos) == []
        attempt(task, ti, actions.approve(ti))
        assert [each["ref_id"] for each in created(paxos)] == ["settle-1-r1"]

    def test_the_form_says_which_failed_payment_is_paid_again(self, paxos: FakePaxos, actions: RequiredActions) -> None:
        paxos.add(1, status="FAILED")
        attempt(repair(records=RECORDS[:1], approval=Approval()), ti := repairing())
        form = actions.form(ti)
        assert form.subject.endswith("(sandbox): 1 new payment, 100.25 USD")
        assert "| 1, pays settle-1 again | 100.25 USD to USDG | profile profile-b |" in form.body

    def test_an_approval_is_not_one_of_a_further_repair(self, paxos: FakePaxos, actions: RequiredActions) -> None:
        paxos.add(1, status="FAILED")
        attempt(task := repair(approval=Approval()), ti := repairing())
        paxos.add(2, ref_id="settle-1-r1", status="FAILED", metadata={"replaces": "settle-1"})
        with pytest.raises(AirflowFailException, match="the payments have changed"):
            attempt(task, ti, actions.approve(ti))
        assert created(paxos) == []

    def test_what_somebody_has_repaired_meanwhile_is_adopted(self, paxos: FakePaxos, actions: RequiredActions) -> None:
        paxos.add(1, status="FAILED")
        attempt(task := repair(approval=Approval()), ti := repairing())
        run(repair(), repairing("tuesday"))
        (record,) = attempt(task, ti, actions.approve(ti))
        assert (record["creator"], len(paxos.book)) == ("repair.repair settle-1 tuesday", 2)

    def test_nothing_is_asked_where_nothing_is_left_to_do(self, paxos: FakePaxos, actions: RequiredActions) -> None:
        paxos.add(1, status="FAILED")
        run(repair(), repairing("monday"))
        attempt(repair(approval=Approval()), repairing("tuesday"))
        assert actions.asked == 0
