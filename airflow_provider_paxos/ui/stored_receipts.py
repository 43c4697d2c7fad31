"""From the JSON of an XCom to its receipts, which stay JSON: a list needs a few values of each, and all of a page's.

So 100,000 receipts fit into memory, and the collector of garbage has little to walk over. ``msgspec``, which Airflow
itself requires, decodes; what it refuses and ``json`` takes, such as lone surrogates, ``json`` decodes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from operator import itemgetter
from typing import Any, NamedTuple

from msgspec import Raw, Struct
from msgspec.json import Decoder

from airflow_provider_paxos import xcom


class ReceiptValues(Struct, frozen=True, gc=False):
    """The values of a receipt that its record is made of: of any kind, and None if absent."""

    id: object = None
    ref_id: object = None
    status: object = None
    acceptance: object = None
    error: object = None
    read_at: object = None
    created_at: object = None
    updated_at: object = None
    source_amount: object = None
    source_asset: object = None
    destination_asset: object = None
    source: object = None
    destination: object = None
    metadata: object = None


_decode = Decoder().decode
_decode_elements = Decoder(list[Raw]).decode
_decode_values = Decoder(ReceiptValues).decode
_NAMES = ReceiptValues.__struct_fields__


def values_of(receipt: Mapping[str, Any]) -> ReceiptValues:
    """Return the values of a receipt that its record is made of."""
    return ReceiptValues(*map(receipt.get, _NAMES))


class Columns:
    """The columns of a table of receipts.

    :param names: the names of a row's cells.
    """

    def __init__(self, names: Sequence[str]) -> None:
        self._names = tuple(names)
        # The last place is that of the None that stands for a column that is not there.
        self._places = itemgetter(*(names.index(name) if name in names else -1 for name in _NAMES))

    def receipt(self, row: list[Any]) -> dict[str, Any]:
        """Return a row as a receipt, without the values that it leaves out."""
        receipt = dict(zip(self._names, row, strict=True))
        return {name: cell for name, cell in receipt.items() if cell is not None} if None in row else receipt

    def values(self, row: list[Any]) -> ReceiptValues:
        """Return the values of a row that its record is made of."""
        if len(row) != len(self._names):
            raise ValueError("not a value for each column")
        return ReceiptValues(*self._places([*row, None]))


class StoredReceipt(Struct, frozen=True, gc=False):
    """A value of an XCom that may be a receipt, as it is stored.

    :param content: JSON of an object, or of a row of a table.
    :param columns: of that table.
    """

    content: str | Raw
    columns: Columns | None = None

    def decoded(self) -> dict[str, Any]:
        """Return its values, without those that its row leaves out.

        :raises ValueError: if it is no object, or no row of the table.
        """
        value = _decoded(self.content)
        if self.columns is not None and isinstance(value, list):
            return self.columns.receipt(value)
        if self.columns is not None or not isinstance(value, dict):
            raise ValueError("not the form of a receipt")
        return value

    def values(self) -> ReceiptValues:
        """Return those values that its record is made of; the others are not even built.

        :raises ValueError: like ``decoded``.
        """
        if self.columns is None:
            try:
                return _decode_values(self.content)
            except ValueError:
                return values_of(self.decoded())
        row = _decoded(self.content)
        if not isinstance(row, list):
            raise ValueError("not a row of the table")
        return self.columns.values(row)


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
    first_sign = _first_sign(content)
    if first_sign == '"':
        content = str(_decoded(content))
        first_sign = _first_sign(content)
    if not xcom.may_be_decoded(content):
        raise ValueError("more values than are decoded")
    if first_sign == "[":
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
    columns = Columns(table.columns)
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
