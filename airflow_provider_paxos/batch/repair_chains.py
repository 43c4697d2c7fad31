"""Read the chains of payments from Paxos, each to its end: one level of all chains at a time, 100 ref_ids a request."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from airflow_provider_paxos.api.errors import NotFound, quoted
from airflow_provider_paxos.api.flow import Flow
from airflow_provider_paxos.api.models import Orchestration
from airflow_provider_paxos.api.orchestrations import Orchestrations
from airflow_provider_paxos.api.repair_chain import next_ref_id, replaced_ref_id
from airflow_provider_paxos.api.statuses import Meaning, meaning_of
from airflow_provider_paxos.batch.repair_content import shows_content

MOST_LINKS = 50
"""Links that one chain may have, the payment itself included."""


@dataclass(slots=True)
class Chain:
    """The chain of a payment, from a given link to its end.

    Lists lag: a last link may not be shown yet. Whoever sends its ref_id once more meets it in Paxos' refusal.

    :param links: the orchestration of the given ref_id, and those that have replaced it, in their order. All but the
        last are FAILED or REJECTED. Empty if Paxos shows none.
    :param obstacle: why the end of the chain is not known.
    """

    links: list[Orchestration] = field(default_factory=list)
    obstacle: str | None = None


def read_chains(orchestrations: Orchestrations, ref_ids: Iterable[str]) -> Flow[dict[str, Chain]]:
    """Read the chains of payments.

    :param ref_ids: of the payments, or of links that have replaced them.
    :returns: by the given ref_id its chain.
    """
    chains = {ref_id: Chain() for ref_id in ref_ids}
    due, of_links = {ref_id: ref_id for ref_id in chains}, False
    while due:
        shown = yield from _read(orchestrations, due.values(), of_links=of_links)
        of_links = True
        # Those whose end is shown are not looked at again.
        due = {
            given: next_ref_id(ref_id)
            for given, ref_id in due.items()
            if _extended(chains[given], ref_id, shown.get(ref_id, []))
        }
    return chains


def _read(
    orchestrations: Orchestrations, ref_ids: Iterable[str], *, of_links: bool
) -> Flow[Mapping[str | None, list[Orchestration]]]:
    found = {each.id: each for each in (yield from orchestrations.read(ref_ids=list(ref_ids)))}
    for each in [each for each in found.values() if _lacks_something(each, is_link=of_links)]:
        # List promises no field; Get may show the rest.
        try:
            whole = yield from orchestrations.get(each.id)
        except NotFound:
            continue
        if whole.ref_id in (None, each.ref_id):
            found[each.id] = whole.model_copy(update={"ref_id": each.ref_id})
    shown: dict[str | None, list[Orchestration]] = defaultdict(list)
    for each in found.values():
        shown[each.ref_id].append(each)
    return shown


def _lacks_something(shown: Orchestration, *, is_link: bool) -> bool:
    if shown.status is None:
        return True
    matters = is_link or meaning_of(shown.status) is Meaning.UNSUCCESSFUL
    return matters and (shown.metadata is None or not shows_content(shown))


def _extended(chain: Chain, ref_id: str, shown: list[Orchestration]) -> bool:
    """Extend a chain by what is shown under the next ref_id; return whether a further link may follow."""
    if not shown:
        return False
    if len(shown) > 1:
        chain.obstacle = f"Paxos shows {len(shown):,} orchestrations under ref_id {quoted(ref_id)}"
        return False
    (link,) = shown
    before = chain.links[-1] if chain.links else None
    if before and link.metadata is None:
        chain.obstacle = f"Paxos does not show whether orchestration {quoted(link.id)} ({quoted(ref_id)}) replaces it"
    elif before and replaced_ref_id(link.metadata) != before.ref_id:
        chain.obstacle = (
            f"its next ref_id {quoted(ref_id)} belongs to orchestration {quoted(link.id)}, which does not replace it: "
            "pay it under a ref_id of your own"
        )
    elif len(chain.links) >= MOST_LINKS:
        chain.obstacle = f"it was replaced {MOST_LINKS - 1:,} times: pay it under a ref_id of your own"
    else:
        chain.links.append(link)
    return chain.obstacle is None and meaning_of(link.status) is Meaning.UNSUCCESSFUL
