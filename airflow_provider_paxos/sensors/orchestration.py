"""OrchestrationSensor: waits until an orchestration has ended."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, NoReturn

from airflow.sdk import BaseSensorOperator, PokeReturnValue

from airflow_provider_paxos.links import PaxosReceiptLink
from airflow_provider_paxos.receipts import RECEIPT_KEY, receipt_of
from airflow_provider_paxos.retries import non_retryable_fails
from airflow_provider_paxos.version_compat import (
    AirflowFailException,
    AirflowSensorTimeout,
    AirflowSkipException,
    TaskDeferralError,
    TaskDeferralTimeout,
)

if TYPE_CHECKING:
    from airflow.sdk import Context

    from airflow_provider_paxos.api.models import Orchestration
    from airflow_provider_paxos.waiting.watch import Watch

_POKE_INTERVAL = 10.0


class OrchestrationSensor(BaseSensorOperator):
    """Waits until a Paxos orchestration has ended, and succeeds if it is COMPLETED.

    By default it looks once, and then waits in the triggerer, without a worker. FAILED and REJECTED fail the task
    without further retries, with the reason that Paxos gives; ``soft_fail`` and ``never_fail`` turn them, and a
    timeout, into a skip. They hide nothing else: a refused credential or an unreachable host still fails the task.
    PENDING, PROCESSING and any status that Paxos may add mean waiting. Passing errors do not end the wait.

    Returns the final orchestration, as JSON values with the amount as a string. The XCom ``orchestration`` holds its
    receipt: the orchestration as last seen, and when.

    :param orchestration_id: the orchestration's id, such as ``create.output``; or else
    :param ref_id: its ref_id. An orchestration that does not exist yet is waited for.
    :param paxos_conn_id: the id of a connection of type ``paxos``.
    :param deferrable: whether to wait in the triggerer, rather than in ``mode`` poke or reschedule.
    :param poke_interval: seconds between two readings, at most, while deferred as well. By default 10 in the modes poke
        and reschedule; while deferred the orchestration's age decides, from 10 s for a fresh one up to 300 s.
        ``exponential_backoff`` and ``max_wait`` count in those modes only.
    :param timeout: seconds (or a timedelta) until the wait ends with ``AirflowSensorTimeout``, which is not retried.
        Paxos cannot cancel: the orchestration goes on.
    """

    template_fields: Sequence[str] = ("orchestration_id", "ref_id", "paxos_conn_id")
    ui_color = "#e8f0ea"
    operator_extra_links = (PaxosReceiptLink(),)

    def __init__(
        self,
        *,
        orchestration_id: str | None = None,
        ref_id: str | None = None,
        paxos_conn_id: str = "paxos_default",
        deferrable: bool = True,
        poke_interval: timedelta | float | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(poke_interval=_POKE_INTERVAL if poke_interval is None else poke_interval, **kwargs)
        self._by_age = poke_interval is None
        self.orchestration_id = orchestration_id
        self.ref_id = ref_id
        self.paxos_conn_id = paxos_conn_id
        self.deferrable = deferrable
        if (orchestration_id is None) == (ref_id is None):
            raise ValueError(f"{type(self).__name__} {self.task_id}: give either orchestration_id or ref_id.")
        self._watch: Watch | None = None
        self._obstacle: Exception | None = None
        self._ended = False
        self._told: tuple[str, str | None] | None = None

    def execute(self, context: Context) -> Any:
        """Look once, then wait in the way that was chosen.

        :returns: the final orchestration.
        """
        self._require_identity()
        with self._ending_as_asked():
            if not self.deferrable:
                return super().execute(context)
            looked = self._look(context)
            if looked.is_done:
                return looked.xcom_value
        return self._wait_in_triggerer()

    def _wait_in_triggerer(self) -> NoReturn:
        from airflow_provider_paxos.triggers.orchestration import OrchestrationTrigger

        self.log.info("Waiting in the triggerer for %s, for up to %s", self._subject(), timedelta(seconds=self.timeout))
        self.defer(
            trigger=OrchestrationTrigger(
                paxos_conn_id=self.paxos_conn_id,
                orchestration_ids=[self.orchestration_id] if self.orchestration_id else [],
                ref_ids=[self.ref_id] if self.ref_id else [],
                poll_interval=None if self._by_age else self.poke_interval,
                silent_fail=self.silent_fail,
            ),
            method_name=self.execute_complete.__name__,
            timeout=timedelta(seconds=self.timeout),
        )

    def poke(self, context: Context) -> PokeReturnValue:
        """Look once.

        :raises AirflowFailException: for FAILED and REJECTED.
        :raises PaxosError: for an error that no waiting mends.
        """
        from airflow_provider_paxos.hooks.paxos import PaxosHook
        from airflow_provider_paxos.waiting.poll import poll_once

        if self._watch is None:
            self._watch = self._new_watch(context)
        try:
            with PaxosHook(self.paxos_conn_id) as hook:
                poll = poll_once(hook, self._watch, self.log)
        except Exception as error:
            self._obstacle = error
            raise
        self._obstacle = poll.transient_error
        if self._watch.done:
            terminal = next(each for each in poll.found if each.id == self._watch.terminal[0].id)
            return PokeReturnValue(is_done=True, xcom_value=self._settled(context, terminal))
        if poll.found:
            self._leave_receipt(context, poll.found[0])
        return PokeReturnValue(is_done=False)

    def execute_complete(self, context: Context, event: Any = None) -> dict[str, Any]:
        """Read afresh what the triggerer says has ended.

        :returns: the final orchestration.
        """
        from airflow_provider_paxos.hooks.paxos import PaxosHook
        from airflow_provider_paxos.triggers.events import terminal_id

        orchestration_id = terminal_id(event)
        with PaxosHook(self.paxos_conn_id) as hook:
            return self._settled(context, hook.get_orchestration(orchestration_id))

    def resume_execution(self, next_method: str, next_kwargs: dict[str, Any] | None, context: Context) -> Any:
        """Resume after the wait; Airflow calls it instead of ``execute``."""
        from airflow_provider_paxos.api.errors import WaitAborted

        with self._ending_as_asked():
            try:
                # Not BaseSensorOperator's, which skips for any AirflowException (apache/airflow#71255).
                return super(BaseSensorOperator, self).resume_execution(next_method, next_kwargs, context)
            except TaskDeferralTimeout as late:
                # As in the other modes, the last look comes after the timeout.
                looked = self._look(context)
                if looked.is_done:
                    return looked.xcom_value
                raise AirflowSensorTimeout(f"The wait timed out after {self.timeout} s.") from late
            except TaskDeferralError as crash:
                raise WaitAborted(f"the trigger failed: {crash}.") from crash

    def _look(self, context: Context) -> PokeReturnValue:
        """Look once, outside of the modes poke and reschedule."""
        from airflow_provider_paxos.api.errors import PaxosError

        try:
            return self.poke(context)
        except PaxosError as error:
            if not self.silent_fail:
                raise
            self.log.error("Error while polling; will retry: %s", error)
            return PokeReturnValue(is_done=False)

    def _new_watch(self, context: Context) -> Watch:
        from airflow_provider_paxos.waiting.watch import GRACE_SECONDS, Watch

        grace = GRACE_SECONDS
        if self.reschedule and (first := context["ti"].get_first_reschedule_date(context)):
            grace = max(0.0, grace - (datetime.now(UTC) - first).total_seconds())
        return Watch(
            ids=[self.orchestration_id] if self.orchestration_id else [],
            ref_ids=[self.ref_id] if self.ref_id else [],
            grace=grace,
        )

    def _settled(self, context: Context, orchestration: Orchestration) -> dict[str, Any]:
        from airflow_provider_paxos.api.description import describe
        from airflow_provider_paxos.api.statuses import require_completed

        self._leave_receipt(context, orchestration)
        self.log.info(describe(orchestration))
        with non_retryable_fails(ended_only=True):
            self._ended = True
            return require_completed(orchestration).to_dict()

    def _leave_receipt(self, context: Context, orchestration: Orchestration) -> None:
        # Not at each poke: only what has changed since this process' last one is worth a write.
        if self.do_xcom_push and self._told != (told := (orchestration.id, orchestration.status)):
            self._told = told
            context["ti"].xcom_push(key=RECEIPT_KEY, value=receipt_of(orchestration, ref_id=self.ref_id))

    def _require_identity(self) -> None:
        given = {name: getattr(self, name) for name in ("orchestration_id", "ref_id")}
        # Of the two, the one that the author did not give is None; another task may have returned None as well.
        told = {name: value for name, value in given.items() if value is not None} or given
        for name, value in told.items():
            if not isinstance(value, str) or value in ("", "None") or not value.isprintable():
                raise AirflowFailException(
                    f"{name} is {value!r}, which identifies no orchestration. Nothing was asked of Paxos; "
                    "a retry with the same value fails the same way."
                )

    def _subject(self) -> str:
        return f"orchestration {self.orchestration_id}" if self.orchestration_id else f"ref_id {self.ref_id}"

    @contextmanager
    def _ending_as_asked(self) -> Iterator[None]:
        """Skip where the author asked for it: on FAILED, REJECTED and a timeout, in every mode alike.

        If the last look met an error, that is raised instead: a skip must not hide it.
        """
        try:
            yield
        except (AirflowFailException, AirflowSensorTimeout, AirflowSkipException) as end:
            if not self._ended:
                self.log.warning("Gave up waiting for %s. Paxos cannot cancel it: it goes on.", self._subject())
            if not (self.soft_fail or self.never_fail):
                raise
            if self._obstacle:
                raise self._obstacle from None
            reason = end.__cause__ if isinstance(end, AirflowSkipException) and end.__cause__ else end
            raise AirflowSkipException(f"Skipped, because the sensor is not to fail: {reason}") from end

    def on_kill(self) -> None:
        """Say that the orchestration goes on."""
        self.log.warning("No longer waiting for %s. Paxos cannot cancel it: it goes on.", self._subject())
