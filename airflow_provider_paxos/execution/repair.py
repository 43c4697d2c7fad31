"""Make the payments of a repair: what ``RepairOrchestrationsOperator`` pays, read afresh from Paxos."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from airflow.sdk import Context

from airflow_provider_paxos.api.creators import Creator, Relation
from airflow_provider_paxos.api.errors import quoted
from airflow_provider_paxos.api.models import Orchestration
from airflow_provider_paxos.batch.repair import Repairs, repairs_of
from airflow_provider_paxos.batch.repair_chains import read_chains
from airflow_provider_paxos.batch.repair_selection import changes_of, selection
from airflow_provider_paxos.batch.repair_tables import left_out_in_words, repairs_in_table
from airflow_provider_paxos.batch.validation import Payment, checked_payments
from airflow_provider_paxos.execution.task import RepairTask
from airflow_provider_paxos.hooks.creator import creator_of, stamped
from airflow_provider_paxos.hooks.paxos import PaxosHook


def repayments(
    task: RepairTask, context: Context, hook: PaxosHook, kept: Sequence[Mapping[str, Any]] | None
) -> list[Payment]:
    """Return the payments that replace those that are FAILED or REJECTED at Paxos, all of them or none.

    :param kept: after a wait, what was kept of the payments before it, with ``key`` and ``ref_id``; then no other
        payment is added.
    :raises NotRepairable: names every payment that the author named, and that has not failed.
    :raises InvalidRequest: names every argument or payment that is wrong.
    """
    ti, namespace, client = context["ti"], hook.ref_id_namespace, hook.get_conn()

    def creator_of_key(key: str) -> Creator:
        return creator_of(ti, key, namespace)

    def is_own(key: str, orchestration: Orchestration) -> bool:
        return creator_of_key(key).relation_to(orchestration.metadata) is Relation.OWN

    selected = selection(task.records, task.ref_ids, task.keys)
    changes = changes_of(task.changes, selected)
    repairs = repairs_of(
        selected,
        client.run(read_chains(client.orchestrations, [each.ref_id for each in selected])),
        changes,
        is_own=is_own,
        waited_for=None if kept is None else {str(each.get("key")): str(each.get("ref_id")) for each in kept},
    )
    if kept is None:
        _report(task, repairs)
    return checked_payments(
        [dict(each.values) for each in repairs.repairs],
        ref_id_of=lambda _, fields: str(fields["ref_id"]),
        creator_of=creator_of_key,
        stamp=stamped,
        require_allowed=hook.require_allowed,
    )


def _report(task: RepairTask, repairs: Repairs) -> None:
    if repairs.repairs:
        task.log.info("Payments to repair: %s\n%s", f"{len(repairs.repairs):,}", repairs_in_table(repairs.repairs))
    else:
        task.log.info("No payment is to be repaired")
    completed = [each for each in repairs.left_out if each.is_completed]
    if completed:
        task.log.info("Left out, since they are COMPLETED: %s payments", f"{len(completed):,}")
    if others := [each for each in repairs.left_out if not each.is_completed]:
        task.log.warning("Left out, since they are not known to be FAILED or REJECTED:\n%s", left_out_in_words(others))
    for each in repairs.repairs:
        if each.without_room and not each.exists:
            task.log.warning(
                "Payment %s: there is no room for the metadata %s of the payment that it replaces",
                quoted(each.selected.key),
                quoted(", ".join(each.without_room)),
            )
