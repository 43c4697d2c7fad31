"""The rule of stopping: once a task was asked to stop, its flow sends nothing more, and asks for no token either.

Airflow lets a task run on after ``on_kill``, until it kills the process some seconds later. A flow may be waiting then:
for a slot of the rate limiter, the end of a back-off, or an answer. The answer still counts.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from airflow_provider_paxos.api.errors import Acceptance, Stopped, Subject
from airflow_provider_paxos.api.flow import Authorize, Flow, Send
from airflow_provider_paxos.api.models import OrchestrationRequest
from airflow_provider_paxos.api.statuses import amount_of

Result = TypeVar("Result")


class UntilStopped:
    """Runs one flow until a task is stopped.

    ``posted`` says whether a request that may move money has left: what an interruption leaves unknown.

    :param stopped: whether the task was asked to stop; called before each request.
    """

    def __init__(self, stopped: Callable[[], bool]) -> None:
        self._stopped = stopped
        self.posted = False

    def run(self, flow: Flow[Result]) -> Flow[Result]:
        """Return the flow, with the rule.

        :raises Stopped: with what is known of the money, instead of the next request.
        """
        try:
            step = next(flow)
            while True:
                if isinstance(step, Send | Authorize) and self._stopped():
                    # The flow itself adds what is known of the money.
                    step = flow.throw(self._stop())
                    continue
                if isinstance(step, Send) and step.request.method == "POST":
                    self.posted = True
                try:
                    outcome = yield step
                except Exception as fault:  # noqa: BLE001 - it is the flow's
                    step = flow.throw(fault)
                else:
                    step = flow.send(outcome)
        except StopIteration as end:
            result: Result = end.value
            return result
        finally:
            flow.close()

    def _stop(self) -> Stopped:
        if self.posted:
            return Stopped("the task was stopped, and sends nothing more.")
        return Stopped("the task was stopped before the request was sent.")


def interrupted(request: OrchestrationRequest, *, posted: bool) -> Stopped:
    """Return the error for a submit that was broken off from outside, as by a task's ``execution_timeout``.

    :param posted: whether a request that may move money had left.
    """
    return Stopped(
        "the task was interrupted before the answer came." if posted else "the task was interrupted.",
        subject=Subject("Create Orchestration", request.ref_id, amount=amount_of(request)),
        acceptance=Acceptance.UNKNOWN if posted else Acceptance.NOT_SENT,
    )
