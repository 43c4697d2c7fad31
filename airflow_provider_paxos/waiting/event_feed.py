"""Follow what changes at Paxos, poll by poll: which orchestrations are in a status that they were not seen in before.

Events may come late, twice and in any order, so that each poll reads again what the last ones have read: the cursor
stays behind the newest event by an overlap. PENDING and REJECTED have no event; they are taken from List.
This file may know the API's models alone. What polls stands elsewhere.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from airflow_provider_paxos.api.canonical import canonical_id
from airflow_provider_paxos.api.events import Event
from airflow_provider_paxos.api.models import Orchestration

OVERLAP = timedelta(minutes=10)
"""How far behind the newest event the cursor stays: an event that is later than that is left to the time schedule."""


class Change(NamedTuple):
    """An orchestration, and a status that it has reached. What it is now, Get and List show.

    ``rule_id`` is empty for one that no rule has started. An event may name no rule in either case: then it is None.
    """

    orchestration_id: str
    status: str
    rule_id: str | None

    def may_be_of(self, rule_ids: Collection[str]) -> bool:
        """Return whether one of these rules has started it, or may have."""
        return self.rule_id is None or canonical_id(self.rule_id) in map(canonical_id, rule_ids)


@dataclass(frozen=True)
class Poll:
    """Holds what one poll has shown.

    :param changes: those that no poll before has shown.
    :param since: from when on events were read.
    :param cursor: from when on the next poll reads events.
    """

    changes: tuple[Change, ...]
    since: datetime
    cursor: datetime


class EventFeed:
    """Keeps the cursor, and which changes were seen.

    :param now: when the feed begins; it reads the events of the overlap before.
    """

    def __init__(self, now: datetime) -> None:
        self.cursor = now - OVERLAP
        self._seen_events: dict[tuple[str, str], datetime] = {}
        self._seen_listed: set[tuple[str, str]] = set()

    def observe(self, events: Iterable[Event], listed: Iterable[Orchestration]) -> Poll:
        """Take in one poll.

        :param events: those created since the cursor, in any order.
        :param listed: orchestrations that are PENDING or REJECTED.
        """
        since, newest = self.cursor, self.cursor + OVERLAP
        changes: list[Change] = []
        for event in events:
            change = _change_of(event)
            if event.created_at is not None:
                newest = max(newest, event.created_at)
            if change is None:
                continue
            key = change[:2]
            if key not in self._seen_events:
                changes.append(change)
            # One without a time is remembered like one of this moment.
            self._seen_events[key] = max(self._seen_events.get(key, since), event.created_at or newest)
        shown = {(each.id, str(each.status)): each for each in listed}
        changes += [
            Change(*key, each.orchestration_rule_id or "")
            for key, each in shown.items()
            if key not in self._seen_listed
        ]
        self._seen_listed = set(shown)
        self.cursor = newest - OVERLAP
        # What was created before the cursor is not listed any more.
        self._seen_events = {key: moment for key, moment in self._seen_events.items() if moment >= self.cursor}
        return Poll(tuple(changes), since, self.cursor)


def _change_of(event: Event) -> Change | None:
    if (orchestration_id := event.orchestration_id) is None:
        return None
    status = str(event.type).rpartition(".")[2].upper()
    return Change(orchestration_id, status, event.orchestration_rule_id)
