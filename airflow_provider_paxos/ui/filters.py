"""What is to be shown of the book."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from airflow_provider_paxos.ui.merging import Entry
from airflow_provider_paxos.ui.shapes import Group
from airflow_provider_paxos.ui.values import moment, text

_NAMES = ("id", "ref_id", "key")
_ASSETS = ("source_asset", "destination_asset")


@dataclass(frozen=True, slots=True)
class Filters:
    """What an entry has to be; None leaves nothing out.

    :param since: inclusive, of ``began``.
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

    def apply(self, entries: Sequence[Entry]) -> list[Entry]:
        """Return the entries that are to be shown."""
        return list(entries) if self == Filters() else [entry for entry in entries if self._shows(entry)]

    def _shows(self, entry: Entry) -> bool:
        return (
            self.group in (None, entry.standing.group)
            and self.status in (None, entry.standing.status)
            and (self.dag_id is None or any(place.dag_id == self.dag_id for place in entry.places))
            and (self.asset is None or self.asset in assets(entry))
            and (self.since is None or began(entry) >= self.since)
            and (self.until is None or began(entry) < self.until)
            and (self.search is None or self._is_found(entry, self.search.casefold()))
        )

    @staticmethod
    def _is_found(entry: Entry, start: str) -> bool:
        return any((text(entry.receipt.get(name)) or "").casefold().startswith(start) for name in _NAMES)


def began(entry: Entry) -> datetime:
    """Return when the orchestration was created or, where that is not told, last read."""
    return moment(entry.receipt.get("created_at")) or entry.read


def assets(entry: Entry) -> set[str]:
    """Return the assets that it moves."""
    return {asset for name in _ASSETS if (asset := text(entry.receipt.get(name), longest=100))}
