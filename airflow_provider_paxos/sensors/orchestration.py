"""OrchestrationSensor: waits until an orchestration has ended."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, NoReturn

from airflow.sdk import BaseSensorOperator, PokeReturnValue

from airflow_provider_paxos.airflow_exceptions import (
    AirflowFailException,
    AirflowSensorTimeout,
    AirflowSkipException,
    TaskDeferralError,
    TaskDeferralTimeout,
)
from airflow_provider_paxos.edge import no_vain_retries

if TYPE_CHECKING:
    from airflow.sdk import Context

    from airflow_provider_paxos.api.models import Orchestration
    from airflow_provider_paxos.api.waiting import Watch


class OrchestrationSensor(BaseSensorOperator):
    """Waits until a Paxos orchestration has ended, and succeeds if it is COMPLETED.

    By default it looks once, and then waits in the triggerer, without a worker. FAILED and REJECTED fail the task
    without further retries, with the reason that Paxos gives; ``soft_fail`` and ``never_fail`` turn them, and a
    timeout, into a skip. They hide nothing else: a refused credential or an unreachable host still fails the task.
    PENDING, PROCESSING and any status that Paxos may add mean waiting. Passing errors do not end the wait.

    Returns the final orchestration, as JSON values with the amount as a string.

    :param orchestration_id: the orchestration's id, such as ``create.output``; or else
    :param ref_id: its ref_id. An orchestration that does not exist yet is waited for.
    :param paxos_conn_id: the id of a connection of type ``paxos``.
    :param deferrable: whether to wait in the triggerer, rather than in ``mode`` poke or reschedule.
    :param poke_interval: seconds between two readings, while deferred as well. ``exponential_backoff`` and
        ``max_wait`` count in the other modes only.
    :param timeout: seconds (or a timedelta) until the wait ends with ``AirflowSensorTimeout``, which is not retried.
        Paxos cannot cancel: the orchestration goes on.
    """

    template_fields: Sequence[str] = ("orchestration_id", "ref_id", "paxos_conn_id")
    ui_color = "#e8f0ea"

    def __init__(
        self,
        *,
        orchestration_id: str | None = None,
        ref_id: str | None = None,
        paxos_conn_id: str = "paxos_default",
        deferrable: bool = True,
        poke_interval: timedelta | float = 10.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(poke_interval=poke_interval, **kwargs)
        self.orchestration_id = orchestration_id
        self.ref_id = ref_id
        self.paxos_conn_id = paxos_conn_id
        self.deferrable = deferrable
        if (orchestration_id is None) == (ref_id is None):
            raise ValueError(f"{type(self).__name__} {self.task_id}: give either orchestration_id or ref_id.")
        self._watch: Watch | None = None
        self._refusal: Exception | None = None

    def execute(self, context: Context) -> Any:
        """Look once, then wait in the way that was chosen.

        :returns: the final orchestration.
        """
        self._require_identity()
        with self._skipping(), self._saying_that_it_goes_on():
            if not self.deferrable:
                found = super().execute(context)
                if self._refusal:
                    raise self._refusal
                return found
            poked = self._poke(context)
            if poked.is_done:
                return poked.xcom_value
        return self._wait_in_triggerer()

    def _wait_in_triggerer(self) -> NoReturn:
        from airflow_provider_paxos.triggers.orchestration import OrchestrationTrigger

        self.log.info("Waiting in the triggerer for %s, for up to %s s", self._subject(), self.timeout)
        self.defer(
            trigger=OrchestrationTrigger(
                paxos_conn_id=self.paxos_conn_id,
                orchestration_ids=[self.orchestration_id] if self.orchestration_id else [],
                ref_ids=[self.ref_id] if self.ref_id else [],
                poll_interval=self.poke_interval,
            ),
            method_name=self.execute_complete.__name__,
            timeout=timedelta(seconds=self.timeout),
        )

    def poke(self, context: Context) -> PokeReturnValue:
        """Look once, in mode poke or reschedule."""
        from airflow_provider_paxos.api.errors import PaxosError

        try:
            return self._poke(context)
        except PaxosError as error:
            # The base class would turn any error into a skip under never_fail: keep it from there, for execute().
            if self.silent_fail or not self.never_fail:
                raise
            self._refusal = error
            return PokeReturnValue(is_done=True)

    def execute_complete(self, context: Context, event: Any = None) -> dict[str, Any]:  # noqa: ARG002 - Airflow passes it
        """Read afresh what the triggerer says has ended.

        :returns: the final orchestration.
        """
        from airflow_provider_paxos.hooks.paxos import PaxosHook
        from airflow_provider_paxos.triggers.orchestration import ended_ids

        (orchestration_id,) = ended_ids(event)
        with self._skipping(), PaxosHook(self.paxos_conn_id) as hook:
            return self._settled(hook.get_orchestration(orchestration_id))

    def resume_execution(self, next_method: str, next_kwargs: dict[str, Any] | None, context: Context) -> Any:
        """Resume after the wait; Airflow calls it instead of ``execute``."""
        from airflow_provider_paxos.api.errors import WaitAborted

        with self._skipping(), self._saying_that_it_goes_on():
            try:
                return super().resume_execution(next_method, next_kwargs, context)
            except AirflowSkipException as skip:
                # The base class skips for any AirflowException: a trigger that crashed must not look like an end.
                if isinstance(skip.__cause__, TaskDeferralError) and not isinstance(
                    skip.__cause__, TaskDeferralTimeout
                ):
                    raise WaitAborted(f"the trigger failed: {skip.__cause__}.") from skip.__cause__
                raise

    def _poke(self, context: Context) -> PokeReturnValue:
        from airflow_provider_paxos.hooks.look import look
        from airflow_provider_paxos.hooks.paxos import PaxosHook

        if self._watch is None:
            self._watch = self._new_watch(context)
        with PaxosHook(self.paxos_conn_id) as hook:
            if not look(hook, self._watch, self.log):
                return PokeReturnValue(is_done=False)
        return PokeReturnValue(is_done=True, xcom_value=self._settled(self._watch.ended[0]))

    def _new_watch(self, context: Context) -> Watch:
        from airflow_provider_paxos.api.waiting import GRACE_SECONDS, Watch

        grace = GRACE_SECONDS
        if self.reschedule and (first := context["ti"].get_first_reschedule_date(context)):
            grace = max(0.0, grace - (datetime.now(UTC) - first).total_seconds())
        return Watch(
            ids=[self.orchestration_id] if self.orchestration_id else [],
            ref_ids=[self.ref_id] if self.ref_id else [],
            grace=grace,
        )

    def _settled(self, orchestration: Orchestration) -> dict[str, Any]:
        from airflow_provider_paxos.api.receipt import receipt
        from airflow_provider_paxos.api.statuses import require_settled

        with no_vain_retries(ended_only=True):
            self.log.info(receipt(orchestration))
            return require_settled(orchestration).to_dict()

    def _require_identity(self) -> None:
        for name in ("orchestration_id", "ref_id"):
            value = getattr(self, name)
            if value is not None and (not isinstance(value, str) or value in ("", "None") or not value.isprintable()):
                raise AirflowFailException(
                    f"{name} is {value!r}, which identifies no orchestration. Nothing was asked of Paxos; "
                    "a retry with the same value fails the same way."
                )

    def _subject(self) -> str:
        return f"orchestration {self.orchestration_id}" if self.orchestration_id else f"ref_id {self.ref_id}"

    @contextmanager
    def _skipping(self) -> Iterator[None]:
        """Skip where the author asked for it: on FAILED, REJECTED and a timeout, in every mode alike."""
        try:
            yield
        except (AirflowFailException, AirflowSensorTimeout) as end:
            if not (self.soft_fail or self.never_fail):
                raise
            raise AirflowSkipException(f"Skipped, because the sensor is not to fail: {end}") from end

    @contextmanager
    def _saying_that_it_goes_on(self) -> Iterator[None]:
        try:
            yield
        except AirflowSensorTimeout:
            self.log.warning(
                "Gave up waiting for %s after %s s. Paxos cannot cancel it: it goes on.", self._subject(), self.timeout
            )
            raise

    def on_kill(self) -> None:
        """Say that the orchestration goes on."""
        self.log.warning("No longer waiting for %s. Paxos cannot cancel it: it goes on.", self._subject())
