"""Limits over time, and duplicates: what Paxos' own list shows of the day and of the window."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import TypeVar

from airflow_provider_paxos.api.amounts import exact_sum
from airflow_provider_paxos.api.canonical import canonical
from airflow_provider_paxos.api.content import Content, contents_of
from airflow_provider_paxos.api.errors import quoted
from airflow_provider_paxos.api.limits_over_time import LimitsOverTime
from airflow_provider_paxos.api.models import Orchestration
from airflow_provider_paxos.api.statuses import Meaning, meaning_of
from airflow_provider_paxos.batch.validation import Payment
from airflow_provider_paxos.planning.plan import Duplicate, LimitUse

PAYMENTS = "payments"

Item = TypeVar("Item")
Key = TypeVar("Key", bound=Hashable)


def counting(recent: Iterable[Orchestration]) -> list[Orchestration]:
    """Return those that count: not FAILED or REJECTED, and not made by a rule of Paxos, which nobody here pays."""
    return [
        each
        for each in recent
        if meaning_of(each.status) is not Meaning.UNSUCCESSFUL and not each.orchestration_rule_id
    ]


def uses_of_limits(
    limits: LimitsOverTime, recent: Sequence[Orchestration], new: Sequence[Payment], now: datetime
) -> Iterator[LimitUse]:
    """Yield for each profile what is left of the day's limits, and what the new payments need.

    :param recent: those that count.
    :param new: payments that would move money.
    """
    began = limits.day_began(now)
    today = [each for each in recent if each.created_at is None or each.created_at >= began]
    moved_from = _grouped(today, _profile_of)
    for profile_id, those in _grouped(new, lambda each: each.request.source.profile.profile_id).items():
        # One whose profile Paxos does not show counts for each: it may be any of them.
        from_profile = [*moved_from.get(canonical(profile_id), []), *moved_from.get(None, [])]
        where = f"of connection {quoted(limits.owner)}, since {began.isoformat(timespec='minutes')}"
        if limits.max_orchestrations_per_day is not None:
            yield LimitUse(
                f"max_orchestrations_per_day {where}, profile {quoted(profile_id)}",
                PAYMENTS,
                left=Decimal(limits.max_orchestrations_per_day - len(from_profile)),
                needed=Decimal(len(those)),
                keys=tuple(each.key for each in those),
            )
        if limits.max_source_amount_per_day is not None:
            for asset, of_asset in _grouped(those, lambda each: each.request.source_asset).items():
                moved = exact_sum(each.source_amount or Decimal() for each in from_profile if _is_of(each, asset))
                yield LimitUse(
                    f"max_source_amount_per_day {where}, profile {quoted(profile_id)}",
                    asset,
                    left=limits.max_source_amount_per_day.get(asset, Decimal()) - moved,
                    needed=exact_sum(each.request.source_amount for each in of_asset),
                    keys=tuple(each.key for each in of_asset),
                )


def duplicates(
    limits: LimitsOverTime, recent: Sequence[Orchestration], payments: Sequence[Payment], now: datetime
) -> Mapping[str, tuple[Duplicate, ...]]:
    """Return for the keys of payments which others have their content: orchestrations of the window, and each other.

    Of two equal payments of a batch the later one is the duplicate. A pair that one of the two names in its
    ``duplicate_of_ok`` is none.

    :param recent: those that count.
    :param payments: of the batch, in the author's order.
    """
    began = limits.window_began(now)
    if began is None:
        return {}
    own = {each.request.ref_id: each for each in payments}
    by_content: dict[Content, list[Duplicate]] = defaultdict(list)
    for each in recent:
        if each.ref_id not in own and (each.created_at is None or each.created_at >= began):
            for content in contents_of(each):
                by_content[content].append(
                    Duplicate(each.ref_id or "", id=each.id, status=each.status, created_at=each.created_at)
                )
    found = {}
    for payment in payments:
        this = Duplicate(payment.request.ref_id, key=payment.key)
        others: list[Duplicate] = []
        for content in contents_of(payment.request):
            others += by_content[content]
            by_content[content].append(this)
        meant = (each for each in others if not _is_meant(payment, this, each, own))
        if unmeant := tuple(meant):
            found[payment.key] = unmeant
    return found


def _is_meant(payment: Payment, this: Duplicate, other: Duplicate, own: Mapping[str, Payment]) -> bool:
    mate = own.get(other.ref_id)
    return _names(payment, other) or (mate is not None and _names(mate, this))


def _names(payment: Payment, other: Duplicate) -> bool:
    return not other.names.isdisjoint(payment.duplicate_of_ok)


def _grouped(items: Iterable[Item], key: Callable[[Item], Key]) -> dict[Key, list[Item]]:
    groups: dict[Key, list[Item]] = defaultdict(list)
    for each in items:
        groups[key(each)].append(each)
    return groups


def _is_of(orchestration: Orchestration, asset: str) -> bool:
    return orchestration.source_asset is None or orchestration.source_asset.upper() == asset


def _profile_of(orchestration: Orchestration) -> str | None:
    source = orchestration.source and orchestration.source.profile
    profile_id = (source and source.profile_id) or orchestration.profile_id
    return canonical(profile_id) if profile_id else None
