"""From XComs to orchestrations: one record for each, however many tasks hold a receipt of it.

The newest receipt of an id wins: the one that was read last, and of two read at once, the one written last. A terminal
status wins over one in progress whatever the clocks say, since no status comes after it. A ``read_at`` after the time
at which Airflow stored the receipt counts as that time. The other tasks stay with it as links.

Whoever may write a Dag may write a receipt of any orchestration. So where the newest receipts of two Dags show
different values, both are shown; and what no sequence of readings explains, another amount or a second terminal status,
needs attention.

An attempt that ended with an error has no id. It is superseded once a receipt with an id shows the very payment that it
asked for: a later task has found that payment, or an earlier one had made it. It stays beside a receipt of the same
ref_id that shows another payment, or too little to compare: its own payment was not made. It counts for the task that
made the attempt alone; for the others it is a remark.

A payment that replaces an unsuccessful one says so in its metadata, ``replaces``, by the ref_id. Once it is settled,
the unsuccessful one is repaired.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from msgspec.structs import replace
from pydantic import ValidationError

from airflow_provider_paxos.api.models import Orchestration, OrchestrationRequest
from airflow_provider_paxos.api.same_payment import compare
from airflow_provider_paxos.api.statuses import Meaning, meaning_of
from airflow_provider_paxos.ui.classification import differing_classification, repaired_classification
from airflow_provider_paxos.ui.progress import Seen, progress_in, renewal
from airflow_provider_paxos.ui.query import MOST_ROWS, Row
from airflow_provider_paxos.ui.receipt_cache import ReceiptCache
from airflow_provider_paxos.ui.receipt_values import differences
from airflow_provider_paxos.ui.record import ORIGIN, DifferingReceipt, OrchestrationRecord, Reference, record_of
from airflow_provider_paxos.ui.stored_receipts import values_of
from airflow_provider_paxos.ui.urls import TaskKey

MOST_RECEIPTS = 100_000
"""Receipts that are merged for one answer."""

_ASKED_FOR = ("ref_id", "source_amount", "source_asset", "destination_asset", "source", "destination")


@dataclass(frozen=True, slots=True)
class MergeResult:
    """All records, and what is missing from them.

    :param unreadable: XComs that hold no receipt.
    :param xcoms_read: all XComs that were read.
    :param complete: False if there are more XComs or receipts than one answer takes.
    :param as_of: when the database was read.
    :param merged_at: the time that ages are counted to.
    :param sums: what was computed of the records, to be used again as long as they are kept.
    """

    records: list[OrchestrationRecord]
    unreadable: int
    xcoms_read: int
    complete: bool
    as_of: datetime
    merged_at: datetime
    sums: dict[Hashable, Any] = field(default_factory=dict)


def merge(rows: Iterable[Row], now: datetime, cache: ReceiptCache, progress: Iterable[Row] = ()) -> MergeResult:
    """Return the records of XComs, which come newest first.

    :param now: the time that ages are counted to.
    :param progress: the progress records of tasks that wait.
    """
    waits = progress_in(progress)
    first: dict[Hashable, OrchestrationRecord] = {}
    several: dict[Hashable, list[OrchestrationRecord]] = {}
    tasks: set[TaskKey] = set()
    unreadable = count = 0
    complete = True
    for row in rows:
        if row.task in tasks:
            continue
        if len(tasks) >= MOST_ROWS or count >= MOST_RECEIPTS:
            complete = False
            break
        tasks.add(row.task)
        held = cache.records(row)
        unreadable += held is None
        count += len(held or ())
        seen_since = waits.get(row.task[:2]) if waits else None
        for record in held or ():
            if seen_since and (seen := seen_since.get(record.id or "")):
                record = _renewed(record, seen, row)  # noqa: PLW2901
            if (known := first.setdefault(record.identity, record)) is not record:
                several.setdefault(record.identity, [known]).append(record)
    first.update((identity, _merged(found)) for identity, found in several.items())
    records = [
        _with_contradictions(each.as_of(now)) if each.late_at or each.differing else each for each in first.values()
    ]
    merged = _with_repairs(_without_superseded(records))
    return MergeResult(merged, unreadable, len(tasks), complete, now, now)


def _renewed(record: OrchestrationRecord, seen: Seen, row: Row) -> OrchestrationRecord:
    receipt = record.receipt
    changes = renewal(receipt, seen)
    if changes is None:
        return record
    return record_of(record.stored, row, values_of({**receipt, **changes}), read_at=seen.read_at, changes=changes)


def _merged(found: list[OrchestrationRecord]) -> OrchestrationRecord:
    found.sort(key=_rank, reverse=True)
    newest = found[0]
    # What the own Dag has left counts before what another one has.
    own_first = sorted(found, key=lambda each: each.task.dag_id != newest.task.dag_id)
    receipts = [(each.task, each.receipt) for each in own_first]
    origins: dict[TaskKey, dict[str, Any]] = {}
    for task, receipt in receipts:
        if isinstance(receipt.get("adopted"), bool):
            origins.setdefault(task, {name: receipt[name] for name in ORIGIN if name in receipt})
    changes = dict(newest.changes or {})
    if "adopted" not in receipts[0][1]:
        changes.update(next(iter(origins.values()), {}))
    key = next((receipt["key"] for _, receipt in receipts if receipt.get("key") is not None), None)
    if key is not None:
        changes["key"] = key
    return replace(
        newest,
        changes=changes,
        other_tasks=tuple(dict.fromkeys(each.task for each in found))[1:],
        origins=origins,
        differing=_differing(found),
        merged=tuple(found),
    )


def _with_contradictions(record: OrchestrationRecord) -> OrchestrationRecord:
    if not any(_is_contradiction(record, each) for each in record.differing):
        return record
    return replace(record, classification=differing_classification(record.classification))


def _rank(found: OrchestrationRecord) -> tuple[bool, datetime, datetime]:
    return _has_ended(found.classification.status), found.read_at, found.written_at


def _has_ended(status: object) -> bool:
    return isinstance(status, str) and meaning_of(status) is not Meaning.IN_PROGRESS


def _differing(found: Sequence[OrchestrationRecord]) -> tuple[DifferingReceipt, ...]:
    """Return the newest receipt of each other Dag than the newest one's, if it shows other values."""
    newest = found[0]
    of_dags: dict[str, OrchestrationRecord] = {newest.task.dag_id: newest}
    for each in found:
        of_dags.setdefault(each.task.dag_id, each)
    if len(of_dags) == 1:
        return ()
    shown = newest.receipt
    return tuple(
        DifferingReceipt(receipt, each.task, each.read_at, names)
        for each in of_dags.values()
        if each is not newest and (names := differences(shown, receipt := each.receipt))
    )


def _is_contradiction(newest: OrchestrationRecord, other: DifferingReceipt) -> bool:
    if other.names != ("status",):
        return True
    return _has_ended(newest.classification.status) and _has_ended(other.receipt.get("status"))


def _without_superseded(records: list[OrchestrationRecord]) -> list[OrchestrationRecord]:
    attempts = [record for record in records if not record.id]
    if not attempts:
        return records
    asked_for = {record.ref_id for record in attempts}
    kept: dict[int, OrchestrationRecord] = {}
    paid: dict[str | None, list[int]] = defaultdict(list)
    for index, record in enumerate(records):
        if record.id:
            kept[index] = record
            if (ref_id := record.ref_id) in asked_for:
                paid[ref_id].append(index)
    for attempt in attempts:
        same_ref_id = paid[attempt.ref_id]
        same = next((index for index in same_ref_id if _is_same_payment(attempt.receipt, kept[index].receipt)), None)
        if same is None:
            kept[len(records) + len(kept)] = _beside(attempt, [task for i in same_ref_id for task in kept[i].tasks])
            for index in same_ref_id:
                kept[index] = _beside(kept[index], attempt.tasks)
        else:
            kept[same] = _linked(kept[same], attempt.tasks)
    return list(kept.values())


def _linked(record: OrchestrationRecord, tasks: Iterable[TaskKey]) -> OrchestrationRecord:
    others = dict.fromkeys(task for task in (*record.other_tasks, *tasks) if task != record.task)
    return replace(record, other_tasks=tuple(others))


def _beside(record: OrchestrationRecord, tasks: Iterable[TaskKey]) -> OrchestrationRecord:
    return replace(record, beside=tuple(dict.fromkeys((*record.beside, *tasks))))


def _with_repairs(records: list[OrchestrationRecord]) -> list[OrchestrationRecord]:
    """Return the records, with each that pays an unsuccessful one again referring to it, and it to that."""
    again: dict[str, int] = {}
    for index, record in enumerate(records):
        if record.pays_again is not None:
            again.setdefault(record.pays_again, index)
    if not again:
        return records
    linked = list(records)
    for index, record in enumerate(records):
        by = again.get(record.ref_id or "")
        if by is None or meaning_of(record.classification.status) is not Meaning.UNSUCCESSFUL:
            continue
        linked[by] = replace(linked[by], replaces=_reference(record))
        linked[index] = replace(linked[index], replaced_by=_reference(records[by]))
        if _is_repaired(by, records, again):
            linked[index] = replace(linked[index], classification=repaired_classification(record.classification))
    return linked


def _is_repaired(by: int, records: list[OrchestrationRecord], again: Mapping[str, int]) -> bool:
    """Return True if a payment is settled, or the one that pays it again, and so on."""
    seen: set[int] = set()
    following: int | None = by
    while following is not None and following not in seen:
        seen.add(following)
        if records[following].classification.group == "settled":
            return True
        following = again.get(records[following].ref_id or "")
    return False


def _reference(record: OrchestrationRecord) -> Reference:
    return Reference(record.id, record.ref_id, record.classification.label)


def _is_same_payment(attempt: dict[str, Any], existing: dict[str, Any]) -> bool:
    try:
        request = OrchestrationRequest.model_validate({name: attempt.get(name) for name in _ASKED_FOR})
        return compare(request, Orchestration.model_validate(existing)).same
    except ValidationError:
        return False
