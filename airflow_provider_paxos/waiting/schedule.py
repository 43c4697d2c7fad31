"""When to read what is waited for: the rule of the intervals, and the schedule that fills requests by it.

Who gives an interval is never served later than that. Who gives none is served by the orchestration's age: its next
reading comes after a tenth of it, so that an end is learnt at most a tenth later than it took, with no reading sooner
than 10 s after another and none later than 300 s. A conversion ends in seconds; a wire takes days.

Nothing here knows of an event loop or of Paxos: the clock comes with each call.
"""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import count
from typing import Generic, TypeVar

from airflow_provider_paxos.api.listing import MAX_VALUES

SHORTEST_INTERVAL = 0.1
"""Seconds. Airflow allows a sensor a poke_interval of 0, which would read without a pause."""

SHARE_OF_AGE = 0.1
FIRST_INTERVAL = 10.0
LONGEST_INTERVAL = 300.0

GATHERING = 0.1
"""Seconds until the first reading of one who joins: triggers that start together share their requests."""

_JITTER = 0.02
_FIRST_JITTER = 0.5
"""Shares of an interval. What was first read at once, such as ten thousand, is spread over half of its interval."""

_FILL = 0.5
"""A request that leaves anyway is filled up with what is due within this share of its own interval."""

Who = TypeVar("Who", bound=Hashable)


class Kind(Enum):
    """By what an orchestration is waited for."""

    ID = "id"
    REF_ID = "ref_id"


def interval_at(age: float) -> float:
    """Return the seconds until the next reading of an orchestration of this age, where none were asked for."""
    return min(max(age * SHARE_OF_AGE, FIRST_INTERVAL), LONGEST_INTERVAL)


class PollItem(Generic[Who]):
    """One id or ref_id that is waited for.

    ``followers`` are those who wait for it, with the interval that each asked for; ``born`` is when it began, by the
    schedule's clock; until ``alone_until`` it is read in a request of its own.
    """

    __slots__ = ("alone_until", "born", "due", "followers", "interval", "kind", "rejoined", "seen", "ticket", "value")

    def __init__(self, kind: Kind, value: str, now: float) -> None:
        self.kind = kind
        self.value = value
        self.followers: dict[Who, float | None] = {}
        self.interval: float | None = None
        self.born = now
        self.due = now
        self.seen = False
        self.rejoined = False
        self.alone_until = 0.0
        self.ticket: int | None = None

    @property
    def by_age(self) -> bool:
        """Whether somebody waits for it without an interval of his own."""
        return self.interval is None or None in self.followers.values()

    def period(self, now: float) -> float:
        """Return the seconds from one reading to the next."""
        if self.interval is not None and not self.by_age:
            return self.interval
        by_age = interval_at(now - self.born)
        return by_age if self.interval is None else min(by_age, self.interval)


@dataclass(slots=True)
class PollRequest(Generic[Who]):
    """What one request reads.

    :param alone: whether it is the one of an entry that is read by itself.
    :param taken: when it was taken out of the schedule.
    """

    kind: Kind
    entries: list[PollItem[Who]]
    taken: float
    alone: bool = False


class Schedule(Generic[Who]):
    """Who waits for what, and when that is due.

    :param jitter: a number from 0 to 1 for each request, so that triggerers do not keep step with each other.
    """

    def __init__(self, jitter: Callable[[], float] = random.random) -> None:
        self._jitter = jitter
        self._entries: dict[Kind, dict[str, PollItem[Who]]] = {kind: {} for kind in Kind}
        self._listed: dict[Kind, _Queue[Who]] = {kind: _Queue() for kind in Kind}
        self._alone: _Queue[Who] = _Queue()

    def __len__(self) -> int:
        return sum(len(entries) for entries in self._entries.values())

    def join(self, who: Who, kind: Kind, values: Iterable[str], interval: float | None, now: float) -> None:
        """Read values for somebody from now on, the first time at once.

        :param interval: seconds between two readings, at most; None for what their age asks for.
        """
        interval = None if interval is None else max(interval, SHORTEST_INTERVAL)
        due = []
        for value in values:
            entry = self._entries[kind].get(value)
            if entry is None:
                entry = self._entries[kind][value] = PollItem(kind, value, now)
                due.append(entry)
            elif entry.ticket is None:
                entry.rejoined = True  # What is being read now left before it was asked for.
            elif entry.due > now + GATHERING:
                due.append(entry)
            entry.followers[who] = interval
            if interval is not None:
                entry.interval = interval if entry.interval is None else min(interval, entry.interval)
        for entry in due:
            entry.due = now + GATHERING
        self._push(due, now)

    def leave(self, who: Who, kind: Kind, values: Iterable[str]) -> None:
        """Read values no longer for somebody."""
        for value in values:
            entry = self._entries[kind].get(value)
            if entry is None or who not in entry.followers:
                continue
            left = entry.followers.pop(who)
            if not entry.followers:
                self.drop(entry)
            elif left is not None and left == entry.interval:
                entry.interval = min((each for each in entry.followers.values() if each is not None), default=None)

    def drop(self, entry: PollItem[Who]) -> None:
        """Read an entry no longer for anybody."""
        if self._entries[entry.kind].get(entry.value) is entry:
            del self._entries[entry.kind][entry.value]
        entry.followers = {}
        entry.ticket = None

    def soonest(self, *, alone: bool = False) -> float | None:
        """Return when the next request is due.

        :param alone: the next one of those that are read by themselves, rather than of the others.
        """
        tops = [queue.soonest for queue in ([self._alone] if alone else self._listed.values())]
        return min((top.due for top in tops if top), default=None)

    def take(self, now: float, *, alone: bool = False) -> PollRequest[Who] | None:
        """Take out what the next request is to read, if any is due; to be put back, or dropped.

        The soonest due come first, so that none starves.
        """
        queues = [self._alone] if alone else list(self._listed.values())
        tops = [(top.due, queue) for queue in queues if (top := queue.soonest)]
        if not tops:
            return None
        due, queue = min(tops, key=lambda each: each[0])
        if due > now:
            return None
        entries = [queue.pop()]
        while len(entries) < (1 if alone else MAX_VALUES) and (top := queue.soonest):
            if top.due - now > _FILL * top.period(now):
                break
            entries.append(queue.pop())
        return PollRequest(entries[0].kind, entries, now, alone)

    def put_back(self, entries: Sequence[PollItem[Who]], taken: float, now: float, *, at_once: bool = False) -> None:
        """Make what has been read due again.

        :param taken: when it was taken out.
        :param at_once: whether it could not be read, and is to be read once more now.
        """
        # One for all: who is read together stays together.
        jitter = self._jitter()
        back = []
        for entry in entries:
            if not entry.followers:
                continue
            period = entry.period(taken)
            share = jitter * (_JITTER if entry.seen else _FIRST_JITTER)
            # Counted from when it was due: one that was read late is not late again each time.
            entry.due = max(min(entry.due, taken) + period * (1 - share), taken + period / 2)
            entry.seen = True
            if entry.rejoined or at_once:
                entry.rejoined, entry.due = False, min(entry.due, now)
            back.append(entry)
        self._push(back, now)

    def read_alone(self, entry: PollItem[Who], now: float, until: float = 0.0) -> None:
        """Read an entry at once, in a request of its own.

        :param until: how long to go on so.
        """
        if entry.followers:
            entry.alone_until = max(entry.alone_until, until)
            entry.due = now
            self._alone.push([entry])

    def _push(self, entries: Sequence[PollItem[Who]], now: float) -> None:
        alone = [entry for entry in entries if entry.alone_until > now]
        self._alone.push(alone)
        if len(alone) < len(entries):
            for kind, queue in self._listed.items():
                queue.push([each for each in entries if each.kind is kind and each.alone_until <= now])


class _Queue(Generic[Who]):
    """PollItems by when they are due. An entry that was pushed again, taken or dropped leaves its old place behind."""

    _tickets = count(1)

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, PollItem[Who]]] = []
        self._sweep_at = 1000

    @property
    def soonest(self) -> PollItem[Who] | None:
        while self._heap:
            _, ticket, entry = self._heap[0]
            if entry.ticket == ticket:
                return entry
            heapq.heappop(self._heap)
        return None

    def pop(self) -> PollItem[Who]:
        """Take out the soonest; there is one."""
        entry = heapq.heappop(self._heap)[2]
        entry.ticket = None
        return entry

    def push(self, entries: Iterable[PollItem[Who]]) -> None:
        fresh = []
        for entry in entries:
            entry.ticket = next(self._tickets)
            fresh.append((entry.due, entry.ticket, entry))
        if len(fresh) > len(self._heap):
            self._heap += fresh
            heapq.heapify(self._heap)
        else:
            for each in fresh:
                heapq.heappush(self._heap, each)
        if len(self._heap) > self._sweep_at:
            self._heap = [each for each in self._heap if each[2].ticket == each[1]]
            heapq.heapify(self._heap)
            self._sweep_at = 2 * len(self._heap) + 1000
