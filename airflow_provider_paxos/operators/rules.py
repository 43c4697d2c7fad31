"""EnsureOrchestrationRulesOperator: the rules by which deposits start orchestrations, as rows describe them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from airflow.sdk import BaseOperator

from airflow_provider_paxos.operators.ensuring import EnsuresRows
from airflow_provider_paxos.rendering import RendersPayments


class EnsureOrchestrationRulesOperator(RendersPayments, EnsuresRows, BaseOperator):
    """Create orchestration rules at Paxos that do not exist yet, and wait until they are ACTIVE.

    By a rule, Paxos itself starts an orchestration for each deposit that matches it. The operator looks for each rule
    by its ``ref_id``, compares it with the row, and creates it if it is missing: it may run as often as one likes. The
    task waits for rules that are PENDING an approval at Paxos. It fails for one that is REJECTED or DELETED, and for a
    ``ref_id`` whose rule has other values.

    A rule cannot be changed. Give the new values a new ``ref_id``; with ``prune`` the old rule is deleted once all
    rules of the rows are ACTIVE. Each rule has deposit instructions of its own: deposits that go on arriving at those
    of a deleted rule are credited to its profile, and **not converted**. Tell the senders the new instructions first.
    Orchestrations that a deleted rule has started go on.

    The task returns a record for each row: ``id``, ``ref_id``, ``status``, ``profile_id``, ``source_asset``,
    ``destination_asset``, ``deposits`` and ``change``, which is ``created`` or ``unchanged``; and one for each rule
    that it deleted, with ``deleted``. ``deposits`` holds ``network`` and ``address``, or ``network``, ``memo_id`` and,
    if the connection's ``scopes`` name ``transfer:read_fiat_deposit_instructions``, the ``account`` at Paxos' bank. No
    name or address of a person is in it. Beyond 500 records ``airflow_provider_paxos.xcom.unpacked`` reads them.

    The connection's ``scopes`` have to name ``orchestration:read_orchestration_rule`` and
    ``orchestration:write_orchestration_rule``.

    :param rules: mappings of the fields of Create Orchestration Rule by the API's names, templated: ``ref_id``,
        ``profile_id``, ``source_asset``, ``destination_asset``, ``source``, ``destination``, and optionally
        ``nickname``, ``identity_id`` and ``account_id``.
    :param paxos_conn_id: the id of a connection of type ``paxos``.
    :param prune: whether to delete rules in force that the rows replace: with the profile, identity, account, source
        asset, rail and network of a row, and a ``ref_id`` that is in no row. Rules for other deposits are left alone.
    :param deferrable: whether to wait in the triggerer rather than on the worker; Airflow's ``default_deferrable`` by
        default.
    :param poll_interval: seconds (or a timedelta) between two polls while waiting; 60 by default.
    :param timeout: seconds (or a timedelta) until the wait ends with an error; by default there is no limit. A retry
        waits on.
    """

    template_fields: Sequence[str] = ("paxos_conn_id", "rules")
    ensures = "rules"

    def __init__(
        self,
        *,
        rules: Sequence[Mapping[str, Any]],
        prune: bool = False,
        paxos_conn_id: str = "paxos_default",
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
        self.rules = rules
        self.prune = prune
        self._require_valid(rules)
