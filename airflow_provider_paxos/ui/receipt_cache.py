"""Cache of the records that XComs hold: a page that is opened again reads only what has changed."""

from __future__ import annotations

from collections import OrderedDict
from datetime import datetime
from threading import Lock

from msgspec import Struct

from airflow_provider_paxos.receipts import is_receipt
from airflow_provider_paxos.ui.query import Row
from airflow_provider_paxos.ui.record import OrchestrationRecord, record_of
from airflow_provider_paxos.ui.stored_receipts import stored_receipts
from airflow_provider_paxos.ui.urls import TaskKey

_LONGEST = 32 * 1024 * 1024
_BESIDE_JSON = 700
"""Bytes that a record takes beside the JSON of its receipt, about."""


class _Kept(Struct, frozen=True, gc=False):
    """The records of an XCom, and what it was when they were read."""

    value: str
    written_at: datetime
    records: tuple[OrchestrationRecord, ...]
    size: int


class ReceiptCache:
    """Reads XComs, and keeps the records of those that were used last. Several threads may use one cache.

    :param most: bytes to keep, about; 100,000 receipts take some 130 MiB.
    """

    def __init__(self, most: int = 192 * 1024 * 1024) -> None:
        self._most = most
        self._held = 0
        self._by_task: OrderedDict[TaskKey, _Kept] = OrderedDict()
        self._lock = Lock()

    def records(self, row: Row) -> tuple[OrchestrationRecord, ...] | None:
        """Return a record for each receipt of an XCom; None if it holds something else."""
        if row.value is None or len(row.value) > _LONGEST:
            return None
        with self._lock:
            kept = self._by_task.get(row.task)
            if kept is not None and kept.value == row.value and kept.written_at == row.written_at:
                self._by_task.move_to_end(row.task)
                return kept.records
        try:
            stored = stored_receipts(row.value)
            records = tuple(
                record_of(each, row, values)
                for each in stored.listed
                if is_receipt({"id": (values := each.values()).id, "ref_id": values.ref_id})
            )
        except (ValueError, RecursionError):
            return None
        if stored.listed and not records:
            return None
        self._keep(row.task, _Kept(row.value, row.written_at, records, stored.size + len(records) * _BESIDE_JSON))
        return records

    def _keep(self, task: TaskKey, new: _Kept) -> None:
        with self._lock:
            if replaced := self._by_task.pop(task, None):
                self._held -= replaced.size
            self._by_task[task] = new
            self._held += new.size
            while self._held > self._most:
                _, dropped = self._by_task.popitem(last=False)
                self._held -= dropped.size
