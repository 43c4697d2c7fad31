"""Filters of the page: which records it shows, and in which order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from itertools import chain
from operator import attrgetter
from typing import Any, Literal

from airflow_provider_paxos.api.description import describe_end
from airflow_provider_paxos.ui.receipt_values import failure_reason, text
from airflow_provider_paxos.ui.record import OrchestrationRecord
from airflow_provider_paxos.ui.shapes import Group

DateOf = Literal["created", "settled"]
"""The date that a period is of: of the creation, or of the end."""
Sort = Literal["created", "-created", "amount", "-amount", "ref_id", "-ref_id", "status", "-status"]

_NAMES = ("ref_id", "id", "key", "source_amount", "profile_id", "creator")
_ENDS = ("source", "destination")
GROUP_ORDER: dict[Group, int] = {"needs_attention": 0, "in_progress": 1, "repaired": 2, "settled": 3}


@dataclass(frozen=True, slots=True)
class Filters:
    """Conditions on a record; None leaves nothing out.

    :param statuses: any of them.
    :param since: inclusive, of the date that ``date_of`` names.
    :param until: exclusive.
    :param date_of: of the creation, or of the end: what has not ended has no such date.
    :param search: any part of a text that the receipt or its task shows.
    :param named: profiles and accounts whose names hold the search, in lower case.
    :param least: of the amount, inclusive.
    :param most: likewise.
    """

    group: Group | None = None
    statuses: frozenset[str] = frozenset()
    dag_id: str | None = None
    run_id: str | None = None
    asset: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    date_of: DateOf = "created"
    search: str | None = None
    named: frozenset[str] = frozenset()
    least: Decimal | None = None
    most: Decimal | None = None

    def apply(self, records: Sequence[OrchestrationRecord]) -> list[OrchestrationRecord]:
        """Return the records that meet all conditions."""
        if self == Filters(date_of=self.date_of):
            return list(records)
        search = self.search.casefold() if self.search else None
        return [
            record for record in records if self._matches(record) and (search is None or self._found(search, record))
        ]

    def of_all_groups(self) -> Filters:
        """Return the conditions without that on the group."""
        return replace(self, group=None)

    def _matches(self, record: OrchestrationRecord) -> bool:
        return (
            self.group in (None, record.classification.group)
            and (not self.statuses or record.classification.status in self.statuses)
            and (self.dag_id is None or any(task.dag_id == self.dag_id for task in record.tasks))
            and (self.run_id is None or any(task.run_id == self.run_id for task in record.tasks))
            and (self.asset is None or self.asset in record.assets)
            and ((self.since is None and self.until is None) or self._is_in_period(record))
            and ((self.least is None and self.most is None) or self._is_in_range(record))
        )

    def _found(self, search: str, record: OrchestrationRecord) -> bool:
        words = _words(record)
        return search in words or any(each in words for each in self.named)

    def _is_in_period(self, record: OrchestrationRecord) -> bool:
        at = date_of(record, self.date_of)
        return at is not None and (self.since is None or at >= self.since) and (self.until is None or at < self.until)

    def _is_in_range(self, record: OrchestrationRecord) -> bool:
        return (
            record.amount is not None
            and (self.least is None or record.amount >= self.least)
            and (self.most is None or record.amount <= self.most)
        )


def in_order(records: Iterable[OrchestrationRecord], sort: Sort | None = None) -> list[OrchestrationRecord]:
    """Return what needs attention first, then what is in progress, then what is settled.

    :param sort: the order in each of these groups; the newest first by default.
    """
    name = sort or "-created"
    found = sorted(records, key=_SORTS[name.removeprefix("-")], reverse=name.startswith("-"))
    groups: dict[Group, list[OrchestrationRecord]] = {group: [] for group in GROUP_ORDER}
    for record in found:
        groups[record.classification.group].append(record)
    return list(chain.from_iterable(groups.values()))


def date_of(record: OrchestrationRecord, which: DateOf) -> datetime | None:
    """Return when the orchestration was created or ended; of what has not ended, there is no end."""
    return record.created_at if which == "created" else record.ended_at


def _words(record: OrchestrationRecord) -> str:
    return "\n".join(_texts(record)).casefold()


def _texts(record: OrchestrationRecord) -> Iterator[str]:
    receipt = record.receipt
    for name in _NAMES:
        if isinstance(value := receipt.get(name), str):
            yield value
    for name in _ENDS:
        end = receipt.get(name)
        yield describe_end(end) or ""
        yield from memos(end)
    metadata = receipt.get("metadata")
    for value in metadata.values() if isinstance(metadata, dict) else ():
        yield str(value)
    yield failure_reason(receipt) or ""
    for task in record.tasks:
        yield f"{task.dag_id}\n{task.run_id}\n{task.task_id}"


def memos(end: Any) -> Iterator[str]:
    """Yield the memo of a source or destination, if it has one."""
    for details in end.values() if isinstance(end, Mapping) else ():
        if isinstance(details, Mapping) and (memo := text(details.get("memo"))):
            yield memo


_NO_AMOUNT = Decimal(-1)
_SORTS: dict[str, Any] = {
    "created": attrgetter("created_at"),
    "amount": lambda record: _NO_AMOUNT if record.amount is None else record.amount,
    "ref_id": lambda record: record.ref_id or "",
    "status": lambda record: record.classification.label,
}
