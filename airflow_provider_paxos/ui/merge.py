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
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from pydantic import ValidationError

from airflow_provider_paxos.api.models import Orchestration, OrchestrationRequest
from airflow_provider_paxos.api.repair_chain import REPLACES
from airflow_provider_paxos.api.same_payment import compare
from airflow_provider_paxos.api.statuses import Meaning, meaning_of
from airflow_provider_paxos.ui.classification import (
    Classification,
    classify,
    differing_classification,
    repaired_classification,
)
from airflow_provider_paxos.ui.progress import progress_in, renewed
from airflow_provider_paxos.ui.query import MOST_ROWS, Row
from airflow_provider_paxos.ui.receipt_cache import ReceiptCache
from airflow_provider_paxos.ui.receipt_values import differences, parse_amount, parse_time, text
from airflow_provider_paxos.ui.urls import TaskKey

MOST_RECEIPTS = 100_000
"""Receipts that are merged for one answer."""

_ORIGIN = ("adopted", "creator", "approval")
_ASKED_FOR = ("ref_id", "source_amount", "source_asset", "destination_asset", "source", "destination")


@dataclass(frozen=True, slots=True)
class DifferingReceipt:
    """The newest receipt of another Dag, which shows other values of the same orchestration.

    :param names: of the values that differ.
    """

    receipt: dict[str, Any]
    task: TaskKey
    read_at: datetime
    names: tuple[str, ...]


class FoundReceipt(NamedTuple):
    """A receipt that one task holds."""

    read_at: datetime
    written_at: datetime
    task: TaskKey
    receipt: dict[str, Any]


class Reference(NamedTuple):
    """Another payment, as a record refers to it."""

    id: str | None
    ref_id: str | None
    label: str


@dataclass(frozen=True, slots=True)
class OrchestrationRecord:
    """One orchestration, or one attempt that found none.

    :param receipt: the newest one.
    :param task: holds that receipt.
    :param other_tasks: hold other receipts of the same orchestration.
    :param read_at: when the values of the receipt were read from Paxos.
    :param created_at: when it was created or, without such a time in its receipt, last read.
    :param origins: of each task that submitted it: whether it adopted the orchestration, and whose.
    :param differing: the newest receipts of other Dags that show other values.
    :param found: all receipts of it, the newest first.
    :param beside: tasks that hold a receipt of another payment under the same ref_id.
    :param replaces: the unsuccessful one that this one pays again.
    :param replaced_by: the one that pays this one again.
    :param amount: of the source asset; None if it is not readable.
    """

    receipt: dict[str, Any]
    task: TaskKey
    other_tasks: tuple[TaskKey, ...]
    read_at: datetime
    created_at: datetime
    classification: Classification
    origins: Mapping[TaskKey, dict[str, Any]] = field(default_factory=dict)
    differing: tuple[DifferingReceipt, ...] = ()
    found: tuple[FoundReceipt, ...] = ()
    beside: tuple[TaskKey, ...] = ()
    replaces: Reference | None = None
    replaced_by: Reference | None = None
    amount: Decimal | None = None

    @property
    def tasks(self) -> tuple[TaskKey, ...]:
        """All tasks that hold a receipt of it."""
        return (self.task, *self.other_tasks)

    def of(self, is_own: Callable[[TaskKey], bool]) -> OrchestrationRecord:
        """Return the record with the origin that it has for some of its tasks: one creates what a later one adopts.

        :param is_own: selects those tasks. If none of them submitted the orchestration, the newest origin stays.
        """
        origin = next((each for task, each in self.origins.items() if is_own(task)), None)
        if origin is None:
            return self
        rest = {name: value for name, value in self.receipt.items() if name not in _ORIGIN}
        return replace(self, receipt={**rest, **origin})


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
    found: dict[Hashable, list[FoundReceipt]] = defaultdict(list)
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
        receipts = cache.receipts(row.value)
        unreadable += receipts is None
        seen_since = waits.get((row.task.dag_id, row.task.run_id), {})
        for receipt in receipts or ():
            count += 1
            seen = seen_since.get(text(receipt.get("id")) or "") if seen_since else None
            if seen and (newer := renewed(receipt, seen)) is not receipt:
                found[_identity(newer)].append(FoundReceipt(seen.read_at, row.written_at, row.task, newer))
                continue
            # A clock that runs ahead, or a forged time, would keep a receipt the newest for ever.
            read_at = min(parse_time(receipt.get("read_at")) or row.written_at, row.written_at)
            found[_identity(receipt)].append(FoundReceipt(read_at, row.written_at, row.task, receipt))
    records = [_record(same, now) for same in found.values()]
    return MergeResult(_with_repairs(_without_superseded(records)), unreadable, len(tasks), complete, now, now)


def _identity(receipt: dict[str, Any]) -> Hashable:
    if orchestration_id := text(receipt.get("id")):
        return orchestration_id
    asked = ("ref_id", "source_amount", "source_asset", "destination_asset")
    return tuple(str(receipt.get(name)) for name in asked)


def _record(found: list[FoundReceipt], now: datetime) -> OrchestrationRecord:
    if len(found) > 1:
        found.sort(key=_rank, reverse=True)
    newest = found[0]
    receipt = newest.receipt
    origins: dict[TaskKey, dict[str, Any]] = {}
    if len(found) > 1:
        # What the own Dag has left counts before what another one has.
        own_first = sorted(found, key=lambda each: each.task.dag_id != newest.task.dag_id)
        for each in own_first:
            if isinstance(each.receipt.get("adopted"), bool):
                origin = {name: each.receipt[name] for name in _ORIGIN if name in each.receipt}
                origins.setdefault(each.task, origin)
        if "adopted" not in receipt and origins:
            receipt = {**receipt, **next(iter(origins.values()))}
        key = next((each.receipt["key"] for each in own_first if each.receipt.get("key") is not None), None)
        if key is not None:
            receipt = {**receipt, "key": key}
    others = tuple(dict.fromkeys(each.task for each in found))[1:] if len(found) > 1 else ()
    differing = _differing(found) if len(found) > 1 else []
    classification = classify(receipt, now, newest.read_at)
    if any(_is_contradiction(newest.receipt, each) for each in differing):
        classification = differing_classification(classification)
    return OrchestrationRecord(
        receipt,
        newest.task,
        others,
        newest.read_at,
        min(parse_time(receipt.get("created_at")) or newest.read_at, newest.read_at),
        classification,
        origins,
        tuple(differing),
        tuple(found),
        amount=parse_amount(receipt.get("source_amount")),
    )


def _rank(found: FoundReceipt) -> tuple[bool, datetime, datetime]:
    return _is_terminal(found.receipt), found.read_at, found.written_at


def _is_terminal(receipt: Mapping[str, Any]) -> bool:
    return meaning_of(text(receipt.get("status"), longest=100)) is not Meaning.IN_PROGRESS


def _differing(found: Sequence[FoundReceipt]) -> list[DifferingReceipt]:
    """Return the newest receipt of each other Dag than the newest one's, if it shows other values."""
    newest = found[0]
    of_dags: dict[str, FoundReceipt] = {newest.task.dag_id: newest}
    for each in found:
        of_dags.setdefault(each.task.dag_id, each)
    return [
        DifferingReceipt(each.receipt, each.task, each.read_at, names)
        for each in of_dags.values()
        if each is not newest and (names := differences(newest.receipt, each.receipt))
    ]


def _is_contradiction(newest: Mapping[str, Any], other: DifferingReceipt) -> bool:
    return other.names != ("status",) or (_is_terminal(newest) and _is_terminal(other.receipt))


def _without_superseded(records: list[OrchestrationRecord]) -> list[OrchestrationRecord]:
    attempts = [record for record in records if not text(record.receipt.get("id"))]
    if not attempts:
        return records
    asked_for = {text(record.receipt.get("ref_id")) for record in attempts}
    kept: dict[int, OrchestrationRecord] = {}
    paid: dict[str | None, list[int]] = defaultdict(list)
    for index, record in enumerate(records):
        if text(record.receipt.get("id")):
            kept[index] = record
            if (ref_id := text(record.receipt.get("ref_id"))) in asked_for:
                paid[ref_id].append(index)
    for attempt in attempts:
        same_ref_id = paid[text(attempt.receipt.get("ref_id"))]
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
        metadata = record.receipt.get("metadata")
        replaced = metadata.get(REPLACES) if isinstance(metadata, dict) else None
        if isinstance(replaced, str) and text(record.receipt.get("id")) and replaced != record.receipt.get("ref_id"):
            again.setdefault(replaced, index)
    if not again:
        return records
    linked = list(records)
    for index, record in enumerate(records):
        by = again.get(text(record.receipt.get("ref_id")) or "")
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
        following = again.get(text(records[following].receipt.get("ref_id")) or "")
    return False


def _reference(record: OrchestrationRecord) -> Reference:
    receipt = record.receipt
    return Reference(text(receipt.get("id")), text(receipt.get("ref_id")), record.classification.label)


def _is_same_payment(attempt: dict[str, Any], existing: dict[str, Any]) -> bool:
    try:
        request = OrchestrationRequest.model_validate({name: attempt.get(name) for name in _ASKED_FOR})
        return compare(request, Orchestration.model_validate(existing)).same
    except ValidationError:
        return False
