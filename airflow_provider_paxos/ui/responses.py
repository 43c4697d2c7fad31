"""Answers of the routes, made of the records that they show: a page of them, and their sums."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta, tzinfo
from decimal import Decimal
from typing import Any, Literal, NamedTuple, Protocol
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from airflow_provider_paxos.api.amounts import exact_sum, plain
from airflow_provider_paxos.api.dashboard import dashboard_link
from airflow_provider_paxos.api.description import describe_end
from airflow_provider_paxos.api.statuses import Meaning, meaning_of
from airflow_provider_paxos.ui import receipt_values as values
from airflow_provider_paxos.ui import record as records
from airflow_provider_paxos.ui.classification import UNKNOWN, Classification, classify, is_terminal, status_label
from airflow_provider_paxos.ui.details import explanation, fields, timeline
from airflow_provider_paxos.ui.filters import GROUP_ORDER, DateOf, Filters, Sort, date_of, in_order
from airflow_provider_paxos.ui.merge import MergeResult
from airflow_provider_paxos.ui.names import Names
from airflow_provider_paxos.ui.record import OrchestrationRecord, Pair
from airflow_provider_paxos.ui.shapes import (
    AssetAmounts,
    Day,
    DifferingReceipt,
    Facets,
    GroupCounts,
    HistoryEvent,
    Notes,
    PersonsNote,
    ProfileFlow,
    Receipt,
    ReceiptDetails,
    Reference,
    StatusFacet,
    Task,
    Total,
)
from airflow_provider_paxos.ui.urls import TaskKey, payment_path

_MOST_RELATED = 20
_MOST_DIFFERING = 5
_MOST_DAYS = 92
_MOST_EVENTS = 50
_MOST_SUMS = 8
_MOST_FACETS = 1000
_QUARTER = 900
"""Seconds within which no zone changes its day."""
_OUTCOMES = ("settled", "in_progress", "failed")


class Beside(Protocol):
    """Gives what Airflow's database has beside the receipts."""

    names: Names

    def notes_of(self, task: TaskKey) -> list[PersonsNote]:
        """Return what people noted on a task and on its run."""

    def dashboard_pattern_of(self, task: TaskKey) -> object:
        """Return what a task has left as the pattern of an address in Paxos' dashboard, unchecked."""


def receipt(record: OrchestrationRecord, names: Names) -> Receipt:
    """Return a record as the list shows it."""
    newest = record.receipt
    adopted = newest.get("adopted")
    source_asset, destination_asset = record.assets
    holder = task(record.task)
    return Receipt(
        id=record.id,
        ref_id=record.ref_id,
        key=values.text(newest.get("key")),
        status=record.classification.status,
        group=record.classification.group,
        concern=record.classification.concern,
        label=record.classification.label,
        reason=values.failure_reason(newest),
        amount=values.amount_text(newest.get("source_amount")),
        source_asset=source_asset,
        destination_asset=destination_asset,
        source=_end(newest.get("source"), names),
        destination=_end(newest.get("destination"), names),
        created_at=values.time_text(newest.get("created_at")),
        updated_at=values.time_text(newest.get("updated_at")),
        read_at=values.format_time(record.read_at),
        adopted=adopted if isinstance(adopted, bool) else None,
        creator=values.text(newest.get("creator"), longest=300),
        acceptance=values.text(newest.get("acceptance"), longest=100),
        dropped=newest.get("dropped") is True,
        task=holder,
        read_by=holder,
        differing=[_differing(other) for other in record.differing[:_MOST_DIFFERING]],
        related=[task(other) for other in record.other_tasks[:_MOST_RELATED]],
        beside=[task(other) for other in record.beside[:_MOST_RELATED]],
        replaces=_reference(record.replaces),
        replaced_by=_reference(record.replaced_by),
        payment_path=payment_path(record.id, record.ref_id),
    )


def _end(end: object, names: Names) -> str | None:
    described = values.text(describe_end(end), longest=300)
    name = names.of_end(end) if described else None
    return f"{described} ({name})" if name else described


def receipt_details(record: OrchestrationRecord, beside: Beside, own: TaskKey | None = None) -> ReceiptDetails:
    """Return a record as the payment's page and the tab of one of its tasks show it.

    :param own: the task of the tab; the others are related.
    """
    shown = record
    if own is not None:
        others = tuple(other for other in record.tasks if other != own)
        record = record.of(lambda task: task == own)
        shown = replace(record, task=own, other_tasks=others)
    return ReceiptDetails(
        **{**dict(receipt(shown, beside.names)), "read_by": task(record.task)},
        timeline=timeline(record),
        explanation=explanation(record),
        history=_history(record),
        dashboard_url=_dashboard_url(record, beside),
        persons_notes=_distinct(note for each in shown.tasks[:_MOST_RELATED] for note in beside.notes_of(each)),
        fields=fields(record),
    )


def _dashboard_url(record: OrchestrationRecord, beside: Beside) -> str | None:
    if not record.id:
        return None
    links = (
        dashboard_link(beside.dashboard_pattern_of(task), record.id, record.ref_id)
        for task in record.tasks[:_MOST_RELATED]
    )
    return next(filter(None, links), None)


def _distinct(found: Iterable[PersonsNote]) -> list[PersonsNote]:
    """Return the notes; that of a run once, however many of its tasks hold a receipt."""
    seen = {(note.of, note.task.run_path, note.of == "task" and note.task.task_path): note for note in found}
    return list(seen.values())


def _history(record: OrchestrationRecord) -> list[HistoryEvent]:
    return [
        HistoryEvent(
            at=values.format_time(each.read_at),
            did=_did(each.receipt),
            label=classify(each.receipt, each.read_at, each.read_at).label,
            task=task(each.task),
        )
        for each in sorted(record.found, key=lambda each: each.read_at, reverse=True)[:_MOST_EVENTS]
    ]


def _did(found: Mapping[str, Any]) -> Literal["created", "adopted", "attempted", "read"]:
    if not values.text(found.get("id")):
        return "attempted"
    adopted = found.get("adopted")
    if adopted is True:
        return "adopted"
    return "created" if adopted is False else "read"


def _reference(of: records.Reference | None) -> Reference | None:
    return None if of is None else Reference(**of._asdict(), payment_path=payment_path(of.id, of.ref_id))


def _differing(other: records.DifferingReceipt) -> DifferingReceipt:
    status = values.text(other.receipt.get("status"), longest=100)
    return DifferingReceipt(
        task=task(other.task),
        read_at=values.format_time(other.read_at),
        label=status_label(status or UNKNOWN),
        amount=values.amount_text(other.receipt.get("source_amount")),
        differs=list(other.names),
    )


def task(key: TaskKey) -> Task:
    """Return a task instance with the addresses that lead to it."""
    return Task(
        **key._asdict(),
        dag_path=key.dag_path,
        run_path=key.run_path,
        task_path=key.task_path,
        instance_path=key.instance_path,
    )


def group_counts(records: Iterable[OrchestrationRecord]) -> GroupCounts:
    """Return the number of records in each group."""
    return GroupCounts.model_validate(Counter(record.classification.group for record in records))


def totals(records: Iterable[OrchestrationRecord]) -> list[Total]:
    """Return count and sum by asset pair and status, in the order of the groups."""
    amounts: dict[tuple[Pair, Classification], list[Decimal | None]] = defaultdict(list)
    for record in records:
        amounts[record.assets, record.classification].append(record.amount)
    return [
        Total(
            source_asset=source_asset,
            destination_asset=destination_asset,
            status=classification.status,
            label=classification.label,
            group=classification.group,
            concern=classification.concern,
            count=len(parts),
            amount=plain(exact_sum(amount for amount in parts if amount is not None)),
            without_amount=parts.count(None),
        )
        for ((source_asset, destination_asset), classification), parts in sorted(amounts.items(), key=_by_pair)
    ]


def days(records: Iterable[OrchestrationRecord], zone: tzinfo, by: DateOf = "settled") -> list[Day]:
    """Return counts and amounts of each day.

    :param zone: that days are counted in.
    :param by: the date that counts; with "settled", that of the creation counts for what is in progress.
    """
    cells: dict[tuple[int, str | None, str], list[Decimal | None]] = defaultdict(list)
    for record in records:
        at = date_of(record, by) or record.created_at
        cells[int(at.timestamp()) // _QUARTER, record.assets[0], record.classification.status].append(record.amount)
    counts: dict[date, Counter[str]] = defaultdict(Counter)
    parts: dict[date, dict[str, dict[str, list[Decimal]]]] = defaultdict(lambda: defaultdict(lambda: defaultdict(list)))
    for (quarter, asset, status), amounts in cells.items():
        day = datetime.fromtimestamp(quarter * _QUARTER, zone).date()
        counts[day][_outcome(status)] += len(amounts)
        if readable := [amount for amount in amounts if amount is not None]:
            parts[day][asset or ""][_outcome(status)].extend(readable)
    if not counts:
        return []
    last = max(counts)
    first = max(min(counts), last - timedelta(days=_MOST_DAYS - 1))
    return [
        Day(
            day=day.isoformat(),
            settled=counts[day]["settled"],
            in_progress=counts[day]["in_progress"],
            failed=counts[day]["failed"],
            amounts=[
                AssetAmounts(asset=asset, **{name: plain(exact_sum(of.get(name, ()))) for name in _OUTCOMES})
                for asset, of in sorted(parts[day].items())
            ],
        )
        for day in (first + timedelta(days=passed) for passed in range((last - first).days + 1))
    ]


def profiles(records: Iterable[OrchestrationRecord], names: Names) -> list[ProfileFlow]:
    """Return what left each profile and what reached it, of the settled ones, by asset.

    What reached it is the source amount, too: Paxos publishes no other one.
    """
    flows: dict[tuple[str, str], tuple[list[Decimal], list[Decimal]]] = defaultdict(lambda: ([], []))
    for record in records:
        if record.amount is None or meaning_of(record.classification.status) is not Meaning.COMPLETED:
            continue
        for direction, profile in enumerate(record.profiles):
            if profile:
                flows[profile, record.assets[direction] or ""][direction].append(record.amount)
    shown = sorted(flows.items())[:_MOST_FACETS]
    return [
        ProfileFlow(
            profile=profile,
            name=names.of(profile),
            asset=asset,
            out=plain(exact_sum(out)),
            into=plain(exact_sum(into)),
        )
        for (profile, asset), (out, into) in shown
    ]


class Sums(NamedTuple):
    """Records that filters leave, and their sums."""

    found: list[OrchestrationRecord]
    """In order."""
    groups: GroupCounts
    """Also of the groups that are filtered out."""
    totals: list[Total]
    days: list[Day]
    profiles: list[ProfileFlow]
    live: bool


def sums(merged: MergeResult, filters: Filters, sort: Sort | None, zone: str, names: Names) -> Sums:
    """Return what the filters leave of the records, with the sums; computed once as long as the records are kept.

    :param zone: IANA name of the time zone that days are counted in.
    """
    key = filters, sort, zone, names.version
    kept: Sums | None = merged.sums.get(key)
    if kept is None:
        of_all_groups = filters.of_all_groups().apply(merged.records)
        found = in_order(filters.apply(of_all_groups) if filters.group else of_all_groups, sort)
        kept = Sums(
            found=found,
            groups=group_counts(of_all_groups),
            totals=totals(found),
            days=days(found, ZoneInfo(zone), filters.date_of if filters.since else "settled"),
            profiles=profiles(found, names),
            live=is_live(found),
        )
        if len(merged.sums) >= _MOST_SUMS:
            merged.sums.clear()
        merged.sums[key] = kept
    return kept


def is_live(records: Iterable[OrchestrationRecord]) -> bool:
    """Return True if a status may still change."""
    return any(not is_terminal(record.classification.status) for record in records)


def _outcome(status: str) -> str:
    if not is_terminal(status):
        return "in_progress"
    return "settled" if meaning_of(status) is Meaning.COMPLETED else "failed"


def facets(merged: MergeResult) -> Facets:
    """Return the values that the page can be filtered by."""
    kept: Facets | None = merged.sums.get(Facets)
    if kept is None:
        statuses = _some({record.classification.status for record in merged.records})
        pairs = {record.assets for record in merged.records}
        kept = merged.sums[Facets] = Facets(
            dag_ids=_some({task.dag_id for record in merged.records for task in record.tasks}),
            assets=_some({asset for pair in pairs for asset in pair if asset}),
            statuses=[StatusFacet(status=status, label=status_label(status)) for status in statuses],
        )
    return kept


def notes(merged: MergeResult) -> Notes:
    """Return what is missing from the answer, and as of when it is."""
    return Notes(
        unreadable=merged.unreadable,
        complete=merged.complete,
        xcoms_read=merged.xcoms_read,
        as_of=values.format_time(merged.as_of.replace(microsecond=0)),
    )


def _some(names: set[str]) -> list[str]:
    return sorted(names)[:_MOST_FACETS]


def _by_pair(item: tuple[tuple[Pair, Classification], list[Decimal | None]]) -> tuple[str, str, int, str]:
    (source_asset, destination_asset), classification = item[0]
    return source_asset or "", destination_asset or "", GROUP_ORDER[classification.group], classification.label
