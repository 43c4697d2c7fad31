"""CreateOrchestrationOperator waits for the end, where it is asked to: on the worker, or in the triggerer."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest

from airflow_provider_paxos.api import errors
from airflow_provider_paxos.triggers.orchestration import OrchestrationTrigger
from airflow_provider_paxos.version_compat import AirflowFailException
from tests.fake_paxos import BROKEN, UNAUTHORIZED, FakePaxos
from tests.fixtures import Create, Define, Logged
from tests.task_instance import TaskDeferred, TaskInstance, left_by, resume, resume_failed, run

ID = "orchestration-1"
TERMINAL = {"terminal": [{"id": ID, "status": "COMPLETED", "reason": None}]}


def receipt_of(ti: TaskInstance) -> dict[str, Any]:
    return dict(ti.xcom_pull(task_ids="create", key="orchestration", map_indexes=-1))


@pytest.fixture(params=[True, False], ids=["deferrable", "on the worker"])
def deferrable(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


def test_without_being_asked_it_does_not_wait(create: Create, paxos: FakePaxos) -> None:
    assert run(create()) == ID
    assert paxos.calls() == ["create"]


def test_it_does_not_wait_for_what_is_completed(create: Create, paxos: FakePaxos, deferrable: bool) -> None:
    paxos.add(1, status="COMPLETED")
    assert run(create(wait_for_completion=True, deferrable=deferrable)) == ID


@pytest.mark.parametrize("configured", [True, False])
def test_airflows_default_decides_where_it_waits(
    create: Create, monkeypatch: pytest.MonkeyPatch, configured: bool
) -> None:
    monkeypatch.setenv("AIRFLOW__OPERATORS__DEFAULT_DEFERRABLE", str(configured))
    assert create().deferrable is configured


class TestOnTheWorker:
    """Waiting on the worker."""

    @pytest.fixture
    def create(self, create: Create) -> Create:
        return lambda **but: create(**{"wait_for_completion": True, "deferrable": False, **but})

    def test_it_polls_until_the_orchestration_is_completed(self, create: Create, paxos: FakePaxos, at_nap: Any) -> None:
        at_nap(lambda: None, lambda: paxos.end(ID, "COMPLETED"))
        assert run(create()) == ID
        assert paxos.calls() == ["create", "list", "list", "list"]

    @pytest.mark.parametrize("interval", [7, timedelta(seconds=7)])
    def test_the_poll_interval_lies_between_two_readings(
        self, create: Create, paxos: FakePaxos, at_nap: Any, naps: list[float], interval: Any
    ) -> None:
        at_nap(lambda: None, lambda: paxos.end(ID, "COMPLETED"))
        run(create(poll_interval=interval))
        assert naps == [7, 7]

    def test_without_a_poll_interval_that_is_ten_seconds(
        self, create: Create, paxos: FakePaxos, at_nap: Any, naps: list[float]
    ) -> None:
        at_nap(lambda: paxos.end(ID, "COMPLETED"))
        run(create())
        assert naps == [10]

    def test_the_receipt_in_xcom_is_the_final_one(self, create: Create, paxos: FakePaxos, at_nap: Any) -> None:
        at_nap(lambda: paxos.end(ID, "COMPLETED"))
        ti = TaskInstance()
        run(create(), ti)
        assert receipt_of(ti)["status"] == "COMPLETED"

    @pytest.mark.parametrize("status", ["FAILED", "REJECTED"])
    def test_an_unsuccessful_orchestration_fails_without_retries(
        self, create: Create, paxos: FakePaxos, at_nap: Any, status: str
    ) -> None:
        at_nap(lambda: paxos.end(ID, status, "account closed"))
        ti = TaskInstance()
        with pytest.raises(AirflowFailException, match=f"it is {status}: account closed"):
            run(create(), ti)
        assert receipt_of(ti)["status"] == status

    def test_a_transient_error_does_not_end_the_wait(
        self, create: Create, paxos: FakePaxos, at_nap: Any, logged: Logged
    ) -> None:
        paxos.always["list"] = BROKEN

        def repair() -> None:
            paxos.always.clear()
            paxos.end(ID, "COMPLETED")

        at_nap(repair)
        assert run(create()) == ID
        assert "Transient error while polling; will retry: " in logged()

    def test_a_refused_credential_ends_the_wait_without_retries(self, create: Create, paxos: FakePaxos) -> None:
        paxos.always["list"] = UNAUTHORIZED
        with pytest.raises(AirflowFailException, match="client secret are corrected"):
            run(create())

    @pytest.fixture
    def clock(self, naps: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
        """Let time pass by sleeping alone."""
        monkeypatch.setattr("time.monotonic", lambda: 1000 + sum(naps))

    @pytest.mark.parametrize("timeout", [25, timedelta(seconds=25)])
    def test_a_timeout_says_that_the_orchestration_goes_on(
        self, create: Create, paxos: FakePaxos, clock: None, timeout: Any
    ) -> None:
        with pytest.raises(errors.StillInProgress) as late:
            run(create(timeout=timeout))
        assert str(late.value) == (
            "orchestration orchestration-1 (ref_id settle-1) reached no terminal status within 25 s. Paxos "
            "cannot cancel it: it goes on. A retry finds it again and waits on, without paying again."
        )

    def test_the_wait_is_not_longer_than_the_timeout_but_ends_with_a_poll(
        self, create: Create, paxos: FakePaxos, clock: None, naps: list[float]
    ) -> None:
        with pytest.raises(errors.StillInProgress):
            run(create(timeout=25, poll_interval=10))
        assert naps == [10, 10, 5]
        assert paxos.calls() == ["create", "list", "list", "list", "list"]


class TestInTheTriggerer:
    """Waiting in the triggerer, without a worker."""

    @pytest.fixture
    def create(self, create: Create) -> Create:
        return lambda **but: create(**{"wait_for_completion": True, "deferrable": True, **but})

    @pytest.mark.parametrize(
        ("timeout", "deferred_for"), [(None, None), (25, timedelta(seconds=25)), (timedelta(hours=1),) * 2]
    )
    def test_it_submits_and_then_defers(
        self, create: Create, paxos: FakePaxos, timeout: Any, deferred_for: timedelta | None
    ) -> None:
        with pytest.raises(TaskDeferred) as deferred:
            run(create(timeout=timeout, poll_interval=7))
        assert list(paxos.book) == [ID]
        assert isinstance(deferred.value.trigger, OrchestrationTrigger)
        assert deferred.value.trigger.serialize()[1] == {
            "paxos_conn_id": "paxos_default",
            "orchestration_ids": [ID],
            "ref_ids": [],
            "poll_interval": 7.0,
            "silent_fail": False,
            "progress": True,
        }
        assert (deferred.value.method_name, deferred.value.timeout) == ("execute_complete", deferred_for)

    def test_without_a_poll_interval_the_age_decides(self, create: Create, paxos: FakePaxos) -> None:
        with pytest.raises(TaskDeferred) as deferred:
            run(create())
        assert deferred.value.trigger.serialize()[1]["poll_interval"] is None

    def test_the_receipt_is_there_before_it_defers(self, create: Create, paxos: FakePaxos, logged: Logged) -> None:
        ti = TaskInstance()
        with pytest.raises(TaskDeferred):
            run(create(), ti)
        assert receipt_of(ti)["id"] == ID
        assert "Waiting in the triggerer for orchestration orchestration-1 (ref_id settle-1)" in logged()

    def test_resumed_it_returns_the_id_and_leaves_the_final_receipt(self, create: Create, paxos: FakePaxos) -> None:
        paxos.add(1, status="COMPLETED")
        ti = TaskInstance()
        assert resume(create(), ti, event=TERMINAL) == ID
        assert receipt_of(ti)["status"] == "COMPLETED"

    @pytest.mark.parametrize("status", ["FAILED", "REJECTED"])
    def test_resumed_it_goes_by_paxos_and_not_by_the_event(self, create: Create, paxos: FakePaxos, status: str) -> None:
        paxos.add(1, status=status)
        with pytest.raises(AirflowFailException, match=f"it is {status}"):
            resume(create(), event=TERMINAL)

    @pytest.mark.parametrize("status", ["PENDING", "PROCESSING", "AWAITING_MOON", None])
    def test_what_is_reported_as_terminal_but_is_not_is_no_success(
        self, create: Create, paxos: FakePaxos, status: str | None
    ) -> None:
        paxos.add(1, status=status)
        with pytest.raises(
            errors.StillInProgress,
            match=r"ref_id settle-1, id orchestration-1.*was reported, but Paxos returns",
        ):
            resume(create(), event=TERMINAL)

    @pytest.mark.parametrize(
        "event",
        [
            None,
            {},
            "terminal",
            [TERMINAL],
            {"terminal": []},
            {"terminal": ID},
            {"terminal": [ID]},
            {"terminal": [{"status": "COMPLETED"}]},
            {"terminal": [{"id": ""}]},
            {"terminal": [{"id": ID}, {"id": "orchestration-2"}]},
            {"status": "success"},
        ],
    )
    def test_an_event_that_it_does_not_understand_is_no_success(
        self, create: Create, paxos: FakePaxos, event: object
    ) -> None:
        paxos.add(1, status="COMPLETED")
        with pytest.raises(errors.WaitAborted, match="an event that this version does not understand"):
            resume(create(), event=event)

    def test_an_error_of_the_wait_is_quoted_and_retryable(self, create: Create, paxos: FakePaxos) -> None:
        with pytest.raises(errors.WaitAborted, match=r"ended with an error: no token.*without paying again"):
            resume(create(), event={"error": "no token"})

    def test_a_timeout_says_that_the_orchestration_goes_on(self, create: Create, paxos: FakePaxos) -> None:
        ti = TaskInstance()
        with pytest.raises(TaskDeferred):
            run(create(timeout=25), ti)
        with pytest.raises(errors.StillInProgress) as late:
            resume_failed(create(timeout=25), "Trigger timeout", ti)
        assert str(late.value) == (
            "Orchestration (ref_id settle-1, id orchestration-1): it reached no terminal status in time. "
            "Paxos cannot cancel it: it goes on. A retry finds it again and waits on, without paying again."
        )

    def test_at_the_timeout_it_is_read_once_more(self, create: Create, paxos: FakePaxos) -> None:
        ti = TaskInstance()
        with pytest.raises(TaskDeferred):
            run(create(timeout=25), ti)
        paxos.end(ID, "COMPLETED")

        assert resume_failed(create(timeout=25), "Trigger timeout", ti) == ID
        (receipt,) = left_by(ti)
        assert (receipt["status"], receipt["adopted"]) == ("COMPLETED", False)

    def test_at_the_timeout_one_that_has_failed_fails_the_task(self, create: Create, paxos: FakePaxos) -> None:
        ti = TaskInstance()
        with pytest.raises(TaskDeferred):
            run(create(timeout=25), ti)
        paxos.end(ID, "FAILED", "account closed")

        with pytest.raises(AirflowFailException, match="account closed"):
            resume_failed(create(timeout=25), "Trigger timeout", ti)

    def test_a_timeout_names_the_ref_id_even_without_xcom(self, create: Create, paxos: FakePaxos) -> None:
        with pytest.raises(errors.StillInProgress, match="ref_id settle-1"):
            resume_failed(create(timeout=25, do_xcom_push=False), "Trigger timeout")

    def test_a_trigger_that_crashed_is_retryable(self, create: Create, paxos: FakePaxos) -> None:
        with pytest.raises(errors.WaitAborted, match=r"the trigger failed: Trigger failure.*without paying again"):
            resume_failed(create(), "Trigger failure")

    def test_resumed_an_invalid_connection_fails_without_retries(
        self, create: Create, paxos: FakePaxos, define_connection: Define
    ) -> None:
        define_connection(password=None)
        with pytest.raises(AirflowFailException, match="Connection paxos_default"):
            resume(create(), event=TERMINAL)


class TestKilled:
    """What is said when somebody stops the task."""

    def test_before_it_runs_nothing_was_submitted(self, create: Create, logged: Logged) -> None:
        create().on_kill()
        assert "Stopped before this attempt submitted anything. What exists at Paxos goes on." in logged()

    def test_before_the_answer_the_outcome_is_unknown_but_safe(
        self, create: Create, paxos: FakePaxos, logged: Logged, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        task, answer = create(), paxos.answer

        def killed(*request: Any) -> Any:
            task.on_kill()
            return answer(*request)

        monkeypatch.setattr(paxos, "answer", killed)
        with suppress(errors.PaxosError):
            run(task)
        assert (
            "Stopped while submitting ref_id settle-1: whether Paxos accepted it is unknown. The next attempt finds "
            "out; the same ref_id is never paid twice."
        ) in logged()

    @pytest.mark.parametrize("stopped", ["submitted", "resumed"])
    def test_after_the_answer_the_orchestration_goes_on(
        self, create: Create, paxos: FakePaxos, logged: Logged, stopped: str
    ) -> None:
        task = create()
        if stopped == "submitted":
            run(task)
        else:
            paxos.add(1, status="COMPLETED")
            resume(task, event=TERMINAL)
        task.on_kill()
        assert (
            "No longer waiting for orchestration orchestration-1 (ref_id settle-1). Paxos cannot cancel it: it goes "
            "on. The next attempt adopts it."
        ) in logged()
