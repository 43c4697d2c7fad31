"""Show the events as the settings let them be seen: kept for a while, late, out of order, more than once."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import NAMESPACE_OID, uuid5

from airflow_provider_paxos.emulator.clock import rfc3339
from airflow_provider_paxos.emulator.models import Event
from airflow_provider_paxos.emulator.settings import EmulatorSettings

_JITTER_STEPS = 1 << 32


@dataclass(frozen=True)
class ShownEvent:
    """Holds an event that can be seen, and its place in the list."""

    event: Event
    place: str


def shown_events(events: Sequence[Event], settings: EmulatorSettings, now: datetime) -> Iterator[ShownEvent]:
    """Yield the events that can be seen at a time, duplicates included."""
    for event in events:
        arrival = event.created_at + _delay(event, settings)
        kept = settings.event_retention_seconds
        if arrival > now or (kept is not None and event.created_at + timedelta(seconds=kept) <= now):
            continue
        first = arrival if settings.event_order == "arrival" else event.created_at
        place = f"{rfc3339(first)} {event.seq:012d}"
        yield ShownEvent(event, f"{place} 1")
        if settings.event_duplicates == "same_id":
            yield ShownEvent(event, f"{place} 2")
        elif settings.event_duplicates == "new_id":
            yield ShownEvent(replace(event, id=str(uuid5(NAMESPACE_OID, event.id))), f"{place} 2")


def _delay(event: Event, settings: EmulatorSettings) -> timedelta:
    # By the id, so that an event that was shown once does not disappear again.
    share = int.from_bytes(hashlib.sha256(event.id.encode()).digest()[:4]) / _JITTER_STEPS
    return timedelta(seconds=settings.event_lag_seconds + share * settings.event_jitter_seconds)
