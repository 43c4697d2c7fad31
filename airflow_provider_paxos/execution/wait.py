"""Wait for orchestrations, on the worker or in the triggerer, and resume after the triggerer's wait."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any, NoReturn, TypeVar

from airflow_provider_paxos.api.errors import WaitAborted
from airflow_provider_paxos.execution.task import CreatingTask, Task
from airflow_provider_paxos.hooks.paxos import PaxosHook
from airflow_provider_paxos.observability.spans import WAIT, span
from airflow_provider_paxos.triggers.orchestration import OrchestrationTrigger
from airflow_provider_paxos.version_compat import TaskDeferralError, TaskDeferralTimeout
from airflow_provider_paxos.waiting.poll import Poll, poll_until_terminal
from airflow_provider_paxos.waiting.watch import Watch

POLL_SECONDS = 10.0
"""From one poll on the worker to the next, unless the author gives an interval."""

Result = TypeVar("Result")


def wait_on_worker(task: CreatingTask, hook: PaxosHook, watch: Watch) -> Poll:
    """Poll until all orchestrations are terminal, or until the task's timeout; ``watch.done`` says which.

    :returns: the last poll.
    :raises PaxosError: for an error that further polling does not overcome.
    """
    interval = task.poll_interval or POLL_SECONDS
    with span(WAIT, conn_id=task.paxos_conn_id, payments=len(watch.ids)):
        return poll_until_terminal(hook, watch, task.log, interval=interval, timeout=task.timeout)


def wait_in_triggerer(
    task: Task,
    *,
    ids: Sequence[str] = (),
    ref_ids: Sequence[str] = (),
    poll_interval: float | None,
    timeout: float | None,
    silent_fail: bool = False,
    kwargs: dict[str, Any] | None = None,
) -> NoReturn:
    """Defer the task until all orchestrations are terminal; Airflow then calls its ``execute_complete``.

    :param ids: ids to wait for.
    :param ref_ids: ref_ids to wait for.
    :param poll_interval: seconds between two polls of an orchestration; None to go by its age.
    :param timeout: seconds; None for no limit.
    :param silent_fail: whether to wait on after an error that further polling does not overcome.
    :param kwargs: what ``execute_complete`` gets besides the event, as JSON values.
    """
    task.defer(
        trigger=OrchestrationTrigger(
            paxos_conn_id=task.paxos_conn_id,
            orchestration_ids=ids,
            ref_ids=ref_ids,
            poll_interval=poll_interval,
            silent_fail=silent_fail,
            progress=task.do_xcom_push,
        ),
        method_name="execute_complete",
        kwargs=kwargs,
        timeout=None if timeout is None else timedelta(seconds=timeout),
    )


def resumed(resume: Callable[[], Result], *, at_timeout: Callable[[], Result]) -> Result:
    """Resume a task after the triggerer's wait.

    :param resume: Airflow's own way to resume: it calls ``execute_complete``, or raises for a wait that failed.
    :param at_timeout: called instead where the wait has timed out.
    :raises WaitAborted: if the trigger itself failed, which says nothing about the orchestrations.
    """
    try:
        return resume()
    except TaskDeferralTimeout:
        return at_timeout()
    except TaskDeferralError as failure:
        raise WaitAborted(f"the trigger failed: {failure}.") from failure


def no_longer_waiting(subject: str, *, several: bool = False) -> str:
    """Return the line for the log of a task that stops waiting.

    :param subject: what was waited for.
    :param several: whether that is more than one orchestration.
    """
    goes_on = "them: they go on" if several else "it: it goes on"
    return f"No longer waiting for {subject}. Paxos cannot cancel {goes_on}."
