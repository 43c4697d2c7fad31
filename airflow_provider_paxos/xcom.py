"""Store many records in one XCom: a short list as it is, a longer one as a compressed table.

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
"""Up to this many records are stored as they are."""

_LARGEST = 128 * 1024 * 1024
"""At most this many bytes of rows are unpacked: no XCom may fill the memory of its reader."""


class NotCompact(ValueError):
    """The value was not made by ``packed``."""


def packed(records: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]] | dict[str, Any]:
    """Return the records in the form that an XCom stores.

    :param records: mappings of JSON values.
    :returns: up to 500 records a list, beyond that the compressed form.
    """
    if len(records) <= LONGEST_LIST:
        return [dict(record) for record in records]
    columns = list(dict.fromkeys(name for record in records for name in record))
    rows = [[record.get(name) for name in columns] for record in records]
    content = zlib.compress(json.dumps(rows, separators=(",", ":")).encode())
    return {"records": len(rows), "columns": columns, "packed": base64.b64encode(content).decode()}


def unpacked(value: Any) -> list[dict[str, Any]]:
    """Return the records that an XCom holds. The compressed form comes back without values that are null.

    :param value: of the XCom, in either form of ``packed``.
    :raises NotCompact: if the value has neither form.
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
