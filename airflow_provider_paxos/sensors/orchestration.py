"""OrchestrationSensor: wait until an orchestration reaches a terminal status."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseSensorOperator

from airflow_provider_paxos.links import PaxosReceiptLink
from airflow_provider_paxos.rendering import RendersPayments

if TYPE_CHECKING:
    from airflow.sdk import Context, PokeReturnValue

    from airflow_provider_paxos.execution.sense import Sensing

_POKE_SECONDS = 10.0


class OrchestrationSensor(RendersPayments, BaseSensorOperator):
    """Wait until a Paxos orchestration reaches a terminal status; succeed if that is COMPLETED.

    By default the sensor polls once, and then waits in the triggerer, without a worker. FAILED and REJECTED fail the
    task without further retries, with the reason that Paxos gives. ``soft_fail`` and ``never_fail`` turn them, and a
    timeout, into a skip, and nothing else: refused credentials or an unreachable host still fail the task.
    PENDING, PROCESSING and any status that Paxos may add mean waiting. Transient errors do not end the wait.

    The task returns the final orchestration, as JSON values with the amount as a string. The XCom ``orchestration``
    holds its receipt: the orchestration as last read, and when.

    :param orchestration_id: the orchestration's id, such as ``create.output``; or else
    :param ref_id: its ref_id. An orchestration that does not exist yet is waited for.
    :param paxos_conn_id: the id of a connection of type ``paxos``.
    :param deferrable: whether to wait in the triggerer, rather than in ``mode`` poke or reschedule.
    :param poke_interval: seconds (or a timedelta) between two polls, at most, while deferred as well. By default 10 in
        the modes poke and reschedule; while deferred the orchestration's age decides, from 10 s for a fresh one up to
        300 s. ``exponential_backoff`` and ``max_wait`` count in those modes only.
    :param timeout: seconds (or a timedelta) until the wait ends with ``AirflowSensorTimeout``, which is not retried.
        Paxos cannot cancel: the orchestration goes on.
    """

    template_fields: Sequence[str] = ("paxos_conn_id", "orchestration_id", "ref_id")
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
        super().__init__(poke_interval=_POKE_SECONDS if poke_interval is None else poke_interval, **kwargs)
        self.poll_interval = None if poke_interval is None else self.poke_interval
        self.orchestration_id = orchestration_id
        self.ref_id = ref_id
        self.paxos_conn_id = paxos_conn_id
        self.deferrable = deferrable
        if (orchestration_id is None) == (ref_id is None):
            raise ValueError(f"{type(self).__name__} {self.task_id}: give either orchestration_id or ref_id.")
        self._run: Sensing | None = None

    def execute(self, context: Context) -> Any:
        """Poll once, then wait in the way that the arguments choose.

        :returns: the final orchestration, as JSON values.
        :raises AirflowFailException: for FAILED and REJECTED, and for an id or ref_id that identifies nothing.
        :raises AirflowSensorTimeout: if the wait has timed out.
        :raises AirflowSkipException: instead of these two, with ``soft_fail`` or ``never_fail``.
        :raises PaxosError: for an error that further polling does not overcome.
        """
        return self._run_for(context).execute(partial(super().execute, context))

    def poke(self, context: Context) -> PokeReturnValue:
        """Poll once.

        :raises AirflowFailException: for FAILED and REJECTED.
        :raises PaxosError: for an error that further polling does not overcome.
        """
        return self._run_for(context).poke()

    def execute_complete(self, context: Context, event: Any = None) -> dict[str, Any]:
        """Read the orchestration afresh that the trigger reports as terminal.

        :param event: the trigger's event.
        :returns: the final orchestration, as JSON values.
        :raises AirflowFailException: for FAILED and REJECTED.
        :raises PaxosError: if the event or the read is an error.
        """
        return self._run_for(context).complete(event)

    def resume_execution(self, next_method: str, next_kwargs: dict[str, Any] | None, context: Context) -> Any:
        """Resume after the wait in the triggerer; Airflow calls it instead of ``execute``.

        :raises AirflowSensorTimeout: if the wait has timed out.
        :raises WaitAborted: if the trigger failed.
        """
        # Not BaseSensorOperator's, which skips for any AirflowException (apache/airflow#71255).
        resume = super(BaseSensorOperator, self).resume_execution
        return self._run_for(context).resume(partial(resume, next_method, next_kwargs, context))

    def _run_for(self, context: Context) -> Sensing:
        from airflow_provider_paxos.execution.sense import Sensing

        if self._run is None or self._run.context is not context:
            self._run = Sensing(self, context)
        return self._run

    def subject(self) -> str:
        """Return what is waited for, for the log."""
        return f"orchestration {self.orchestration_id}" if self.orchestration_id else f"ref_id {self.ref_id}"

    def on_kill(self) -> None:
        """Log that the orchestration goes on."""
        self.log.warning("No longer waiting for %s. Paxos cannot cancel it: it goes on.", self.subject())
