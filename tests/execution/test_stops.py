"""A single submit that is stopped or interrupted sends nothing more, and leaves a receipt of what is known."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from airflow_provider_paxos.api import errors
from airflow_provider_paxos.api.errors import Acceptance
from tests.fake_paxos import Answer, FakePaxos, problem
from tests.fixtures import Create, CreateBatch, Logged
from tests.task_instance import TaskInstance, left_by, run

AtACreate = Callable[[Callable[[], Any]], None]


class Interrupted(BaseException):
    """What Airflow's signal handlers raise in the main thread, as at the end of an ``execution_timeout``."""


def interrupt() -> None:
    raise Interrupted


@pytest.fixture
def at_a_create(paxos: FakePaxos) -> AtACreate:
    """Do something in the middle of the first create, which Paxos has booked by then; answer with what it returns."""

    def plan(deed: Callable[[], Any]) -> None:
        answer = paxos.answer

        def disturbed(method: str, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
            usual = answer(method, url, headers, body)
            if method == "POST" and "/token" not in url:
                paxos.answer = answer  # type: ignore[method-assign]
                return deed() or usual
            return usual

        paxos.answer = disturbed  # type: ignore[method-assign]

    return plan


def test_after_a_stop_in_the_back_off_no_second_request_leaves(
    create: Create, paxos: FakePaxos, at_a_create: AtACreate
) -> None:
    task, ti = create(), TaskInstance()

    def stop() -> Answer:
        task.on_kill()
        return problem(503, "unavailable")

    at_a_create(stop)
    with pytest.raises(errors.Stopped) as stopped:
        run(task, ti)

    assert paxos.calls() == ["create"]
    assert stopped.value.acceptance is Acceptance.UNKNOWN
    (receipt,) = left_by(ti)
    assert receipt["error"] == str(stopped.value)


def test_an_interruption_in_the_middle_of_the_request_leaves_a_receipt(
    create: Create, paxos: FakePaxos, at_a_create: AtACreate
) -> None:
    ti = TaskInstance()
    at_a_create(interrupt)
    with pytest.raises(Interrupted):
        run(create(), ti)

    (receipt,) = left_by(ti)
    assert (receipt["ref_id"], receipt["source_amount"]) == ("settle-1", "100.25")
    assert Acceptance.UNKNOWN.value in receipt["error"]
    assert run(create(), TaskInstance(try_number=2)) in paxos.book
    assert len(paxos.book) == 1


def test_an_interruption_before_the_request_leaves_a_receipt_that_says_so(
    create: Create, paxos: FakePaxos, monkeypatch: pytest.MonkeyPatch
) -> None:
    ti = TaskInstance()
    monkeypatch.setattr(paxos, "answer", lambda *_: interrupt())  # at the token request
    with pytest.raises(Interrupted):
        run(create(), ti)

    (receipt,) = left_by(ti)
    assert Acceptance.NOT_SENT.value in receipt["error"]


@pytest.mark.usefixtures("paxos")
def test_a_receipt_that_airflow_refuses_does_not_hide_the_error(
    create: Create, monkeypatch: pytest.MonkeyPatch, logged: Logged
) -> None:
    def refuse(**_: Any) -> None:
        raise RuntimeError("the task instance is not running")

    task, ti = create(), TaskInstance()
    monkeypatch.setattr(ti, "xcom_push", refuse)
    task.on_kill()
    with pytest.raises(errors.Stopped):
        run(task, ti)

    assert "The receipt of the payment could not be left: the task instance is not running" in logged()


def test_a_batch_that_is_interrupted_in_the_middle_of_a_request_says_that_its_outcome_is_unknown(
    create_batch: CreateBatch, paxos: FakePaxos, monkeypatch: pytest.MonkeyPatch
) -> None:
    task, ti = create_batch(), TaskInstance(task_id="settle")
    paxos.always["create"] = Answer(503, {})  # so that each payment is in its back-off

    def update(_: Any, __: int) -> None:
        if paxos.calls().count("create") >= 3:
            raise Interrupted

    monkeypatch.setattr("airflow_provider_paxos.batch.progress.Progress.update", update)
    monkeypatch.setattr("airflow_provider_paxos.batch.submitting._PROGRESS_SECONDS", 0.0001)
    with pytest.raises(Interrupted):
        run(task, ti)

    assert len(left_by(ti)) == 3
    assert all(Acceptance.UNKNOWN.value in receipt["error"] for receipt in left_by(ti))
