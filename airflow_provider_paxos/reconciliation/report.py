"""The report of a reconciliation: the exceptions, the totals, and whether all was read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from airflow_provider_paxos.reconciliation.breaks import Break
from airflow_provider_paxos.reconciliation.totals import Total
from airflow_provider_paxos.reconciliation.window import Window

MOST_EXCEPTIONS = 100
"""Exceptions that a summary holds; the files hold all."""

_MOST_TOTALS = 200


@dataclass(frozen=True)
class Report:
    """Holds what a reconciliation came to.

    :param environment: ``sandbox``, ``production`` or another, by the connection's base URL.
    :param read_at: when Paxos was read, in UTC.
    :param statuses: how many orchestrations were compared, by status.
    :param breaks: exceptions and notes, the most urgent classes first.
    :param incomplete: why something was not read, in sentences. Such a report is never clean.
    :param not_checked: what the connection's scopes do not cover.
    :param in_progress: the ids of orchestrations to read again in the next window.
    :param fault: the error that ended the reading.
    """

    environment: str
    profile_ids: tuple[str, ...]
    window: Window
    read_at: datetime
    statuses: Mapping[str, int]
    breaks: tuple[Break, ...]
    totals: tuple[Total, ...]
    incomplete: tuple[str, ...] = ()
    not_checked: tuple[str, ...] = ()
    in_progress: tuple[str, ...] = ()
    fault: Exception | None = None

    @property
    def is_complete(self) -> bool:
        """Return whether all was read that was to be read."""
        return not self.incomplete

    @property
    def exceptions(self) -> list[Break]:
        """The breaks that are exceptions, without the notes."""
        return [each for each in self.breaks if each.kind.is_exception]

    @property
    def is_clean(self) -> bool:
        """Return whether all was read, and nothing is an exception."""
        return self.is_complete and not self.exceptions

    @property
    def orchestrations(self) -> int:
        """How many orchestrations were compared."""
        return sum(self.statuses.values())

    def by_kind(self) -> dict[str, int]:
        """Return how many breaks there are of each class."""
        return dict(Counter(str(each.kind) for each in self.breaks))

    def summary(self) -> dict[str, Any]:
        """Return the report as JSON values of bounded size: at most 100 exceptions and 200 totals."""
        return {
            "clean": self.is_clean,
            "complete": self.is_complete,
            "environment": self.environment,
            "profile_ids": list(self.profile_ids),
            "since": self.window.since.isoformat(),
            "until": self.window.until.isoformat(),
            "read_at": self.read_at.isoformat(timespec="seconds"),
            "orchestrations": self.orchestrations,
            "statuses": dict(self.statuses),
            "exceptions": len(self.exceptions),
            "by_kind": self.by_kind(),
            "first_exceptions": [each.to_dict() for each in self.exceptions[:MOST_EXCEPTIONS]],
            "totals": [each.to_dict() for each in self.totals[:_MOST_TOTALS]],
            "incomplete": list(self.incomplete),
            "not_checked": list(self.not_checked),
            "in_progress": len(self.in_progress),
        }
