"""Poll Paxos for what has changed, for ever: what all event triggers of a connection share.

Imported when a trigger runs, never when a Dag is parsed.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

from airflow_provider_paxos.api.events import MAX_EVENTS
from airflow_provider_paxos.api.listing import MAX_PER_PAGE
from airflow_provider_paxos.hooks.paxos import PaxosAsyncHook
from airflow_provider_paxos.waiting.event_feed import EventFeed, Poll

log = logging.getLogger(__name__)

WITHOUT_EVENT = ("PENDING", "REJECTED")
"""The statuses that Paxos sends no event for."""

LISTED_FOR = timedelta(days=7)
"""How old an orchestration is at most that is looked for in these statuses: List has no filter by the last change."""

LONGEST_PAUSE = 300.0
"""Seconds between two polls that fail, at most."""


async def polls(paxos_conn_id: str, poll_interval: float) -> AsyncIterator[Poll]:
    """Poll for ever; yield what each poll has shown, nothing new included.

    Whatever goes wrong is logged, and the next poll comes later: Airflow would make a trigger that raises again at
    once, and for ever.

    :param paxos_conn_id: the id of a connection of type ``paxos``; it is read anew for each poll.
    :param poll_interval: seconds from one poll to the next.
    """
    feed = EventFeed(_now())
    failures = 0
    while True:
        try:
            poll = await _poll(paxos_conn_id, feed)
        except Exception as error:  # noqa: BLE001 - whatever it is, the next poll may work
            pause = min(LONGEST_PAUSE, poll_interval * 2**failures)
            failures = min(failures + 1, 16)
            log.warning("Polling the events of %s failed; the next poll comes in %g s: %s", paxos_conn_id, pause, error)
        else:
            failures, pause = 0, poll_interval
            yield poll
        await asyncio.sleep(pause)


async def _poll(paxos_conn_id: str, feed: EventFeed) -> Poll:
    async with PaxosAsyncHook(paxos_conn_id) as hook:
        # Without a type: one request for all three.
        events = hook.list_events(limit=MAX_EVENTS, **{"created_at.gte": feed.cursor})
        found = [event async for event in events]
        since = _now() - LISTED_FOR
        listed = hook.list_orchestrations(status=list(WITHOUT_EVENT), limit=MAX_PER_PAGE, **{"created_at.gte": since})
        return feed.observe(found, [each async for each in listed])


def _now() -> datetime:
    return datetime.now(UTC)
