"""OrchestrationSensor: wait until an orchestration, or so many of a rule, reach a terminal status."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseSensorOperator

from airflow_provider_paxos.links import PaxosReceiptLink
from airflow_provider_paxos.rendering import RendersPayments
from airflow_provider_paxos.sensors.rule_arguments import moment_of, number_of, problem_of

if TYPE_CHECKING:
    from airflow.sdk import Context, PokeReturnValue

    from airflow_provider_paxos.execution.sense import Sensing

_POKE_SECONDS = 10.0


class OrchestrationSensor(RendersPayments, BaseSensorOperator):
    """Wait until a Paxos orchestration, or so many of a rule, reach a terminal status; succeed if that is COMPLETED.

    By default the sensor polls once, and then waits in the triggerer, without a worker. FAILED and REJECTED fail the
    task without further retries, with the reason that Paxos gives. ``soft_fail`` and ``never_fail`` turn them, and a
    timeout, into a skip, and nothing else: refused credentials or an unreachable host still fail the task.
    PENDING, PROCESSING and any status that Paxos may add mean waiting. Transient errors do not end the wait.

    The task returns the final orchestration, as JSON values with the amount as a string. The XCom ``orchestration``
    holds its receipt: the orchestration as last read, and when. With ``orchestration_rule_id``, the result is a list of
    the first ``count`` terminal orchestrations of the rule, oldest first, the XCom holds a receipt for each, and one
    that is FAILED or REJECTED fails the task. Both are in the compact form of ``xcom.packed`` beyond 500.

    :param orchestration_id: the orchestration's id, such as ``create.output``; or else
    :param ref_id: its ref_id. An orchestration that does not exist yet is waited for; or else
    :param orchestration_rule_id: the id of an orchestration rule, for what Paxos creates by it.
    :param since: with a rule, when the first orchestration was created at the earliest: an aware datetime, or RFC 3339,
        such as ``"{{ data_interval_start }}"``.
    :param count: with a rule, how many of its orchestrations are waited for: 1 to 1,000, or a template of that.
    :param paxos_conn_id: the id of a connection of type ``paxos``.
    :param deferrable: whether to wait in the triggerer, rather than in ``mode`` poke or reschedule.
    :param poke_interval: seconds (or a timedelta) between two polls, at most, while deferred as well. By default 10 in
        the modes poke and reschedule; while deferred the orchestration's age decides, from 10 s for a fresh one up to
        300 s; with a rule it is 10. ``exponential_backoff`` and ``max_wait`` count in those modes only.
    :param timeout: seconds (or a timedelta) until the wait ends with ``AirflowSensorTimeout``, which is not retried.
        Paxos cannot cancel: the orchestration goes on.
    """

    template_fields: Sequence[str] = (
        "paxos_conn_id",
        "orchestration_id",
        "ref_id",
        "orchestration_rule_id",
        "since",
        "count",
    )
    ui_color = "#e8f0ea"
    operator_extra_links = (PaxosReceiptLink(),)

    def __init__(
        self,
        *,
        orchestration_id: str | None = None,
        ref_id: str | None = None,
        orchestration_rule_id: str | None = None,
        since: str | datetime | None = None,
        count: int | str = 1,
        paxos_conn_id: str = "paxos_default",
        deferrable: bool = True,
        poke_interval: timedelta | float | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(poke_interval=_POKE_SECONDS if poke_interval is None else poke_interval, **kwargs)
        self.poll_interval = None if poke_interval is None else self.poke_interval
        self.orchestration_id = orchestration_id
        self.ref_id = ref_id
        self.orchestration_rule_id = orchestration_rule_id
        self.since = since
        self.count = count
        self.paxos_conn_id = paxos_conn_id
        self.deferrable = deferrable
        self.waits_for_rule = orchestration_rule_id is not None
        problem = problem_of(orchestration_rule_id=orchestration_rule_id, since=since, count=count)
        if sum(each is not None for each in (orchestration_id, ref_id, orchestration_rule_id)) != 1:
            problem = "give one of orchestration_id, ref_id and orchestration_rule_id."
        if problem:
            raise ValueError(f"{type(self).__name__} {self.task_id}: {problem}")
        self._run: Sensing | None = None

    def execute(self, context: Context) -> Any:
        """Poll once, then wait in the way that the arguments choose.

        :returns: the final orchestration, as JSON values; with a rule, a list of them.
        :raises AirflowFailException: for FAILED and REJECTED, and for arguments that render to nothing usable.
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

    def execute_complete(self, context: Context, event: Any = None) -> Any:
        """Read afresh what the trigger reports as terminal.

        :param event: the trigger's event.
        :returns: the final orchestration, as JSON values; with a rule, a list of them.
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
        from airflow_provider_paxos.execution.sensor_runs import run_of

        if self._run is None or self._run.context is not context:
            self._run = run_of(self, context)
        return self._run

    def subject(self) -> str:
        """Return what is waited for, for the log."""
        if self.waits_for_rule:
            return f"{self.count} of what rule {self.orchestration_rule_id} makes"
        return f"orchestration {self.orchestration_id}" if self.orchestration_id else f"ref_id {self.ref_id}"

    def wanted_of_rule(self) -> tuple[datetime, int]:
        """Return the rendered ``since`` and ``count``.

        :raises ValueError: if one of them is unusable.
        """
        # A template may leave blanks around a number.
        count = self.count.strip() if isinstance(self.count, str) else self.count
        return moment_of(self.since), number_of(count)

    def on_kill(self) -> None:
        """Log that the orchestration goes on."""
        self.log.warning("No longer waiting for %s. Paxos cannot cancel it: it goes on.", self.subject())
