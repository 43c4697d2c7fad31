"""Orchestrations that nobody has claimed: created by others than Airflow, by a rule of Paxos, or by an unmeant run."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from airflow_provider_paxos.api.creators import creator_named_in, is_of_dags
from airflow_provider_paxos.api.errors import quoted
from airflow_provider_paxos.api.models import Orchestration
from airflow_provider_paxos.api.repair_chain import replaced_ref_id
from airflow_provider_paxos.reconciliation.breaks import Break, Kind, break_of
from airflow_provider_paxos.reconciliation.paxos_book import PaxosBook
from airflow_provider_paxos.reconciliation.window import Window


def breaks_of_strangers(
    book: PaxosBook,
    claimed: Collection[str],
    window: Window,
    *,
    dag_ids: Collection[str] | None,
    expects_all: bool,
) -> Iterator[Break]:
    """Yield what is in Paxos' book, and in no other.

    :param claimed: the ids of orchestrations that were meant or recorded.
    :param dag_ids: the Dags whose creations are Airflow's; None for any Dag.
    :param expects_all: whether all that was meant is given, so that an orchestration outside of it was not meant.
    """
    for each in book.orchestrations.values():
        # What was read by its id was judged in the window in which it was created.
        if each.id in claimed or not window.reads(each.created_at):
            continue
        if each.orchestration_rule_id:
            what = f"Orchestration rule {quoted(each.orchestration_rule_id)} created it."
            yield break_of(Kind.RULE_MADE, what, each)
            continue
        creator = creator_named_in(each.metadata)
        if creator is None:
            yield break_of(Kind.UNKNOWN_TO_AIRFLOW, "It has no stamp of a creator.", each)
        elif dag_ids is not None and not is_of_dags(each.metadata, dag_ids):
            what = f"Its creator is {quoted(creator)}, which is of none of the Dags that are known."
            yield break_of(Kind.UNKNOWN_TO_AIRFLOW, what, each)
        elif expects_all and window.contains(each.created_at) and not _repairs(each):
            what = f"Its creator is {quoted(creator)}, and no expected payment has its ref_id."
            yield break_of(Kind.NOT_MEANT, what, each)


def _repairs(orchestration: Orchestration) -> bool:
    """Return whether it pays an unsuccessful one again, which may have been meant for an earlier window."""
    return replaced_ref_id(orchestration.metadata) is not None
