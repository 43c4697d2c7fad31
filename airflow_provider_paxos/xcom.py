"""Many records in one XCom, small: a list as it is while it is short, beyond that a table, compressed.

The compressed form is ``{"records": 10000, "columns": ["key", …], "packed": "…"}``: ``packed`` is base64 of zlib of
the rows as a JSON array of arrays, a null where a record has no such value. ``unpacked`` reads both forms.
"""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

LONGEST_LIST = 500
"""Records that are stored as they are."""

_LARGEST = 128 * 1024 * 1024
"""Bytes of rows that are unpacked at most: what reads an XCom must not be made to fill its memory."""


class NotCompact(ValueError):
    """The value is not what ``packed`` makes."""


def packed(records: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]] | dict[str, Any]:
    """Return JSON values that hold all the records."""
    if len(records) <= LONGEST_LIST:
        return [dict(record) for record in records]
    columns = list(dict.fromkeys(name for record in records for name in record))
    rows = [[record.get(name) for name in columns] for record in records]
    content = zlib.compress(json.dumps(rows, separators=(",", ":")).encode())
    return {"records": len(rows), "columns": columns, "packed": base64.b64encode(content).decode()}


def unpacked(value: Any) -> list[dict[str, Any]]:
    """Return the records; those of the compressed form without the values that are null.

    :raises NotCompact: if the value is of neither form.
    """
    if isinstance(value, list) and all(isinstance(record, dict) for record in value):
        return value
    if isinstance(value, dict) and isinstance(value.get("columns"), list) and isinstance(value.get("packed"), str):
        columns = value["columns"]
        return [
            {name: cell for name, cell in zip(columns, row, strict=True) if cell is not None}
            for row in _rows(value["packed"], len(columns))
        ]
    raise NotCompact("the value is neither a list of records nor their compressed form")


def _rows(content: str, width: int) -> list[list[Any]]:
    stream = zlib.decompressobj()
    try:
        rows = json.loads(stream.decompress(base64.b64decode(content, validate=True), _LARGEST))
    except (ValueError, zlib.error, RecursionError):
        rows = None
    if stream.eof and isinstance(rows, list) and all(isinstance(row, list) and len(row) == width for row in rows):
        return rows
    raise NotCompact("the compressed records are not readable")
