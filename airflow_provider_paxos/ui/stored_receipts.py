"""From the JSON of an XCom to its receipts, which stay JSON: a list needs a few values of each, and all of a page's.

So 100,000 receipts fit into memory, and the collector of garbage has little to walk over. ``msgspec``, which Airflow
itself requires, decodes; what it refuses and ``json`` takes, such as lone surrogates, ``json`` decodes.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

from msgspec import Raw
from msgspec.json import Decoder

from airflow_provider_paxos import xcom

_decode = Decoder().decode
_decode_elements = Decoder(list[Raw]).decode


class StoredReceipt(NamedTuple):
    """A value of an XCom that may be a receipt, as it is stored.

    :param content: JSON of an object, or of a row of a table.
    :param columns: of that table.
    """

    content: str | Raw
    columns: tuple[str, ...] | None = None

    def decoded(self) -> dict[str, Any]:
        """Return its values, without those that its row leaves out.

        :raises ValueError: if it is no object, or no row of the table.
        """
        value = _decoded(self.content)
        if self.columns is not None and isinstance(value, list):
            receipt = dict(zip(self.columns, value, strict=True))
            return {name: cell for name, cell in receipt.items() if cell is not None} if None in value else receipt
        if self.columns is not None or not isinstance(value, dict):
            raise ValueError("not the form of a receipt")
        return value


class StoredReceipts(NamedTuple):
    """Everything in an XCom that may be a receipt.

    :param size: characters of JSON that these keep in memory.
    """

    listed: list[StoredReceipt]
    size: int


def stored_receipts(content: str) -> StoredReceipts:
    """Return what may be the receipts of an XCom.

    :param content: the XCom's value as JSON. Some writers leave a JSON string that holds the JSON of the value.
    :raises ValueError: if the value has no form of receipts, or exceeds a bound.
    """
    if _first_sign(content) == '"':
        content = str(_decoded(content))
    if not xcom.may_be_decoded(content):
        raise ValueError("more values than are decoded")
    if _first_sign(content) == "[":
        elements = _elements(content)
        if len(elements) > xcom.MOST_RECORDS:
            raise ValueError("more records than are read")
        return StoredReceipts([StoredReceipt(element) for element in elements], len(content))
    value = _decoded(content) if '"packed"' in content else {}
    if "packed" not in value:
        return StoredReceipts([StoredReceipt(content)], len(content))
    table = xcom.table_of(value)
    rows = _elements(table.rows)
    if len(rows) != table.records:
        raise ValueError("more or fewer rows than stated")
    columns = tuple(table.columns)
    return StoredReceipts([StoredReceipt(row, columns) for row in rows], len(table.rows))


def _first_sign(content: str) -> str:
    return content[:100].lstrip()[:1]


def _elements(content: str) -> Sequence[str | Raw]:
    try:
        return _decode_elements(content)
    except ValueError:
        return [json.dumps(each) for each in json.loads(content)]


def _decoded(content: str | Raw) -> Any:
    try:
        return _decode(content)
    except ValueError:
        return json.loads(content if isinstance(content, str) else bytes(content))
