"""The list of orchestrations as CSV."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, tzinfo
from functools import lru_cache
from itertools import islice
from typing import Any, NamedTuple

from airflow_provider_paxos.api.description import describe_end
from airflow_provider_paxos.ui import receipt_values as values
from airflow_provider_paxos.ui.filters import memos
from airflow_provider_paxos.ui.names import Names
from airflow_provider_paxos.ui.record import OrchestrationRecord

COLUMNS = (
    "group",
    "status",
    "label",
    "reason",
    "id",
    "ref_id",
    "key",
    "amount",
    "source_asset",
    "destination_asset",
    "source",
    "destination",
    "source_name",
    "destination_name",
    "memo",
    "created_at",
    "settled_at",
    "updated_at",
    "read_at",
    "adopted",
    "creator",
    "acceptance",
    "dropped",
    "replaced_by",
    "source_transfer_id",
    "source_transfer_status",
    "destination_transfer_id",
    "destination_transfer_status",
    "metadata",
    "dag_id",
    "run_id",
    "task_id",
    "map_index",
)
_BYTE_ORDER_MARK = "\N{ZERO WIDTH NO-BREAK SPACE}"
"""Spreadsheets take a file for UTF-8 by it."""

_FORMULA = frozenset("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")
"""Signs that begin a formula, and those of full width, which some spreadsheets take for them."""

_QUOTED = re.compile('[,"\r\n]')
_AT_ONCE = 1000
_MOST_ENDS = 10_000
_encoded = json.JSONEncoder(ensure_ascii=False).encode


def as_csv(records: Iterable[OrchestrationRecord], zone: tzinfo, names: Names) -> Iterator[str]:
    """Yield the lines of a table of records, a thousand at once.

    A cell that a spreadsheet would take for a formula begins with an apostrophe.

    :param zone: that times are written in, as ISO 8601.
    :param names: of profiles and accounts.
    """
    if str(zone) == "UTC":
        # Times are parsed into it.
        zone = UTC
    in_words = _Ends(names)
    remaining = iter(records)
    yield _BYTE_ORDER_MARK + _line(COLUMNS)
    while some := list(islice(remaining, _AT_ONCE)):
        yield "".join([_line(_row(record, zone, in_words)) for record in some])


def _line(cells: Iterable[str | None]) -> str:
    return ",".join(map(_cell, cells)) + "\r\n"


# Beside it ``csv.writer`` takes three times as long: it looks at each sign, also of what thousands of lines repeat.
@lru_cache(maxsize=1000)
def _cell(value: str | None) -> str:
    """Return a cell as RFC 4180 writes it."""
    if not value:
        return ""
    if value[0] in _FORMULA:
        value = f"'{value}"
    if _QUOTED.search(value):
        return '"' + value.replace('"', '""') + '"'
    return value


class _End(NamedTuple):
    """A source or destination in words."""

    words: str | None
    name: str | None
    memo: str


class _Ends:
    """Puts sources and destinations into words, of which many payments have the same."""

    def __init__(self, names: Names) -> None:
        self._names = names
        self._known: dict[Any, _End] = {}

    def __call__(self, end: Any) -> _End:
        """Return an end in words."""
        try:
            ((rail, details),) = end.items()
            key = rail, *details.items()
            if (known := self._known.get(key)) is not None:
                return known
        except (AttributeError, TypeError, ValueError):
            # Not of the API's shape, or nested: rare.
            return self._made(end)
        if len(self._known) >= _MOST_ENDS:
            self._known.clear()
        self._known[key] = made = self._made(end)
        return made

    def _made(self, end: Any) -> _End:
        return _End(describe_end(end), self._names.of_end(end), "; ".join(memos(end)))


def _row(record: OrchestrationRecord, zone: tzinfo, in_words: _Ends) -> tuple[str | None, ...]:
    receipt = record.receipt
    status, group, _, label = record.classification
    source, destination = in_words(receipt.get("source")), in_words(receipt.get("destination"))
    amount = receipt.get("source_amount")
    metadata = receipt.get("metadata")
    return (
        group,
        status,
        label,
        values.failure_reason(receipt),
        record.id,
        record.ref_id,
        values.text(receipt.get("key")),
        values.amount_text(amount) if record.amount is None else str(amount),
        *record.assets,
        source.words,
        destination.words,
        source.name,
        destination.name,
        "; ".join(filter(None, (source.memo, destination.memo))),
        _time(values.parse_time(receipt.get("created_at")), zone),
        _time(record.ended_at if group == "settled" else None, zone),
        _time(values.parse_time(receipt.get("updated_at")), zone),
        _time(record.read_at, zone),
        _yes_or_no(receipt.get("adopted")),
        values.text(receipt.get("creator"), longest=300),
        values.text(receipt.get("acceptance"), longest=100),
        "yes" if receipt.get("dropped") is True else "no",
        record.replaced_by and (record.replaced_by.ref_id or record.replaced_by.id),
        *_transfer(receipt.get("source_transfer")),
        *_transfer(receipt.get("destination_transfer")),
        values.text(_encoded(metadata), longest=5000) if isinstance(metadata, dict) else None,
        record.task.dag_id,
        record.task.run_id,
        record.task.task_id,
        str(record.task.map_index) if record.task.map_index >= 0 else None,
    )


def _transfer(transfer: Any) -> tuple[str | None, str | None]:
    if not isinstance(transfer, Mapping):
        return None, None
    return values.text(transfer.get("transfer_id")), values.text(transfer.get("status"))


def _yes_or_no(value: object) -> str | None:
    if not isinstance(value, bool):
        return None
    return "yes" if value else "no"


@lru_cache(maxsize=1000)
def _time(time: datetime | None, zone: tzinfo) -> str | None:
    if time is None:
        return None
    return (time if zone is UTC else time.astimezone(zone)).isoformat(timespec="seconds")
