"""Poll for all waiters of one connection, and hand each waiter what concerns it.

The schedule decides what is due when, and what one request polls. This file may know everything else in ``waiting/``
but ``poll``; time is the event loop's.
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
from airflow_provider_paxos.waiting.source import LiveSource, SnapshotSource
from airflow_provider_paxos.waiting.waiter import Waiter
from airflow_provider_paxos.waiting.watch import ends_waiting

log = logging.getLogger(__name__)

MAX_IN_FLIGHT = 8
"""Requests in flight at once, at most. Each of them waits for the rate limiter."""

LATENESS = 0.25
"""Seconds by which the next request is late before one more may be in flight at once; and then another one."""

CONNECTION_CHECK = 60.0
"""Seconds after which the connection is read again, so that a rotated secret is used before the old one expires."""

INDIVIDUAL_SECONDS = 600.0
"""Seconds for which an item that fails the request of many is polled in one of its own."""

NO_BISECTION_SECONDS = 60.0
"""Seconds without a bisection of unreadable answers, after one has found no value in particular."""

LONGEST_AGE = 10 * 365 * 86400.0
"""Seconds; if ``created_at`` gives a greater age, or lies in the future, the age is that of the wait."""

PollItems = list[PollItem[Waiter]]


class SharedPoller:
    """Polls for all waiters of one connection.

    :param make: makes a source, which reads the connection when it is opened.
    :param wall: returns unix seconds, for the age of an orchestration.
    """

    def __init__(self, make: Callable[[], SnapshotSource], *, wall: Callable[[], float] = time.time) -> None:
        self._wall = wall
        self._loop = asyncio.get_running_loop()
        self._schedule: Schedule[Waiter] = Schedule()
        self._waiters: dict[Waiter, None] = {}
        self._wake = asyncio.Event()
        self._source = LiveSource(make)
        # Both by whether a request is an individual one.
        self._in_flight = {False: 0, True: 0}
        self._max_in_flight = {False: 1, True: 1}
        self._grow_from = math.inf
        self._bisect_from = 0.0
        # Not in the context of the first waiter: all that is logged would go to the log of that one task.
        self._task = self._loop.create_task(self._run(), context=contextvars.Context(), name="paxos-shared-poller")

    @property
    def is_stopped(self) -> bool:
        """Return whether it polls no more."""
        return self._task.done()

    @property
    def has_waiters(self) -> bool:
        """Return whether there is any waiter."""
        return bool(self._waiters)

    def add(self, waiter: Waiter) -> None:
        """Poll for a waiter, the first time at once."""
        self._waiters[waiter] = None
        now = self._loop.time()
        self._schedule.subscribe(waiter, Kind.ID, waiter.watch.ids, waiter.interval, now)
        self._schedule.subscribe(waiter, Kind.REF_ID, waiter.watch.ref_ids, waiter.interval, now)
        self._wake.set()

    def remove(self, waiter: Waiter) -> None:
        """Stop polling for a waiter."""
        self._waiters.pop(waiter, None)
        if self._waiters:
            self._schedule.unsubscribe(waiter, Kind.ID, waiter.watch.ids)
            self._schedule.unsubscribe(waiter, Kind.REF_ID, waiter.watch.ref_ids)

    async def stop(self) -> None:
        """Stop, and close the connections."""
        self._task.cancel()
        await asyncio.wait([self._task])

    async def _run(self) -> None:
        try:
            async with asyncio.TaskGroup() as tasks:
                await self._keep_polling(tasks)
        except Exception as error:  # No waiter may wait for ever, whatever went wrong.
            first = error.exceptions[0] if isinstance(error, ExceptionGroup) else error
            log.error("Polling Paxos crashed", exc_info=first)
            for waiter in self._waiters:
                waiter.receive_crash(first)
        finally:
            await self._source.close()

    async def _keep_polling(self, tasks: asyncio.TaskGroup) -> None:
        check_at = self._loop.time() + CONNECTION_CHECK
        while True:
            self._wake.clear()
            now = self._loop.time()
            for individual in (False, True):
                while self._starts_at(individual) <= now and (
                    request := self._schedule.take(now, individual=individual)
                ):
                    tasks.create_task(self._poll(request))
                    self._in_flight[individual] += 1
                    if self._in_flight[individual] > self._max_in_flight[individual]:
                        self._max_in_flight[individual] += 1
                        self._grow_from = now + LATENESS
            # One more than are in flight stays allowed; each of them is a connection.
            self._max_in_flight[False] = max(1, min(self._max_in_flight[False], self._in_flight[False] + 1))
            if now >= check_at:
                check_at = now + CONNECTION_CHECK
                tasks.create_task(self._source.replaced())
            await self._sleep_until(min(check_at, self._starts_at(False), self._starts_at(True)))

    def _starts_at(self, individual: bool) -> float:
        """Return when the next request may start: when it is due, or, if none more may be in flight, when one may."""
        next_due_at = self._schedule.next_due_at(individual=individual)
        if next_due_at is None:
            return math.inf
        if self._in_flight[individual] < self._max_in_flight[individual]:
            return next_due_at
        # Individual requests go one after the other: thousands of them must not keep the others waiting.
        if individual or self._max_in_flight[individual] >= MAX_IN_FLIGHT:
            return math.inf
        return max(next_due_at + LATENESS, self._grow_from)

    async def _sleep_until(self, when: float) -> None:
        if self._wake.is_set():
            return
        timer = self._loop.call_at(when, self._wake.set) if when < math.inf else None
        try:
            await self._wake.wait()
        finally:
            if timer:
                timer.cancel()

    async def _poll(self, request: PollRequest[Waiter]) -> None:
        try:
            async with self._source.in_use() as source:
                await self._read(source, request)
        except PaxosError as unopened:
            await self._handle_error_of_all(None, request.items, request.taken_at, unopened)
        finally:
            self._in_flight[request.individual] -= 1
            # Not before the first answer: until there is a token, all requests would only wait for it.
            if self._grow_from == math.inf:
                self._grow_from = self._loop.time()
            self._wake.set()

    async def _read(self, source: SnapshotSource, request: PollRequest[Waiter]) -> None:
        """Read a request's items: at once, or, if that is refused because of some of them, in several parts."""
        bisection = Bisection(request.items)
        while part := bisection.next_part():
            try:
                found = await self._snapshots(source, request, part)
            except PaxosError as error:
                if not self._may_concern_one(error):
                    return await self._handle_error_of_all(
                        source, [*part, *bisection.unread()], request.taken_at, error
                    )
                if request.individual:
                    return self._handle_error_of(part, request.taken_at, error)
                if bisection.failed(part, error):
                    self._bisect_from = self._loop.time() + NO_BISECTION_SECONDS
                    return await self._handle_error_of_all(source, bisection.unread(), request.taken_at, error)
            else:
                bisection.succeeded()
                self._distribute(request, part, found)
        for item in bisection.failing:
            now = self._loop.time()
            self._schedule.poll_individually(item, now, until=now + INDIVIDUAL_SECONDS)
        return None

    async def _snapshots(
        self, source: SnapshotSource, request: PollRequest[Waiter], part: PollItems
    ) -> Sequence[Snapshot]:
        values = [item.value for item in part]
        if request.kind is Kind.REF_ID:
            return await source.list(ref_ids=values)
        if not request.individual:
            return await source.list(ids=values)
        try:
            return [await source.get(values[0])]
        except NotFound:
            return []

    def _may_concern_one(self, error: PaxosError) -> bool:
        # A bisection that has just found no value in particular would find none again.
        suspended = isinstance(error, UnreadableAnswer) and self._loop.time() < self._bisect_from
        return may_concern_one(error) and not suspended

    def _distribute(self, request: PollRequest[Waiter], part: PollItems, found: Sequence[Snapshot]) -> None:
        """Hand each waiter its share of what was found, and reschedule what is not terminal."""
        by_id = request.kind is Kind.ID
        # Newest first: of several with one ref_id, the newest counts.
        snapshots = {each.id if by_id else each.ref_id: each for each in reversed(found)}
        now = self._loop.time()
        shares: dict[Waiter, tuple[list[str], list[Snapshot]]] = {}
        in_progress = []
        for item in part:
            snapshot = snapshots.get(item.value)
            if snapshot is None and by_id and not request.individual:
                # Paxos does not promise that List returns at once what Create has accepted; Get does.
                self._schedule.poll_individually(item, now)
                continue
            for waiter in item.subscribers:
                asked, its_snapshots = shares.setdefault(waiter, ([], []))
                asked.append(item.value)
                if snapshot:
                    its_snapshots.append(snapshot)
            if snapshot and meaning_of(snapshot.status) is not Meaning.IN_PROGRESS:
                self._schedule.remove(item)
                continue
            if snapshot and item.by_age:
                item.began_at = now - self._age(snapshot, now - item.began_at)
            in_progress.append(item)
        self._schedule.reschedule(in_progress, request.taken_at, now)
        for waiter, (asked, its_snapshots) in shares.items():
            waiter.receive(asked, its_snapshots)

    def _age(self, snapshot: Snapshot, waited: float) -> float:
        """Return the seconds since an orchestration was created; or those of the wait, if that is not plausible."""
        created = snapshot.created_at
        if created is None:
            return waited
        age = self._wall() - (created if created.tzinfo else created.replace(tzinfo=UTC)).timestamp()
        return age if 0 <= age < LONGEST_AGE else waited

    async def _handle_error_of_all(
        self, source: SnapshotSource | None, items: PollItems, taken_at: float, error: PaxosError
    ) -> None:
        """Handle an error that concerns no item in particular: retry, or hand it to all waiters.

        :param source: None if the connection has just been read.
        """
        if not ends_waiting(error):
            return self._handle_error_of(items, taken_at, error)
        if source and await self._source.replaced(source):
            now = self._loop.time()
            return self._schedule.reschedule(items, taken_at, now, immediately=True)
        for waiter in list(self._waiters):
            waiter.receive_error(None, error)
        self._schedule.reschedule(items, taken_at, self._loop.time())
        return None

    def _handle_error_of(self, items: PollItems, taken_at: float, error: PaxosError) -> None:
        """Hand an error to the waiters of some items, and reschedule the items."""
        asked: dict[Waiter, list[str]] = {}
        for item in items:
            for waiter in item.subscribers:
                asked.setdefault(waiter, []).append(item.value)
        for waiter, values in asked.items():
            waiter.receive_error(values, error)
        self._schedule.reschedule(items, taken_at, self._loop.time())
