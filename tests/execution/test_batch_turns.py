"""A batch of more orchestrations than one trigger holds waits for them in turns."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from airflow_provider_paxos.api import errors
from airflow_provider_paxos.execution import create_batch as execution
from airflow_provider_paxos.operators.orchestration_batch import CreateOrchestrationBatchOperator
from airflow_provider_paxos.triggers import packed_ids
from airflow_provider_paxos.triggers.orchestration import OrchestrationTrigger
from airflow_provider_paxos.version_compat import AirflowFailException
from tests.fake_paxos import FakePaxos
from tests.fixtures import CreateBatch, Logged
from tests.operators.test_batch import left_by, settling
from tests.payments import payments
from tests.task_instance import TaskDeferred, TaskInstance, resume, run

TWO = 2 * (12 * len("orchestration-1") + 4)
"""Characters for two ids."""


@pytest.fixture(autouse=True)
def _room_for_two(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packed_ids, "_ROOM", TWO)


@pytest.fixture
def five(create_batch: CreateBatch) -> CreateBatch:
    return lambda **but: create_batch(**{"wait_for_completion": True, "payments": payments(5), **but})


def deferred_by(run_task: Any, *args: Any, **kwargs: Any) -> TaskDeferred:
    with pytest.raises(TaskDeferred) as deferred:
        run_task(*args, **kwargs)
    return deferred.value


def waited_for(deferred: TaskDeferred) -> list[str]:
    assert isinstance(deferred.trigger, OrchestrationTrigger)
    return deferred.trigger.orchestration_ids


def resumed(
    task: CreateOrchestrationBatchOperator, ti: TaskInstance, deferred: TaskDeferred, *, kept: bool = True
) -> Any:
    """Resume once all that the trigger waited for is terminal."""
    event = {"terminal": [{"id": each, "status": "COMPLETED", "reason": None} for each in waited_for(deferred)]}
    kwargs = json.loads(json.dumps(deferred.kwargs)) if kept else {}
    return resume(task, ti, event=event, **kwargs)


def end(paxos: FakePaxos, ids: list[str], status: str = "COMPLETED") -> None:
    for each in ids:
        paxos.end(each, status)


@pytest.mark.parametrize(
    "kept", [True, False], ids=["as Airflow does", "without what was deferred, as dag.test() does"]
)
def test_each_turn_waits_for_those_that_are_in_progress(five: CreateBatch, paxos: FakePaxos, *, kept: bool) -> None:
    ti, turns = settling(), []
    deferred = deferred_by(run, five(), ti)
    for _ in range(2):
        turns.append(waited_for(deferred))
        end(paxos, waited_for(deferred))
        deferred = deferred_by(resumed, five(), ti, deferred, kept=kept)
    turns.append(waited_for(deferred))
    end(paxos, waited_for(deferred))
    records = resumed(five(), ti, deferred, kept=kept)

    assert [len(turn) for turn in turns] == [2, 2, 1]
    assert sorted(each for turn in turns for each in turn) == sorted(paxos.book)
    assert [each["status"] for each in records] == ["COMPLETED"] * 5
    assert paxos.calls().count("create") == 5


def test_what_became_terminal_meanwhile_needs_no_turn(five: CreateBatch, paxos: FakePaxos) -> None:
    ti = settling()
    deferred = deferred_by(run, five(), ti)
    end(paxos, list(paxos.book))

    assert len(resumed(five(), ti, deferred)) == 5


def test_a_payment_that_fails_in_the_first_turn_fails_the_task_after_the_last_one(
    five: CreateBatch, paxos: FakePaxos
) -> None:
    ti = settling()
    deferred = deferred_by(run, five(), ti)
    end(paxos, waited_for(deferred), "FAILED")
    deferred = deferred_by(resumed, five(), ti, deferred)
    end(paxos, [each for each in paxos.book if paxos.book[each]["status"] == "PROCESSING"])

    with pytest.raises(AirflowFailException, match="2 of 5 payments have failed"):
        resumed(five(), ti, deferred)


def test_the_receipts_are_renewed_between_the_turns(five: CreateBatch, paxos: FakePaxos, logged: Logged) -> None:
    ti = settling()
    deferred = deferred_by(run, five(), ti)
    end(paxos, waited_for(deferred))
    deferred_by(resumed, five(), ti, deferred)

    assert sorted(each["status"] for each in left_by(ti)) == ["COMPLETED"] * 2 + ["PROCESSING"] * 3
    assert "Waiting in the triggerer for 5 of 5 payments, the first 2 of them first" in logged()
    assert "Waiting in the triggerer for 3 of 5 payments, the first 2 of them first" in logged()


def test_the_timeout_is_that_of_all_turns(five: CreateBatch, paxos: FakePaxos, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1_800_000_000.0
    monkeypatch.setattr(execution.time, "time", lambda: now)
    ti = settling()
    deferred = deferred_by(run, five(timeout=100), ti)
    end(paxos, waited_for(deferred))
    now += 70
    second = deferred_by(resumed, five(timeout=100), ti, deferred)
    now += 70
    late = deferred_by(resumed, five(timeout=100), ti, deferred)

    assert [each.timeout for each in (deferred, second, late)] == [timedelta(seconds=each) for each in (100, 30, 1)]


def test_what_a_trigger_reports_and_paxos_does_not_is_an_error_of_the_last_turn(
    five: CreateBatch, paxos: FakePaxos
) -> None:
    ti = settling()
    deferred = deferred_by(run, five(payments=payments(2)), ti)

    with pytest.raises(errors.StillInProgress):
        resumed(five(payments=payments(2)), ti, deferred)
