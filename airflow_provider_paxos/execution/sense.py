"""Wait for what another task, or a rule, has created: what each ``OrchestrationSensor`` runs on a worker."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, NoReturn

from airflow.sdk import Context, PokeReturnValue

from airflow_provider_paxos.api.errors import PaxosError
from airflow_provider_paxos.api.models import Orchestration
from airflow_provider_paxos.api.statuses import require_completed
from airflow_provider_paxos.execution.log_lines import log_orchestration
from airflow_provider_paxos.execution.receipt import leave_dashboard
from airflow_provider_paxos.execution.task import SensingTask
from airflow_provider_paxos.execution.wait import resumed
from airflow_provider_paxos.hooks.paxos import PaxosHook
from airflow_provider_paxos.observability.payments import PaymentMetrics
from airflow_provider_paxos.retries import non_retryable_fails
from airflow_provider_paxos.version_compat import AirflowFailException, AirflowSensorTimeout, AirflowSkipException
from airflow_provider_paxos.waiting.poll import Poll
from airflow_provider_paxos.waiting.watch import MAX_LOGGED_SINGLY


class Sensing(ABC):
    """Runs one attempt of the sensor, or what comes after its deferral; its pokes share what they have seen.

    :param task: the sensor.
    :param context: of the task instance.
    """

    def __init__(self, task: SensingTask, context: Context) -> None:
        self.context = context
        self._task = task
        self._last_error: Exception | None = None
        self._is_terminal = False
        self._has_polled = False

    @abstractmethod
    def _require_identity(self) -> None:
        """Require values that identify something, before any request.

        :raises AirflowFailException: if they do not.
        """

    @abstractmethod
    def _poll(self, hook: PaxosHook) -> Poll:
        """Poll once.

        :raises PaxosError: for an error that further polling does not overcome.
        """

    @abstractmethod
    def _observed(self, poll: Poll) -> PokeReturnValue:
        """Return what a poll means for the wait, and leave its receipts."""

    @abstractmethod
    def _defer(self) -> NoReturn:
        """Leave the worker until the trigger fires."""

    @abstractmethod
    def complete(self, event: Any) -> Any:
        """Read afresh what a trigger's event reports as terminal.

        :returns: what the task returns.
        """

    def execute(self, poke_until_done: Callable[[], Any]) -> Any:
        """Poke once, then wait in the way that the author chose.

        :param poke_until_done: Airflow's own loop, for the modes poke and reschedule.
        :returns: what the task returns.
        """
        self._require_identity()
        task = self._task
        with self._skip_if_asked():
            if not task.deferrable:
                return poke_until_done()
            poked = self._poke_outside_of_airflows_loop()
            if poked.is_done:
                return poked.xcom_value
        task.log.info("Waiting in the triggerer for %s, for up to %s", task.subject(), timedelta(seconds=task.timeout))
        return self._defer()

    def poke(self) -> PokeReturnValue:
        """Poll once.

        :raises AirflowFailException: for FAILED and REJECTED.
        :raises PaxosError: for an error that further polling does not overcome.
        """
        try:
            with PaxosHook(self._task.paxos_conn_id) as hook:
                if not self._has_polled:
                    self._has_polled = True
                    leave_dashboard(self._task, self.context, hook)
                poll = self._poll(hook)
        except Exception as error:
            self._last_error = error
            raise
        self._last_error = poll.transient_error
        return self._observed(poll)

    def resume(self, resume: Callable[[], Any]) -> Any:
        """Resume after the triggerer's wait.

        :param resume: Airflow's own way to resume.
        :raises AirflowSensorTimeout: if the wait has timed out.
        :raises WaitAborted: if the trigger failed.
        """
        with self._skip_if_asked():
            return resumed(resume, at_timeout=self._time_out)

    def _time_out(self) -> Any:
        # As in the other modes, the last poll comes after the timeout.
        poked = self._poke_outside_of_airflows_loop()
        if poked.is_done:
            return poked.xcom_value
        raise AirflowSensorTimeout(f"The wait timed out after {self._task.timeout} s.")

    def _poke_outside_of_airflows_loop(self) -> PokeReturnValue:
        """Poke once, and honour ``silent_fail``, as Airflow does in its own loop."""
        try:
            return self.poke()
        except PaxosError as error:
            if not self._task.silent_fail:
                raise
            self._task.log.error("Error while polling; will retry: %s", error)
            return PokeReturnValue(is_done=False)

    def _ended(self, orchestrations: Sequence[Orchestration]) -> list[dict[str, Any]]:
        """Count and log the end of what was waited for, and return it as JSON values.

        :raises AirflowFailException: if one of them is FAILED or REJECTED.
        """
        PaymentMetrics(self._task.paxos_conn_id, self.context["ti"].dag_id).ended(orchestrations)
        for each in orchestrations[:MAX_LOGGED_SINGLY]:
            log_orchestration(self._task, each)
        with non_retryable_fails(unsuccessful_only=True):
            self._is_terminal = True
            return [require_completed(each).to_dict() for each in orchestrations]

    @contextmanager
    def _skip_if_asked(self) -> Iterator[None]:
        """Skip where the author asked for it: on FAILED, REJECTED and a timeout, in every mode alike.

        If the last poll met an error, that is raised instead: a skip must not hide it.
        """
        task = self._task
        try:
            yield
        except (AirflowFailException, AirflowSensorTimeout, AirflowSkipException) as failure:
            if not self._is_terminal:
                task.log.warning("Gave up waiting for %s. Paxos cannot cancel it: it goes on.", task.subject())
            if not (task.soft_fail or task.never_fail):
                raise
            if self._last_error:
                raise self._last_error from None
            is_airflows_skip = isinstance(failure, AirflowSkipException) and failure.__cause__
            reason = failure.__cause__ if is_airflows_skip else failure
            raise AirflowSkipException(f"Skipped, as soft_fail or never_fail is set: {reason}") from failure


def require_name(argument: str, value: object, what: str) -> None:
    """Require that a rendered argument identifies something.

    :param argument: its name.
    :param what: it identifies.
    :raises AirflowFailException: if it does not.
    """
    if not isinstance(value, str) or value in ("", "None") or not value.isprintable():
        raise unusable(f"{argument} is {value!r}, which identifies no {what}.")


def unusable(problem: str) -> AirflowFailException:
    """Return the error for a rendered argument, raised before any request."""
    return AirflowFailException(
        f"{problem} No request was sent to Paxos; a retry with the same value fails the same way."
    )
