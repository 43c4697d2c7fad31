"""Payments that may have been made twice: equal in content, or paid again although the first one has not failed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from airflow_provider_paxos.api.content import contents_of
from airflow_provider_paxos.api.errors import quoted, with_more
from airflow_provider_paxos.api.models import Orchestration
from airflow_provider_paxos.api.repair_chain import replaced_ref_id
from airflow_provider_paxos.reconciliation.breaks import Break, Kind, break_of
from airflow_provider_paxos.reconciliation.expected import Meant
from airflow_provider_paxos.reconciliation.paxos_book import PaxosBook, is_unsuccessful

_SHOWN = 5


def breaks_of_duplicates(book: PaxosBook, meant: Mapping[str, Meant]) -> Iterator[Break]:
    """Yield groups of orchestrations of equal content that move money, each group once.

    :param meant: by the ref_id, what was meant; its ``duplicate_of_ok`` takes a payment out of its group.
    """
    groups: defaultdict[Any, list[Orchestration]] = defaultdict(list)
    for each in book.orchestrations.values():
        if not each.orchestration_rule_id and not is_unsuccessful(each):
            for content in contents_of(each):
                groups[content].append(each)
    seen: set[frozenset[str]] = set()
    for group in groups.values():
        doubted = [each for each in group if not _is_meant(each, group, meant)]
        ids = frozenset(each.id for each in doubted)
        if len(doubted) > 1 and ids not in seen:
            seen.add(ids)
            yield _duplicates(doubted)
    yield from _paid_again(book)


def _is_meant(orchestration: Orchestration, group: list[Orchestration], meant: Mapping[str, Meant]) -> bool:
    own = meant.get(orchestration.ref_id or "")
    if own is None or not own.duplicate_of_ok:
        return False
    others = [each for each in group if each.id != orchestration.id]
    keys = {payment.key for each in others if (payment := meant.get(each.ref_id or "")) and payment.key}
    return bool(own.duplicate_of_ok & (keys | {each.id for each in others} | {each.ref_id or "" for each in others}))


def _duplicates(group: list[Orchestration]) -> Break:
    first, *others = sorted(group, key=lambda each: (str(each.created_at or ""), each.id))
    names = ", ".join(quoted(each.ref_id or each.id) for each in others[:_SHOWN])
    what = (
        f"{len(group)} payments have the same source, destination, assets and amount: "
        f"{quoted(first.ref_id or first.id)} and {with_more(names, len(others) - _SHOWN)}."
    )
    return break_of(Kind.DUPLICATE, what, first, others=tuple(each.id for each in others))


def _paid_again(book: PaxosBook) -> Iterator[Break]:
    for each in book.orchestrations.values():
        replaced = replaced_ref_id(each.metadata)
        if replaced is None or is_unsuccessful(each):
            continue
        first = [one for one in book.by_ref_id(replaced) if not is_unsuccessful(one)]
        if first:
            what = f"It pays {quoted(replaced)} again, which is {quoted(first[0].status)} and not unsuccessful."
            yield break_of(Kind.DUPLICATE, what, each, others=tuple(one.id for one in first))
