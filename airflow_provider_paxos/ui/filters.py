"""Filters of the page: which records it shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from airflow_provider_paxos.ui.merge import OrchestrationRecord
from airflow_provider_paxos.ui.receipt_values import parse_time, text
from airflow_provider_paxos.ui.shapes import Group

_NAMES = ("id", "ref_id", "key")
_ASSETS = ("source_asset", "destination_asset")


@dataclass(frozen=True, slots=True)
class Filters:
    """Conditions on a record; None leaves nothing out.

    :param since: inclusive, of ``created_or_read_at``.
    :param until: exclusive.
    :param search: the beginning of an id, a ref_id or a key.
    """

    group: Group | None = None
    status: str | None = None
    dag_id: str | None = None
    asset: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    search: str | None = None

    def apply(self, records: Sequence[OrchestrationRecord]) -> list[OrchestrationRecord]:
        """Return the records that meet all conditions."""
        return list(records) if self == Filters() else [record for record in records if self._matches(record)]

    def _matches(self, record: OrchestrationRecord) -> bool:
        return (
            self.group in (None, record.classification.group)
            and self.status in (None, record.classification.status)
            and (self.dag_id is None or any(task.dag_id == self.dag_id for task in record.tasks))
            and (self.asset is None or self.asset in assets(record))
            and (self.since is None or created_or_read_at(record) >= self.since)
            and (self.until is None or created_or_read_at(record) < self.until)
            and (self.search is None or self._is_found(record, self.search.casefold()))
        )

    @staticmethod
    def _is_found(record: OrchestrationRecord, start: str) -> bool:
        return any((text(record.receipt.get(name)) or "").casefold().startswith(start) for name in _NAMES)


def created_or_read_at(record: OrchestrationRecord) -> datetime:
    """Return when the orchestration was created or, without such a time in its receipt, last read."""
    return min(parse_time(record.receipt.get("created_at")) or record.read_at, record.read_at)


def assets(record: OrchestrationRecord) -> set[str]:
    """Return the assets that the orchestration moves."""
    return {asset for name in _ASSETS if (asset := text(record.receipt.get(name), longest=100))}
