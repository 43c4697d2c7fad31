"""Ensure that something is at Paxos as rows describe it: what the operators that do so have in common."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from airflow_provider_paxos.operators.arguments import deferring, is_from_dag_file, seconds

if TYPE_CHECKING:
    from airflow.sdk import BaseOperator, Context

    from airflow_provider_paxos.execution.ensure import Ensuring, Records

    Base = BaseOperator
else:
    Base = object


class EnsuresRows(Base):
    """Compares rows with what is at Paxos, changes what differs, and waits until people have decided on it.

    To be named before the operator's base.

    :param paxos_conn_id: the id of a connection of type ``paxos``.
    :param deferrable: whether to wait in the triggerer rather than on the worker; Airflow's ``default_deferrable`` by
        default.
    :param poll_interval: seconds (or a timedelta) between two polls while waiting; 60 by default.
    :param timeout: seconds (or a timedelta) until the wait ends with an error; by default there is no limit. A retry
        waits on.
    """

    ensures: ClassVar[Literal["destinations", "rules"]]
    """What the rows describe."""

    ui_color = "#e8e4d2"

    def __init__(
        self,
        *,
        paxos_conn_id: str = "paxos_default",
        deferrable: bool | None = None,
        poll_interval: timedelta | float | None = None,
        timeout: timedelta | float | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.paxos_conn_id = paxos_conn_id
        self.deferrable = deferring(deferrable)
        self.poll_interval = None if poll_interval is None else seconds("poll_interval", poll_interval)
        self.timeout = None if timeout is None else seconds("timeout", timeout)
        self.stopped = False
        self._run: Ensuring[Any] | None = None

    def _require_valid(self, rows: object) -> None:
        """Check rows when the Dag is parsed, as far as they are known.

        :raises InvalidRequest: names every row that is wrong.
        """
        if is_from_dag_file(self):
            from airflow_provider_paxos.operators.parse_time import REQUIRE_VALID_ROWS

            REQUIRE_VALID_ROWS[self.ensures](rows)

    def execute(self, context: Context) -> Records:
        """Change what differs, and wait until Paxos has decided on all of it.

        :returns: a record for each row.
        :raises AirflowFailException: for wrong rows, what is REJECTED, and another non-retryable error.
        :raises PaxosError: for a retryable one, of the class of its cause.
        """
        return self._run_for(context).execute()

    def execute_complete(self, context: Context, event: Any = None) -> Records:
        """Read all afresh, once the trigger reports that Paxos has decided on it.

        :param event: the trigger's event.
        :returns: a record for each row.
        :raises AirflowFailException: as ``execute``.
        :raises PaxosError: as ``execute``.
        """
        return self._run_for(context).complete(event)

    def resume_execution(self, next_method: str, next_kwargs: dict[str, Any] | None, context: Context) -> Any:
        """Resume after the wait in the triggerer; Airflow calls it instead of ``execute``.

        :raises PaxosError: if the wait has timed out, or the trigger failed.
        """
        return self._run_for(context).resume(partial(super().resume_execution, next_method, next_kwargs, context))

    def _run_for(self, context: Context) -> Ensuring[Any]:
        from airflow_provider_paxos.execution.ensure_runs import RUNS

        if self._run is None or self._run.context is not context:
            self._run = RUNS[self.ensures](self, context)
        return self._run

    def on_kill(self) -> None:
        """Let no further request leave."""
        self.stopped = True
        self.log.warning("Stopped. What is at Paxos stays; a retry compares again, and goes on.")
