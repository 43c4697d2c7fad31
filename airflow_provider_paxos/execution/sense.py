"""Wait for an orchestration that another task created: what ``OrchestrationSensor`` runs on a worker."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from airflow.sdk import Context, PokeReturnValue

from airflow_provider_paxos.api.description import describe
from airflow_provider_paxos.api.errors import PaxosError, WaitAborted, quoted
from airflow_provider_paxos.api.models import Orchestration
from airflow_provider_paxos.api.statuses import require_completed
from airflow_provider_paxos.execution.receipt import leave
from airflow_provider_paxos.execution.task import SensingTask
from airflow_provider_paxos.execution.wait import resumed, wait_in_triggerer
from airflow_provider_paxos.hooks.paxos import PaxosHook
from airflow_provider_paxos.observability.payments import PaymentMetrics
from airflow_provider_paxos.receipts import receipt_of
from airflow_provider_paxos.retries import non_retryable_fails
from airflow_provider_paxos.triggers.events import terminal_id
from airflow_provider_paxos.version_compat import AirflowFailException, AirflowSensorTimeout, AirflowSkipException
from airflow_provider_paxos.waiting.poll import poll_once
from airflow_provider_paxos.waiting.watch import GRACE_SECONDS, Watch


class Sensing:
    """Runs one attempt of the sensor, or what comes after its deferral; its pokes share what they have seen.

    :param task: the sensor.
    :param context: of the task instance.
    """

    def __init__(self, task: SensingTask, context: Context) -> None:
        self.context = context
        self._task = task
        self._watch: Watch | None = None
        self._last_error: Exception | None = None
        self._is_terminal = False
        self._left: tuple[str, str | None] | None = None

    def execute(self, poke_until_done: Callable[[], Any]) -> Any:
        """Poke once, then wait in the way that the author chose.

        :param poke_until_done: Airflow's own loop, for the modes poke and reschedule.
        :returns: the final orchestration, as JSON values.
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
        return wait_in_triggerer(
            task,
            ids=[task.orchestration_id] if task.orchestration_id else [],
            ref_ids=[task.ref_id] if task.ref_id else [],
            poll_interval=task.poll_interval,
            timeout=task.timeout,
            silent_fail=task.silent_fail,
        )

    def poke(self) -> PokeReturnValue:
        """Poll once.

        :raises AirflowFailException: for FAILED and REJECTED.
        :raises PaxosError: for an error that further polling does not overcome.
        """
        if self._watch is None:
            self._watch = self._new_watch()
        try:
            with PaxosHook(self._task.paxos_conn_id) as hook:
                poll = poll_once(hook, self._watch, self._task.log)
        except Exception as error:
            self._last_error = error
            raise
        self._last_error = poll.transient_error
        if self._watch.done:
            orchestration = next(each for each in poll.found if each.id == self._watch.terminal[0].id)
            return PokeReturnValue(is_done=True, xcom_value=self._conclude(orchestration))
        if poll.found:
            self._leave_receipt(poll.found[0])
        return PokeReturnValue(is_done=False)

    def complete(self, event: Any) -> dict[str, Any]:
        """Read the orchestration afresh that a trigger's event reports as terminal.

        :returns: the final orchestration, as JSON values.
        """
        orchestration_id = terminal_id(event, expected=self._task.orchestration_id)
        with PaxosHook(self._task.paxos_conn_id) as hook:
            orchestration = hook.get_orchestration(orchestration_id)
        if self._task.ref_id is not None and orchestration.ref_id not in (None, self._task.ref_id):
            raise WaitAborted(
                f"the trigger reported an orchestration with another ref_id: {quoted(orchestration.ref_id)}."
            )
        return self._conclude(orchestration)

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

    def _new_watch(self) -> Watch:
        grace = GRACE_SECONDS
        if self._task.reschedule and (first := self.context["ti"].get_first_reschedule_date(self.context)):
            grace = max(0.0, grace - (datetime.now(UTC) - first).total_seconds())
        return Watch(
            ids=[self._task.orchestration_id] if self._task.orchestration_id else [],
            ref_ids=[self._task.ref_id] if self._task.ref_id else [],
            grace=grace,
        )

    def _conclude(self, orchestration: Orchestration) -> dict[str, Any]:
        self._leave_receipt(orchestration)
        PaymentMetrics(self._task.paxos_conn_id, self.context["ti"].dag_id).ended([orchestration])
        self._task.log.info(describe(orchestration))
        with non_retryable_fails(unsuccessful_only=True):
            self._is_terminal = True
            return require_completed(orchestration).to_dict()

    def _leave_receipt(self, orchestration: Orchestration) -> None:
        # Not at each poke: a write is worth it only for what has changed since the last one of this process.
        if self._left != (seen := (orchestration.id, orchestration.status)):
            self._left = seen
            leave(self._task, self.context, receipt_of(orchestration, ref_id=self._task.ref_id))

    def _require_identity(self) -> None:
        names = {"orchestration_id": self._task.orchestration_id, "ref_id": self._task.ref_id}
        # Of the two, the one that the author did not give is None; another task may have returned None as well.
        given = {name: value for name, value in names.items() if value is not None} or names
        for name, value in given.items():
            if not isinstance(value, str) or value in ("", "None") or not value.isprintable():
                raise AirflowFailException(
                    f"{name} is {value!r}, which identifies no orchestration. No request was sent to Paxos; "
                    "a retry with the same value fails the same way."
                )

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
