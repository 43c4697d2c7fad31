"""Once a task was asked to stop, its flow sends nothing more, and says what is known of the money."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from airflow_provider_paxos.api.errors import Acceptance, OutcomeUnknown, Stopped
from airflow_provider_paxos.api.exchange import Patience
from airflow_provider_paxos.api.flow import Loss, Pause, Request, Response
from airflow_provider_paxos.api.stopping import UntilStopped, interrupted
from airflow_provider_paxos.api.validation import checked_request
from tests.api.script import Outcome, Script, answer, orchestration, page, payment, problem

CREATED = {**payment(), "id": "orch-1", "status": "PROCESSING"}


class Stoppable:
    """A submit that somebody stops at a moment of its own."""

    def __init__(self, *outcomes: Outcome) -> None:
        self.script = Script(*outcomes)
        self.stopped = False
        self.until_stopped = UntilStopped(lambda: self.stopped)

    def stop(self, *_: object) -> None:
        self.stopped = True

    def stopping(self, outcome: Response) -> Callable[[Request], Response]:
        def played(_: Request) -> Response:
            self.stop()
            return outcome

        return played

    def submit(self) -> object:
        calls = self.script.calls(patience=Patience(longest_pause=400))
        return self.script.run(self.until_stopped.run(calls.submit(payment())))

    def error(self) -> Stopped:
        with pytest.raises(Stopped) as stopped:
            self.submit()
        assert stopped.value.ref_id == payment()["ref_id"]
        return stopped.value


def test_before_the_first_request_not_even_a_token_is_asked_for() -> None:
    task = Stoppable()
    task.stop()

    assert task.error().acceptance is Acceptance.NOT_SENT
    assert task.script.steps == []
    assert not task.until_stopped.posted


def test_a_request_that_waits_for_its_slot_does_not_leave() -> None:
    task = Stoppable()
    task.script.rate_limiter.throttle(10)
    task.script.on_pause = task.stop

    assert task.error().acceptance is Acceptance.NOT_SENT
    assert task.script.sent == []


@pytest.mark.parametrize(
    ("first", "known"),
    [
        (Loss.UNCONNECTED, Acceptance.NOT_SENT),
        (Loss.TIMED_OUT, Acceptance.UNKNOWN),
        (problem(503), Acceptance.UNKNOWN),
        (problem(408), Acceptance.UNKNOWN),
        (problem(423), Acceptance.REFUSED),
        (problem(429), Acceptance.REFUSED),
    ],
    ids=str,
)
def test_in_a_back_off_no_second_request_leaves(first: Outcome, known: Acceptance) -> None:
    task = Stoppable(first)
    task.script.on_pause = task.stop
    error = task.error()

    assert task.script.methods == ["POST"]
    assert (error.acceptance, error.retryable) == (known, True)


def test_a_refused_token_is_not_replaced_after_the_stop() -> None:
    task = Stoppable()
    task.script.outcomes = [task.stopping(problem(401))]

    assert task.error().acceptance is Acceptance.REFUSED
    assert len(task.script.authorizations) == 1


def test_an_answer_that_comes_after_the_stop_counts() -> None:
    task = Stoppable()
    task.script.outcomes = [task.stopping(answer(CREATED))]

    assert task.submit()


def test_what_a_ref_id_stands_for_is_not_looked_up_after_the_stop() -> None:
    task = Stoppable()
    task.script.outcomes = [task.stopping(problem(409, "already-exists"))]

    assert task.error().acceptance is Acceptance.UNKNOWN
    assert task.script.methods == ["POST"]


def test_without_a_stop_the_flow_runs_as_it_is() -> None:
    task = Stoppable(Loss.TIMED_OUT, problem(409, "already-exists"), page(orchestration()))
    task.submit()

    assert task.script.methods == ["POST", "POST", "GET"]
    assert task.until_stopped.posted


def test_an_error_of_the_flow_passes() -> None:
    task = Stoppable(problem(409, "already-exists"), *[page()] * 9)
    with pytest.raises(OutcomeUnknown):
        task.submit()


def test_a_flow_that_is_abandoned_is_closed() -> None:
    closed = []

    def flow() -> object:
        try:
            yield Pause(1)
        finally:
            closed.append(True)

    running = UntilStopped(lambda: False).run(flow())  # type: ignore[arg-type]
    next(running)
    running.close()

    assert closed == [True]


@pytest.mark.parametrize(("posted", "known"), [(True, Acceptance.UNKNOWN), (False, Acceptance.NOT_SENT)])
def test_an_interruption_says_what_is_known(posted: bool, known: Acceptance) -> None:
    error = interrupted(checked_request(payment()), posted=posted)

    assert error.acceptance is known
    assert "the task was interrupted" in str(error)
