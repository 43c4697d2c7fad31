"""Schedule polls: decide when each orchestration is polled next, and which of them share a request.

A subscriber that asks for an interval is never served later than that. Without an interval, the age decides: the next
poll comes after a tenth of the age, but at least 10 s and at most 300 s after the last one. So a terminal status is
seen at most a tenth later than it took. A conversion takes seconds; a wire takes days.

This file may know how many values a request takes. It does no I/O, and uses no event loop: the clock comes with each
call.
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
"""Seconds. Airflow allows a sensor a poke_interval of 0, which would poll without a pause."""

SHARE_OF_AGE = 0.1
FIRST_INTERVAL = 10.0
LONGEST_INTERVAL = 300.0

FIRST_POLL_DELAY = 0.1
"""Seconds until the first poll for a new subscriber: triggers that start together share their requests."""

_JITTER = 0.02
_FIRST_JITTER = 0.5
"""Shares of an interval. What was first polled at once, such as ten thousand, is spread over half of its interval."""

_FILL = 0.5
"""A request is filled up with items that are due within this share of their own interval."""

Subscriber = TypeVar("Subscriber", bound=Hashable)


class Kind(Enum):
    """The field by which an orchestration is polled."""

    ID = "id"
    REF_ID = "ref_id"


def interval_at(age: float) -> float:
    """Return the seconds until the next poll of an orchestration of this age, where no interval was asked for."""
    return min(max(age * SHARE_OF_AGE, FIRST_INTERVAL), LONGEST_INTERVAL)


class PollItem(Generic[Subscriber]):
    """One id or ref_id to poll.

    ``subscribers`` maps each subscriber to the interval that it asked for; ``began_at`` is when the orchestration
    began, by the schedule's clock; until ``individual_until`` it is polled in a request of its own.
    """

    __slots__ = (
        "began_at",
        "due_at",
        "individual_until",
        "interval",
        "kind",
        "polled",
        "subscribed_in_flight",
        "subscribers",
        "ticket",
        "value",
    )

    def __init__(self, kind: Kind, value: str, now: float) -> None:
        self.kind = kind
        self.value = value
        self.subscribers: dict[Subscriber, float | None] = {}
        self.interval: float | None = None
        self.began_at = now
        self.due_at = now
        self.polled = False
        self.subscribed_in_flight = False
        self.individual_until = 0.0
        self.ticket: int | None = None

    @property
    def by_age(self) -> bool:
        """Return whether any subscriber asked for no interval, so that the age decides."""
        return self.interval is None or None in self.subscribers.values()

    def period(self, now: float) -> float:
        """Return the seconds from one poll to the next."""
        if self.interval is not None and not self.by_age:
            return self.interval
        by_age = interval_at(now - self.began_at)
        return by_age if self.interval is None else min(by_age, self.interval)


@dataclass(slots=True)
class PollRequest(Generic[Subscriber]):
    """The items that one request polls.

    :param taken_at: when they were taken out of the schedule.
    :param individual: whether it is the request of an item that is polled on its own.
    """

    kind: Kind
    items: list[PollItem[Subscriber]]
    taken_at: float
    individual: bool = False


class Schedule(Generic[Subscriber]):
    """Holds the items to poll, with their subscribers, by when they are due.

    :param jitter: returns a number from 0 to 1 for each request, so that triggerers do not keep step.
    """

    def __init__(self, jitter: Callable[[], float] = random.random) -> None:
        self._jitter = jitter
        self._items: dict[Kind, dict[str, PollItem[Subscriber]]] = {kind: {} for kind in Kind}
        self._shared: dict[Kind, _Queue[Subscriber]] = {kind: _Queue() for kind in Kind}
        self._individual: _Queue[Subscriber] = _Queue()

    def __len__(self) -> int:
        return sum(len(items) for items in self._items.values())

    def subscribe(
        self, subscriber: Subscriber, kind: Kind, values: Iterable[str], interval: float | None, now: float
    ) -> None:
        """Poll values for a subscriber from now on, the first time at once.

        :param interval: seconds from one poll to the next, at most; None if the age decides.
        """
        interval = None if interval is None else max(interval, SHORTEST_INTERVAL)
        due = []
        for value in values:
            item = self._items[kind].get(value)
            if item is None:
                item = self._items[kind][value] = PollItem(kind, value, now)
                due.append(item)
            elif item.ticket is None:
                item.subscribed_in_flight = True  # The request in flight was sent before this subscription.
            elif item.due_at > now + FIRST_POLL_DELAY:
                due.append(item)
            item.subscribers[subscriber] = interval
            if interval is not None:
                item.interval = interval if item.interval is None else min(interval, item.interval)
        for item in due:
            item.due_at = now + FIRST_POLL_DELAY
        self._push(due, now)

    def unsubscribe(self, subscriber: Subscriber, kind: Kind, values: Iterable[str]) -> None:
        """Stop polling values for a subscriber."""
        for value in values:
            item = self._items[kind].get(value)
            if item is None or subscriber not in item.subscribers:
                continue
            left = item.subscribers.pop(subscriber)
            if not item.subscribers:
                self.remove(item)
            elif left is not None and left == item.interval:
                item.interval = min((each for each in item.subscribers.values() if each is not None), default=None)

    def remove(self, item: PollItem[Subscriber]) -> None:
        """Stop polling an item."""
        if self._items[item.kind].get(item.value) is item:
            del self._items[item.kind][item.value]
        item.subscribers = {}
        item.ticket = None

    def next_due_at(self, *, individual: bool = False) -> float | None:
        """Return when the next request is due.

        :param individual: of the items that are polled on their own, rather than of the others.
        """
        tops = [queue.next_due for queue in ([self._individual] if individual else self._shared.values())]
        return min((top.due_at for top in tops if top), default=None)

    def take(self, now: float, *, individual: bool = False) -> PollRequest[Subscriber] | None:
        """Take out the items of the next request, if any is due; they are to be rescheduled, or removed.

        The items that have been due for longest come first, so that none starves.
        """
        queues = [self._individual] if individual else list(self._shared.values())
        tops = [(top.due_at, queue) for queue in queues if (top := queue.next_due)]
        if not tops:
            return None
        due, queue = min(tops, key=lambda each: each[0])
        if due > now:
            return None
        items = [queue.pop()]
        while len(items) < (1 if individual else MAX_VALUES) and (top := queue.next_due):
            if top.due_at - now > _FILL * top.period(now):
                break
            items.append(queue.pop())
        return PollRequest(items[0].kind, items, now, individual)

    def reschedule(
        self, items: Sequence[PollItem[Subscriber]], taken_at: float, now: float, *, immediately: bool = False
    ) -> None:
        """Schedule the next poll of items that were taken out.

        :param taken_at: when they were taken out.
        :param immediately: whether they could not be read, and are to be polled once more now.
        """
        # One number for all: items that share a request go on sharing it.
        jitter = self._jitter()
        back = []
        for item in items:
            if not item.subscribers:
                continue
            period = item.period(taken_at)
            share = jitter * (_JITTER if item.polled else _FIRST_JITTER)
            # Counted from when it was due: an item that was polled late once is not late each time.
            item.due_at = max(min(item.due_at, taken_at) + period * (1 - share), taken_at + period / 2)
            item.polled = True
            if item.subscribed_in_flight or immediately:
                item.subscribed_in_flight, item.due_at = False, min(item.due_at, now)
            back.append(item)
        self._push(back, now)

    def poll_individually(self, item: PollItem[Subscriber], now: float, until: float = 0.0) -> None:
        """Poll an item at once, in a request of its own.

        :param until: until when it stays so.
        """
        if item.subscribers:
            item.individual_until = max(item.individual_until, until)
            item.due_at = now
            self._individual.push([item])

    def _push(self, items: Sequence[PollItem[Subscriber]], now: float) -> None:
        individual = [item for item in items if item.individual_until > now]
        self._individual.push(individual)
        if len(individual) < len(items):
            for kind, queue in self._shared.items():
                queue.push([each for each in items if each.kind is kind and each.individual_until <= now])


class _Queue(Generic[Subscriber]):
    """Orders items by when they are due. An item that was pushed again, taken or removed leaves a stale place."""

    _tickets = count(1)

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, PollItem[Subscriber]]] = []
        self._sweep_at = 1000

    @property
    def next_due(self) -> PollItem[Subscriber] | None:
        while self._heap:
            _, ticket, item = self._heap[0]
            if item.ticket == ticket:
                return item
            heapq.heappop(self._heap)
        return None

    def pop(self) -> PollItem[Subscriber]:
        """Take out the item that is due next; there is one."""
        item = heapq.heappop(self._heap)[2]
        item.ticket = None
        return item

    def push(self, items: Iterable[PollItem[Subscriber]]) -> None:
        fresh = []
        for item in items:
            item.ticket = next(self._tickets)
            fresh.append((item.due_at, item.ticket, item))
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
