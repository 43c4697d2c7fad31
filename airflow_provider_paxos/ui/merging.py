"""From XComs to orchestrations: one entry for each, however many tasks hold a receipt of it.

The newest receipt of an id wins: the one that was read last, and of two read at once, the one written last. The other
tasks stay with it as links.

An attempt that ended with an error knows of no id. It says nothing any more once a receipt with an id shows the very
payment that it asked for: a later task has found it, or an earlier one had paid it. It stays beside a receipt of the
same ref_id that shows another payment, or too little to tell: what it asked for was not paid.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from pydantic import ValidationError

from airflow_provider_paxos.api.models import Orchestration, OrchestrationRequest
from airflow_provider_paxos.api.same_payment import differences
from airflow_provider_paxos.ui.places import Place
from airflow_provider_paxos.ui.query import MOST_ROWS, Row
from airflow_provider_paxos.ui.reading import Reader
from airflow_provider_paxos.ui.standing import Standing, standing
from airflow_provider_paxos.ui.values import moment, text

MOST_RECEIPTS = 100_000
"""Receipts that are merged for one answer."""

_OF_ANY_TASK = ("key", "adopted")
_ASKED_FOR = ("ref_id", "source_amount", "source_asset", "destination_asset", "source", "destination")


@dataclass(frozen=True, slots=True)
class Entry:
    """One orchestration, or one attempt that knows of none."""

    receipt: dict[str, Any]
    place: Place
    others: tuple[Place, ...]
    read: datetime
    standing: Standing

    @property
    def places(self) -> tuple[Place, ...]:
        """All tasks that hold a receipt of it."""
        return (self.place, *self.others)


@dataclass(frozen=True, slots=True)
class Book:
    """All entries, and what keeps them from being the whole truth."""

    entries: list[Entry]
    unreadable: int
    looked_at: int
    complete: bool
    as_of: datetime


class _Reading(NamedTuple):
    read: datetime
    written: datetime
    place: Place
    receipt: dict[str, Any]


def merged(rows: Iterable[Row], now: datetime, reader: Reader) -> Book:
    """Return the entries of XComs, which come newest first.

    :param now: the time that ages are counted to.
    :param reader: reads the values.
    """
    readings: dict[Hashable, list[_Reading]] = defaultdict(list)
    seen: set[Place] = set()
    unreadable = receipts = 0
    complete = True
    for row in rows:
        if row.place in seen:
            continue
        if len(seen) >= MOST_ROWS or receipts >= MOST_RECEIPTS:
            complete = False
            break
        seen.add(row.place)
        found = reader.receipts(row.value)
        unreadable += found is None
        for receipt in found or ():
            receipts += 1
            read = moment(receipt.get("read_at")) or row.written
            readings[_identity(receipt)].append(_Reading(read, row.written, row.place, receipt))
    entries = [_entry(group, now) for group in readings.values()]
    return Book(_without_superseded(entries), unreadable, len(seen), complete, now)


def _identity(receipt: dict[str, Any]) -> Hashable:
    if orchestration_id := text(receipt.get("id")):
        return orchestration_id
    asked = ("ref_id", "source_amount", "source_asset", "destination_asset")
    return tuple(str(receipt.get(name)) for name in asked)


def _entry(readings: list[_Reading], now: datetime) -> Entry:
    readings.sort(key=lambda each: each[:2], reverse=True)
    newest = readings[0]
    receipt = newest.receipt
    for name in _OF_ANY_TASK if len(readings) > 1 else ():
        told = (each.receipt[name] for each in readings if each.receipt.get(name) is not None)
        if (value := next(told, None)) is not None:
            receipt = {**receipt, name: value}
    places = dict.fromkeys(each.place for each in readings)
    return Entry(receipt, newest.place, tuple(places)[1:], newest.read, standing(receipt, now))


def _without_superseded(entries: list[Entry]) -> list[Entry]:
    attempts = [entry for entry in entries if not text(entry.receipt.get("id"))]
    if not attempts:
        return entries
    asked_for = {text(entry.receipt.get("ref_id")) for entry in attempts}
    kept: dict[int, Entry] = {}
    paid: dict[str | None, list[int]] = defaultdict(list)
    for index, entry in enumerate(entries):
        if text(entry.receipt.get("id")):
            kept[index] = entry
            if (ref_id := text(entry.receipt.get("ref_id"))) in asked_for:
                paid[ref_id].append(index)
    for attempt in attempts:
        known = paid[text(attempt.receipt.get("ref_id"))]
        same = next((index for index in known if _is_same_payment(attempt.receipt, kept[index].receipt)), None)
        if same is None:
            kept[len(entries) + len(kept)] = _linked(attempt, [place for i in known for place in kept[i].places])
        else:
            kept[same] = _linked(kept[same], attempt.places)
    return list(kept.values())


def _linked(entry: Entry, places: Iterable[Place]) -> Entry:
    others = tuple(dict.fromkeys(place for place in (*entry.others, *places) if place != entry.place))
    return Entry(entry.receipt, entry.place, others, entry.read, entry.standing)


def _is_same_payment(attempt: dict[str, Any], existing: dict[str, Any]) -> bool:
    try:
        request = OrchestrationRequest.model_validate({name: attempt.get(name) for name in _ASKED_FOR})
        return not differences(request, Orchestration.model_validate(existing))
    except ValidationError:
        return False
