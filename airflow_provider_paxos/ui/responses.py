"""Answers of the routes, made of the records that they show: in order, a page of them, and their sums."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, date, timedelta
from decimal import Decimal

from airflow_provider_paxos.api.amounts import exact_sum, plain
from airflow_provider_paxos.api.description import describe_end
from airflow_provider_paxos.ui import merge
from airflow_provider_paxos.ui import receipt_values as values
from airflow_provider_paxos.ui.classification import UNKNOWN, Classification, is_terminal, status_label
from airflow_provider_paxos.ui.details import advice, fields, timeline
from airflow_provider_paxos.ui.filters import assets, created_or_read_at
from airflow_provider_paxos.ui.merge import MergeResult, OrchestrationRecord
from airflow_provider_paxos.ui.shapes import (
    Day,
    DifferingReceipt,
    Facets,
    Group,
    GroupCounts,
    Notes,
    Receipt,
    ReceiptDetails,
    StatusFacet,
    Task,
    Total,
)
from airflow_provider_paxos.ui.urls import TaskKey

_MOST_RELATED = 20
_MOST_DIFFERING = 5
_MOST_DAYS = 92
_MOST_FACETS = 1000
_ORDER: dict[Group, int] = {"needs_attention": 0, "in_progress": 1, "settled": 2}

Pair = tuple[str | None, str | None]
"""Source and destination asset."""


def in_order(records: Iterable[OrchestrationRecord]) -> list[OrchestrationRecord]:
    """Return what needs attention first, then what is in progress, then what is settled; of each the newest first."""
    return sorted(
        records, key=lambda record: (_ORDER[record.classification.group], -created_or_read_at(record).timestamp())
    )


def receipt(record: OrchestrationRecord) -> Receipt:
    """Return a record as the list shows it."""
    newest = record.receipt
    adopted = newest.get("adopted")
    source_asset, destination_asset = _pair(record)
    return Receipt(
        id=values.text(newest.get("id")),
        ref_id=values.text(newest.get("ref_id")),
        key=values.text(newest.get("key")),
        status=record.classification.status,
        group=record.classification.group,
        concern=record.classification.concern,
        label=record.classification.label,
        reason=values.failure_reason(newest),
        amount=values.amount_text(newest.get("source_amount")),
        source_asset=source_asset,
        destination_asset=destination_asset,
        source=values.text(describe_end(newest.get("source")), longest=300),
        destination=values.text(describe_end(newest.get("destination")), longest=300),
        created_at=values.time_text(newest.get("created_at")),
        updated_at=values.time_text(newest.get("updated_at")),
        read_at=values.format_time(record.read_at),
        adopted=adopted if isinstance(adopted, bool) else None,
        creator=values.text(newest.get("creator"), longest=300),
        acceptance=values.text(newest.get("acceptance"), longest=100),
        dropped=newest.get("dropped") is True,
        task=task(record.task),
        read_by=task(record.task),
        differing=[_differing(other) for other in record.differing[:_MOST_DIFFERING]],
        related=[task(other) for other in record.other_tasks[:_MOST_RELATED]],
    )


def receipt_details(record: OrchestrationRecord, own: TaskKey) -> ReceiptDetails:
    """Return a record as the tab of one of its tasks shows it.

    :param own: the task of the tab; the others are related.
    """
    others = tuple(other for other in record.tasks if other != own)
    record = record.of(lambda task: task == own)
    shown = {**dict(receipt(replace(record, task=own, other_tasks=others))), "read_by": task(record.task)}
    return ReceiptDetails(**shown, timeline=timeline(record), advice=advice(record), fields=fields(record))


def _differing(other: merge.DifferingReceipt) -> DifferingReceipt:
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
    return Task(**key._asdict(), dag_path=key.dag_path, run_path=key.run_path, task_path=key.task_path)


def group_counts(records: Iterable[OrchestrationRecord]) -> GroupCounts:
    """Return the number of records in each group."""
    return GroupCounts.model_validate(Counter(record.classification.group for record in records))


def totals(records: Iterable[OrchestrationRecord]) -> list[Total]:
    """Return count and sum by asset pair and status, in the order of the groups."""
    amounts: dict[tuple[Pair, Classification], list[Decimal | None]] = defaultdict(list)
    for record in records:
        amount = values.parse_amount(record.receipt.get("source_amount"))
        amounts[_pair(record), record.classification].append(amount)
    return [
        Total(
            source_asset=source_asset,
            destination_asset=destination_asset,
            status=classification.status,
            label=classification.label,
            group=classification.group,
            count=len(parts),
            amount=plain(exact_sum(amount for amount in parts if amount is not None)),
            without_amount=parts.count(None),
        )
        for ((source_asset, destination_asset), classification), parts in sorted(amounts.items(), key=_by_pair)
    ]


def days(records: Iterable[OrchestrationRecord]) -> list[Day]:
    """Return the numbers of settled and failed ones of each day: by ``updated_at``, or else by when they were read."""
    settled: Counter[date] = Counter()
    failed: Counter[date] = Counter()
    for record in records:
        if is_terminal(record.classification.status):
            ended_at = min(values.parse_time(record.receipt.get("updated_at")) or record.read_at, record.read_at)
            (settled if record.classification.group == "settled" else failed)[ended_at.astimezone(UTC).date()] += 1
    with_ends = settled.keys() | failed.keys()
    if not with_ends:
        return []
    last = max(with_ends)
    first = max(min(with_ends), last - timedelta(days=_MOST_DAYS - 1))
    span = (first + timedelta(days=passed) for passed in range((last - first).days + 1))
    return [Day(day=day.isoformat(), settled=settled[day], failed=failed[day]) for day in span]


def facets(records: Sequence[OrchestrationRecord]) -> Facets:
    """Return the values that the page can be filtered by."""
    statuses = _some({record.classification.status for record in records})
    return Facets(
        dag_ids=_some({task.dag_id for record in records for task in record.tasks}),
        assets=_some({asset for record in records for asset in assets(record)}),
        statuses=[StatusFacet(status=status, label=status_label(status)) for status in statuses],
    )


def notes(merged: MergeResult) -> Notes:
    """Return what is missing from the answer, and as of when it is."""
    return Notes(
        unreadable=merged.unreadable,
        complete=merged.complete,
        xcoms_read=merged.xcoms_read,
        as_of=values.format_time(merged.as_of.replace(microsecond=0)),
    )


def _pair(record: OrchestrationRecord) -> Pair:
    source_asset, destination_asset = record.receipt.get("source_asset"), record.receipt.get("destination_asset")
    return values.text(source_asset, longest=100), values.text(destination_asset, longest=100)


def _some(names: set[str]) -> list[str]:
    return sorted(names)[:_MOST_FACETS]


def _by_pair(item: tuple[tuple[Pair, Classification], list[Decimal | None]]) -> tuple[str, str, int, str]:
    (source_asset, destination_asset), classification = item[0]
    return source_asset or "", destination_asset or "", _ORDER[classification.group], classification.label
