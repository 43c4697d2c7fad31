"""Orchestrations that nobody has claimed: created by others than Airflow, by a rule of Paxos, or by an unmeant run."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from airflow_provider_paxos.api.creators import creator_named_in, is_of_dags
from airflow_provider_paxos.api.errors import quoted
from airflow_provider_paxos.api.models import Orchestration
from airflow_provider_paxos.reconciliation.breaks import Break, Kind, break_of
from airflow_provider_paxos.reconciliation.paxos_book import PaxosBook
from airflow_provider_paxos.reconciliation.window import Window


def breaks_of_strangers(
    book: PaxosBook,
    window: Window,
    *,
    meant: Collection[str] | None,
    recorded: Collection[str],
    dag_ids: Collection[str] | None,
) -> Iterator[Break]:
    """Yield what is in Paxos' book, and in no other.

    :param meant: the ids of the orchestrations of all payments that were meant; None if nothing says what was.
    :param recorded: the ids of those that Airflow has recorded.
    :param dag_ids: the Dags whose creations are Airflow's; None for any Dag.
    """
    for each in book.orchestrations.values():
        # What was read by its id was judged in the window in which it was created.
        if each.id in (meant or ()) or not window.reads(each.created_at):
            continue
        if each.orchestration_rule_id:
            what = f"Orchestration rule {quoted(each.orchestration_rule_id)} created it."
            yield break_of(Kind.RULE_MADE, what, each)
        elif each.id not in recorded and (unknown := _unknown(each, dag_ids)):
            yield break_of(Kind.UNKNOWN_TO_AIRFLOW, unknown, each)
        elif meant is not None and window.contains(each.created_at) and not book.pays_again(each):
            # What pays an unsuccessful one again may have been meant for an earlier window.
            creator = quoted(creator_named_in(each.metadata) or "unknown")
            what = f"Its creator is {creator}, and no expected payment has its ref_id."
            yield break_of(Kind.NOT_MEANT, what, each)


def _unknown(orchestration: Orchestration, dag_ids: Collection[str] | None) -> str | None:
    """Return why Airflow does not know the creator, in a sentence."""
    creator = creator_named_in(orchestration.metadata)
    if creator is None:
        return "It has no stamp of a creator."
    if dag_ids is not None and not is_of_dags(orchestration.metadata, dag_ids):
        return f"Its creator is {quoted(creator)}, which is of none of the Dags that are known."
    return None
