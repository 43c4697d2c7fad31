"""Store many records in one XCom: a short list as it is, a longer one as a compressed table.

The compressed form is ``{"records": 10000, "columns": ["key", …], "packed": "…"}``: ``packed`` is base64 of zlib of
the rows as a JSON array of arrays, a null where a record has no such value. ``unpacked`` reads both forms.

Whoever may write an XCom may write one that is small, and huge once it is unpacked. So everything that a value claims
is checked against bounds before anything is built from it.
"""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, islice
from typing import Any, NamedTuple, TypeGuard

LONGEST_LIST = 500
"""Up to this many records are stored as they are."""

MOST_RECORDS = 100_000
"""At most this many records are read from one XCom, in either form."""

_MOST_COLUMNS = 500
_LARGEST = 128 * 1024 * 1024
"""At most this many bytes of rows are unpacked: no XCom may fill the memory of its reader."""

_LARGEST_RECORD = 256 * 1024
_USUAL_RECORD = 4 * 1024
_MOST_VALUES = 5_000_000
"""At most this many values are decoded; 100,000 receipts hold some 3,500,000."""


_DECODER = json.JSONDecoder()


class NotCompact(ValueError):
    """The value was not made by ``packed``."""


def packed(records: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]] | dict[str, Any]:
    """Return the records in the form that an XCom stores.

    :param records: mappings of JSON values. Beyond the first 500, only one of them is held at a time.
    :returns: up to 500 records a list, beyond that the compressed form.
    """
    remaining = iter(records)
    first = [dict(record) for record in islice(remaining, LONGEST_LIST + 1)]
    return first if len(first) <= LONGEST_LIST else _compressed(chain(first, remaining))


def _compressed(records: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    columns: dict[str, None] = {}
    rows: list[tuple[str, int]] = []
    for record in records:
        columns |= dict.fromkeys(record)
        cells = json.dumps([record.get(name) for name in columns], separators=(",", ":"))
        rows.append((cells[1:-1], len(columns)))
    stream = zlib.compressobj()
    content = bytearray()
    for number, (cells, width) in enumerate(rows):
        # Names that only later records have are further columns.
        row = ",".join([*([cells] if width else []), *["null"] * (len(columns) - width)])
        content += stream.compress(f"{',' if number else '['}[{row}]".encode())
    content += stream.compress(b"]") + stream.flush()
    return {"records": len(rows), "columns": list(columns), "packed": base64.b64encode(content).decode()}


def unpacked(value: Any) -> list[dict[str, Any]]:
    """Return the records that an XCom holds. The compressed form comes back without values that are null.

    :param value: of the XCom, in either form of ``packed``.
    :raises NotCompact: if the value has neither form, or exceeds a bound.
    """
    if isinstance(value, list) and len(value) <= MOST_RECORDS and all(isinstance(record, dict) for record in value):
        return value
    table = table_of(value)
    return [
        {name: cell for name, cell in zip(table.columns, row, strict=True) if cell is not None} for row in _rows(table)
    ]


class Table(NamedTuple):
    """The compressed form, decompressed.

    :param columns: names of a row's values.
    :param records: how many rows there have to be.
    :param rows: JSON array of arrays, which may hold anything else as well.
    """

    columns: list[str]
    records: int
    rows: str


def table_of(value: Any) -> Table:
    """Return the table that an XCom holds in the compressed form, with none of its rows decoded.

    :param value: of the XCom.
    :raises NotCompact: if the value has another form, or exceeds a bound.
    """
    if isinstance(value, dict) and isinstance(content := value.get("packed"), str):
        columns, count = value.get("columns"), value.get("records")
        if _are_columns(columns) and type(count) is int and 0 <= count <= MOST_RECORDS:
            return Table(columns, count, _decompressed(content, count))
    raise NotCompact("the value is neither a list of records nor their compressed form")


def may_be_decoded(content: str | bytes) -> bool:
    """Return whether a JSON text holds few enough values to be decoded."""
    commas = content.count(b",") if isinstance(content, bytes) else content.count(",")
    return commas <= _MOST_VALUES


def _are_columns(columns: object) -> TypeGuard[list[str]]:
    return (
        isinstance(columns, list)
        and len(columns) <= _MOST_COLUMNS
        and all(isinstance(name, str) for name in columns)
        and len(set(columns)) == len(columns)
    )


def _decompressed(content: str, count: int) -> str:
    stream = zlib.decompressobj()
    largest = min(_LARGEST, (count + 1) * _LARGEST_RECORD)
    try:
        plain = stream.decompress(base64.b64decode(content, validate=True), largest)
        if not stream.eof or not may_be_decoded(plain):
            raise NotCompact("the compressed records exceed what is stated, or a bound")
        return plain.decode()
    except (ValueError, zlib.error) as fault:
        raise NotCompact(f"the compressed records are not readable: {fault}") from fault


def _rows(table: Table) -> Iterator[list[Any]]:
    text, at = table.rows, 0
    try:
        for number in range(table.records):
            if text[at : at + 1] != ("," if number else "["):
                raise NotCompact("the compressed records are fewer than stated")
            row, length = _row(text, at + 1)
            at += 1 + length
            if not isinstance(row, list) or len(row) != len(table.columns):
                raise NotCompact("a compressed record has not a value for each column")
            yield row
    except (ValueError, RecursionError) as fault:
        raise NotCompact(f"the compressed records are not readable: {fault}") from fault
    if text[at:] != ("]" if table.records else "[]"):
        raise NotCompact("the compressed records are more than stated")


def _row(text: str, at: int) -> tuple[Any, int]:
    """Decode one row, and no further: what follows may be of any size. Return it, and its length."""
    try:
        return _DECODER.raw_decode(text[at : at + _USUAL_RECORD])
    except ValueError:
        return _DECODER.raw_decode(text[at : at + _LARGEST_RECORD])
