"""EnsureCryptoDestinationsOperator: blockchain addresses at Paxos as rows describe them, with travel rule data."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator

from airflow_provider_paxos.operators.arguments import is_from_dag_file, seconds
from airflow_provider_paxos.version_compat import conf

if TYPE_CHECKING:
    from airflow.sdk import Context

    from airflow_provider_paxos.execution.ensure_destinations import EnsuringDestinations, Records

    Rows = Sequence[Mapping[str, Any]]


class EnsureCryptoDestinationsOperator(BaseOperator):
    """Save blockchain addresses at Paxos as rows describe them, with their travel rule data, and wait for approval.

    The operator reads what is saved, compares it with the rows, and puts only what differs: it may run as often as one
    likes. All rows are validated before anything is sent. A row that Paxos refuses does not stop the others. By default
    the task then waits until Paxos has approved all addresses; it fails for one that is REJECTED.

    From 2026-11-30 Paxos refuses orchestrations of 3,000 USD and more to external blockchain addresses that are saved
    without travel rule data. See ``docs/guides/destinations.md``.

    Travel rule data is about persons. It is not templated, and in no XCom, rendered field, log and error. Give a
    callable that reads the rows from where they are kept: Airflow stores the source of a Dag, so that rows in it may
    not name a person.

    The task returns a record for each row: ``id``, ``crypto_network``, ``address``, ``identity_id``, ``status``, and
    ``change``, which is ``created``, ``updated`` or ``unchanged``. Beyond 500 rows
    ``airflow_provider_paxos.xcom.unpacked`` reads them.

    The connection's ``scopes`` have to name ``transfer:read_crypto_destination_address`` and
    ``transfer:write_crypto_destination_address``.

    :param destinations: a callable without arguments that returns the rows, called in the task; or rows that name no
        person, which are validated when the Dag is parsed. A row has the fields of Put Crypto Destination Address by
        the API's names: ``crypto_network``, ``address``, and as far as they are meant to be saved ``identity_id``,
        ``nickname``, ``bookmarked_status`` and ``travelrule_metadata``. What a row does not name stays as it is.
    :param paxos_conn_id: the id of a connection of type ``paxos``.
    :param wait_for_approval: whether to succeed only once all addresses are APPROVED.
    :param deferrable: whether to wait in the triggerer rather than on the worker; Airflow's ``default_deferrable`` by
        default.
    :param poll_interval: seconds (or a timedelta) between two polls while waiting; 60 by default.
    :param timeout: seconds (or a timedelta) until the wait ends with an error; by default there is no limit. A retry
        waits on.
    """

    template_fields: Sequence[str] = ("paxos_conn_id",)
    ui_color = "#e8e4d2"

    def __init__(
        self,
        *,
        destinations: Rows | Callable[[], Rows],
        paxos_conn_id: str = "paxos_default",
        wait_for_approval: bool = True,
        deferrable: bool | None = None,
        poll_interval: timedelta | float | None = None,
        timeout: timedelta | float | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.rows_are_given = isinstance(destinations, Sequence) and not isinstance(destinations, str)
        if not callable(destinations) and not self.rows_are_given:
            raise ValueError(
                f"destinations is {type(destinations).__name__}; it is a callable that returns the rows, or a list of "
                "them. The result of another task would leave personal data in an XCom."
            )
        self.read_rows: Callable[[], Any] = destinations if callable(destinations) else lambda: destinations
        self.paxos_conn_id = paxos_conn_id
        self.wait_for_approval = wait_for_approval
        self.deferrable = (
            conf.getboolean("operators", "default_deferrable", fallback=False) if deferrable is None else deferrable
        )
        self.poll_interval = None if poll_interval is None else seconds("poll_interval", poll_interval)
        self.timeout = None if timeout is None else seconds("timeout", timeout)
        self.stopped = False
        self._run: EnsuringDestinations | None = None
        if self.rows_are_given and is_from_dag_file(self):
            from airflow_provider_paxos.operators.parse_time import require_valid_destinations

            require_valid_destinations(destinations)

    def execute(self, context: Context) -> Records:
        """Put what differs, and wait until all addresses are APPROVED unless ``wait_for_approval`` is False.

        :returns: a record for each row.
        :raises AirflowFailException: for wrong rows, a REJECTED address, and another non-retryable error.
        :raises PaxosError: for a retryable one, of the class of its cause.
        """
        return self._run_for(context).execute()

    def execute_complete(self, context: Context, event: Any = None) -> Records:
        """Read all addresses afresh, once the trigger reports that Paxos has decided on them.

        :param event: the trigger's event.
        :returns: a record for each row.
        :raises AirflowFailException: as ``execute``.
        :raises PaxosError: as ``execute``.
        """
        return self._run_for(context).complete(event)

    def resume_execution(self, next_method: str, next_kwargs: dict[str, Any] | None, context: Context) -> Any:
        """Resume after the wait in the triggerer; Airflow calls it instead of ``execute``.

        :raises DestinationPending: if the wait has timed out.
        :raises WaitAborted: if the trigger failed.
        """
        return self._run_for(context).resume(partial(super().resume_execution, next_method, next_kwargs, context))

    def _run_for(self, context: Context) -> EnsuringDestinations:
        from airflow_provider_paxos.execution.ensure_destinations import EnsuringDestinations

        if self._run is None or self._run.context is not context:
            self._run = EnsuringDestinations(self, context)
        return self._run

    def on_kill(self) -> None:
        """Let no further request leave."""
        self.stopped = True
        self.log.warning("Stopped. What is saved at Paxos stays; a retry compares again, and puts what is missing.")
