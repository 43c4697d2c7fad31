"""Cache of the records that XComs hold: a page that is opened again reads only what has changed."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock

from airflow_provider_paxos.receipts import is_receipt
from airflow_provider_paxos.ui.query import Row
from airflow_provider_paxos.ui.record import OrchestrationRecord, record_of
from airflow_provider_paxos.ui.stored_receipts import stored_receipts

_LONGEST = 32 * 1024 * 1024
_BESIDE_JSON = 700
"""Bytes that a record takes beside the JSON of its receipt, about."""


class ReceiptCache:
    """Reads XComs, and keeps the records of those that were used last. Several threads may use one cache.

    :param most: bytes to keep, about; 100,000 receipts take some 130 MiB.
    """

    def __init__(self, most: int = 192 * 1024 * 1024) -> None:
        self._most = most
        self._held = 0
        self._by_row: OrderedDict[Row, tuple[tuple[OrchestrationRecord, ...], int]] = OrderedDict()
        self._lock = Lock()

    def records(self, row: Row) -> tuple[OrchestrationRecord, ...] | None:
        """Return a record for each receipt of an XCom; None if it holds something else."""
        if row.value is None or len(row.value) > _LONGEST:
            return None
        with self._lock:
            if (kept := self._by_row.get(row)) is not None:
                self._by_row.move_to_end(row)
                return kept[0]
        try:
            stored = stored_receipts(row.value)
            records = tuple(
                record_of(each, row, values) for each in stored.listed if is_receipt(values := each.decoded())
            )
        except (ValueError, RecursionError):
            return None
        if stored.listed and not records:
            return None
        self._keep(row, records, stored.size + len(records) * _BESIDE_JSON)
        return records

    def _keep(self, row: Row, records: tuple[OrchestrationRecord, ...], size: int) -> None:
        with self._lock:
            if row not in self._by_row:
                self._by_row[row] = records, size
                self._held += size
            while self._held > self._most:
                _, (_, dropped) = self._by_row.popitem(last=False)
                self._held -= dropped
