"""The reader: reads for all who wait by one connection, and tells each waiter its own.

What is due when, and what one request reads, is the schedule's (``api.readings``). Time is the event loop's.
"""

from __future__ import annotations

import asyncio
import contextvars
import logging
import math
import time
from collections.abc import Callable, Sequence
from datetime import UTC

from airflow_provider_paxos.api.errors import NotFound, PaxosError, UnreadableAnswer
from airflow_provider_paxos.api.snapshot import Snapshot
from airflow_provider_paxos.api.statuses import Meaning, meaning_of
from airflow_provider_paxos.waiting.bisection import Bisection, may_concern_one
from airflow_provider_paxos.waiting.schedule import Kind, PollItem, PollRequest, Schedule
from airflow_provider_paxos.waiting.source import LiveSource, Source
from airflow_provider_paxos.waiting.waiter import Waiter
from airflow_provider_paxos.waiting.watch import ends_waiting

log = logging.getLogger(__name__)

LANES = 8
"""Requests that are under way at once, at most. All of them read; each of them waits for the request budget."""

LATE = 0.25
"""Seconds by which the soonest due is late before one more request may be under way at once; and then another one."""

CONNECTION_CHECK = 60.0
"""Seconds after which the connection is read again, so that a rotated secret is used before the old one ends."""

ALONE = 600.0
"""Seconds for which what spoils the others' request is read in one of its own."""

NO_SEARCH = 60.0
"""Seconds for which nobody is blamed for unreadable answers, after nobody was to blame for one."""

LONGEST_AGE = 10 * 365 * 86400.0
"""Seconds; an orchestration that claims to be older, or of tomorrow, is taken to be as old as the wait."""

PollItems = list[PollItem[Waiter]]


class SharedPoller:
    """Reads for all who wait by one connection.

    :param make: makes a source, which reads the connection when it is opened.
    :param wall: unix seconds, for the age of an orchestration.
    """

    def __init__(self, make: Callable[[], Source], *, wall: Callable[[], float] = time.time) -> None:
        self._wall = wall
        self._loop = asyncio.get_running_loop()
        self._schedule: Schedule[Waiter] = Schedule()
        self._waiters: dict[Waiter, None] = {}
        self._wake = asyncio.Event()
        self._source = LiveSource(make)
        self._busy = {False: 0, True: 0}
        self._lanes = {False: 1, True: 1}
        self._grow_from = math.inf
        self._search_from = 0.0
        # Not in the context of whoever came first: all that is logged would go to the log of that one task.
        self._task = self._loop.create_task(self._run(), context=contextvars.Context(), name="paxos-reader")

    @property
    def is_over(self) -> bool:
        """Whether it reads no more."""
        return self._task.done()

    @property
    def is_waited_for(self) -> bool:
        """Whether anybody waits."""
        return bool(self._waiters)

    def join(self, waiter: Waiter) -> None:
        """Read for a waiter, the first time at once."""
        self._waiters[waiter] = None
        now = self._loop.time()
        self._schedule.join(waiter, Kind.ID, waiter.watch.ids, waiter.interval, now)
        self._schedule.join(waiter, Kind.REF_ID, waiter.watch.ref_ids, waiter.interval, now)
        self._wake.set()

    def leave(self, waiter: Waiter) -> None:
        """Read for a waiter no more."""
        self._waiters.pop(waiter, None)
        if self._waiters:
            self._schedule.leave(waiter, Kind.ID, waiter.watch.ids)
            self._schedule.leave(waiter, Kind.REF_ID, waiter.watch.ref_ids)

    async def stop(self) -> None:
        """End, and close the connections."""
        self._task.cancel()
        await asyncio.wait([self._task])

    async def _run(self) -> None:
        try:
            async with asyncio.TaskGroup() as tasks:
                await self._keep_reading(tasks)
        except Exception as error:  # Nobody may wait for ever, whatever went wrong.
            first = error.exceptions[0] if isinstance(error, ExceptionGroup) else error
            log.error("Reading from Paxos crashed", exc_info=first)
            for waiter in self._waiters:
                waiter.crashed(first)
        finally:
            await self._source.close()

    async def _keep_reading(self, tasks: asyncio.TaskGroup) -> None:
        check_at = self._loop.time() + CONNECTION_CHECK
        while True:
            self._wake.clear()
            now = self._loop.time()
            for alone in (False, True):
                while self._starts_at(alone) <= now and (batch := self._schedule.take(now, alone=alone)):
                    tasks.create_task(self._lane(batch))
                    self._busy[alone] += 1
                    if self._busy[alone] > self._lanes[alone]:
                        self._lanes[alone] += 1
                        self._grow_from = now + LATE
            # One more than are busy is kept; each lane is a connection.
            self._lanes[False] = max(1, min(self._lanes[False], self._busy[False] + 1))
            if now >= check_at:
                check_at = now + CONNECTION_CHECK
                tasks.create_task(self._source.replaced())
            await self._sleep_until(min(check_at, self._starts_at(False), self._starts_at(True)))

    def _starts_at(self, alone: bool) -> float:
        """Return when the next request may leave: when it is due, or, if all lanes are busy, when a lane is added."""
        soonest = self._schedule.soonest(alone=alone)
        if soonest is None:
            return math.inf
        if self._busy[alone] < self._lanes[alone]:
            return soonest
        # Those that are read alone queue for a single lane: thousands of them must not keep the others waiting.
        return math.inf if alone or self._lanes[alone] >= LANES else max(soonest + LATE, self._grow_from)

    async def _sleep_until(self, when: float) -> None:
        if self._wake.is_set():
            return
        timer = self._loop.call_at(when, self._wake.set) if when < math.inf else None
        try:
            await self._wake.wait()
        finally:
            if timer:
                timer.cancel()

    async def _lane(self, batch: PollRequest[Waiter]) -> None:
        try:
            async with self._source.in_use() as source:
                await self._read(source, batch)
        except PaxosError as unopened:
            await self._cannot_read(None, batch.entries, batch.taken, unopened)
        finally:
            self._busy[batch.alone] -= 1
            # Not before the first answer: until there is a token, all lanes would but wait for it.
            if self._grow_from == math.inf:
                self._grow_from = self._loop.time()
            self._wake.set()

    async def _read(self, source: Source, batch: PollRequest[Waiter]) -> None:
        """Read a batch: in one request, or, if that is refused for what it asks for, in as many as it takes."""
        search = Bisection(batch.entries)
        while piece := search.next():
            try:
                found = await self._shown(source, batch, piece)
            except PaxosError as error:
                if not self._may_be_about_one(error):
                    return await self._cannot_read(source, [*piece, *search.rest()], batch.taken, error)
                if batch.alone:
                    return self._cannot_read_these(piece, batch.taken, error)
                if search.failed(piece, error):
                    self._search_from = self._loop.time() + NO_SEARCH
                    return await self._cannot_read(source, search.rest(), batch.taken, error)
            else:
                search.worked()
                self._tell(batch, piece, found)
        for culprit in search.culprits:
            now = self._loop.time()
            self._schedule.read_alone(culprit, now, until=now + ALONE)
        return None

    async def _shown(self, source: Source, batch: PollRequest[Waiter], piece: PollItems) -> Sequence[Snapshot]:
        values = [entry.value for entry in piece]
        if batch.kind is Kind.REF_ID:
            return await source.list(ref_ids=values)
        if not batch.alone:
            return await source.list(ids=values)
        try:
            return [await source.get(values[0])]
        except NotFound:
            return []

    def _may_be_about_one(self, error: PaxosError) -> bool:
        # What nobody in particular was to blame for a moment ago is nobody's fault again.
        recently = isinstance(error, UnreadableAnswer) and self._loop.time() < self._search_from
        return may_concern_one(error) and not recently

    def _tell(self, batch: PollRequest[Waiter], piece: PollItems, found: Sequence[Snapshot]) -> None:
        """Tell each waiter its own of a reading, and make due again what has not ended."""
        by_id = batch.kind is Kind.ID
        # Newest first: of several with one ref_id, the newest counts.
        shown = {each.id if by_id else each.ref_id: each for each in reversed(found)}
        now = self._loop.time()
        told: dict[Waiter, tuple[list[str], list[Snapshot]]] = {}
        under_way = []
        for entry in piece:
            snapshot = shown.get(entry.value)
            if snapshot is None and by_id and not batch.alone:
                # That List shows at once what Create has accepted is not promised; Get knows.
                self._schedule.read_alone(entry, now)
                continue
            for waiter in entry.followers:
                asked, its_own = told.setdefault(waiter, ([], []))
                asked.append(entry.value)
                if snapshot:
                    its_own.append(snapshot)
            if snapshot and meaning_of(snapshot.status) is not Meaning.IN_PROGRESS:
                self._schedule.drop(entry)
                continue
            if snapshot and entry.by_age:
                entry.born = now - self._age(snapshot, now - entry.born)
            under_way.append(entry)
        self._schedule.put_back(under_way, batch.taken, now)
        for waiter, (asked, its_own) in told.items():
            waiter.told(asked, its_own)

    def _age(self, snapshot: Snapshot, waited: float) -> float:
        """Return the seconds since an orchestration was created; or, if Paxos tells no sane time, of the wait."""
        created = snapshot.created_at
        if created is None:
            return waited
        age = self._wall() - (created if created.tzinfo else created.replace(tzinfo=UTC)).timestamp()
        return age if 0 <= age < LONGEST_AGE else waited

    async def _cannot_read(self, source: Source | None, entries: PollItems, taken: float, error: PaxosError) -> None:
        """Take in an error that is nobody's in particular: wait on, or tell all that waiting is pointless.

        :param source: None if the connection has just been read.
        """
        if not ends_waiting(error):
            return self._cannot_read_these(entries, taken, error)
        if source and await self._source.replaced(source):
            now = self._loop.time()
            return self._schedule.put_back(entries, taken, now, at_once=True)
        for waiter in list(self._waiters):
            waiter.troubled(None, error)
        self._schedule.put_back(entries, taken, self._loop.time())
        return None

    def _cannot_read_these(self, entries: PollItems, taken: float, error: PaxosError) -> None:
        asked: dict[Waiter, list[str]] = {}
        for entry in entries:
            for waiter in entry.followers:
                asked.setdefault(waiter, []).append(entry.value)
        for waiter, values in asked.items():
            waiter.troubled(values, error)
        self._schedule.put_back(entries, taken, self._loop.time())
