"""EnsureCryptoDestinationsOperator: blockchain addresses at Paxos as rows describe them, with travel rule data."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator

from airflow_provider_paxos.operators.ensuring import EnsuresRows

if TYPE_CHECKING:
    Rows = Sequence[Mapping[str, Any]]


class EnsureCryptoDestinationsOperator(EnsuresRows, BaseOperator):
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
    ensures = "destinations"

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
        super().__init__(
            paxos_conn_id=paxos_conn_id,
            deferrable=deferrable,
            poll_interval=poll_interval,
            timeout=timeout,
            **kwargs,
        )
        self.rows_are_given = isinstance(destinations, Sequence) and not isinstance(destinations, str)
        if not callable(destinations) and not self.rows_are_given:
            raise ValueError(
                f"destinations is {type(destinations).__name__}; it is a callable that returns the rows, or a list of "
                "them. The result of another task would leave personal data in an XCom."
            )
        self.read_rows: Callable[[], Any] = destinations if callable(destinations) else lambda: destinations
        self.wait_for_approval = wait_for_approval
        if self.rows_are_given:
            self._require_valid(destinations)
