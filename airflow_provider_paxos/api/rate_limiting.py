"""The request budget: how many requests a process may send to one host, in which order, and none while it is closed.

Paxos counts requests per endpoint and IP address, averaged over five minutes, and answers an excess by throttling the
whole address for five minutes. The budget counts all endpoints together, but for the token's, which has a limit of its
own: whoever stays within it stays within Paxos' limits.

A flow reserves a place, waits for it, and sends its request if the place still holds:

    place = budget.reserve(rate)
    while wait := budget.wait(place):
        yield Pause(wait)
    ...
    if budget.holds(place):
        yield Send(request)

Places are seconds of the budget's own time, which **stands still while it is closed**. So all who wait keep their
order and their distances, and what was due meanwhile does not leave in one lump when it opens.

A place that nobody came for (its flow was cancelled, or found itself too late) counts as used. Nobody can tell whether
what was cancelled had left, and of the two mistakes this one costs a little time, the other five minutes.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from dataclasses import dataclass
from itertools import repeat

LIMIT = 50.0
"""Requests per second that Paxos allows at an endpoint, for one IP address."""

GRANT_RATE = 0.8
"""Token requests per second: 80 % of the one that Paxos allows."""

WINDOW = 300
"""Seconds that Paxos averages over."""

_GRACE = 5
"""Seconds that a place holds: an event loop may be late, but what comes later than that reserves anew."""

_COUNTED = WINDOW + _GRACE + 1
"""Slices of a second that count together. The last one's requests may leave early in it, the first one's late by the
grace: by so many slices they are five minutes apart all the same."""


class Budget:
    """One limit, for every flow of a process that falls under it. Threads may share it.

    :param clock: seconds; must not run backwards.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        # Places in each second of the budget's time, of the last five minutes and of those to come.
        self._places: dict[int, int] = {}
        self._sum = 0
        self._latest: dict[float, float] = {}
        self._swept = 0
        self._opens_at = -math.inf
        self._stood_still = 0.0
        self._even_until = -math.inf

    def reserve(self, rate: float) -> float:
        """Return a place for one request.

        No five minutes that this place is in hold more than ``300 * rate`` places. Within that, bursts leave at once;
        beyond it flows wait, and those who wait are served in order and at even distances. Flows of a lower rate, which
        wait longer, do not hold up the others: the count is the host's, the ceiling each flow's own.

        :param rate: requests per second, averaged over five minutes.
        """
        with self._lock:
            now = self._time()
            self._sweep(now)
            place = now
            latest = self._latest.get(rate, -math.inf)
            if latest > now or latest < self._even_until:
                place = max(now, latest + 1 / rate)
            second = self._first_free(math.floor(place), max(1, math.floor(rate * WINDOW)))
            place = max(place, float(second))
            self._places[second] = self._places.get(second, 0) + 1
            self._sum += 1
            self._latest[rate] = place
            return place

    def wait(self, place: float) -> float:
        """Return the seconds until a place, 0 if its time has come. A closure meanwhile makes it later."""
        with self._lock:
            return max(0.0, self._due(place) - self._clock())

    def holds(self, place: float) -> bool:
        """Return whether a request may leave now by this place: its time has come, and is not long past."""
        with self._lock:
            earliest = max(self._opens_at - self._stood_still, self._time() - _GRACE)
            return earliest <= place and self._due(place) <= self._clock()

    def close(self, seconds: float) -> None:
        """Let nothing leave for so many seconds, and no bursts for the five minutes after them.

        The count was not the whole truth, or Paxos would not have refused: others may share the address. So for one
        more window, flows leave at even distances. A longer closure stays.
        """
        with self._lock:
            from_then_on = max(self._opens_at, self._clock())
            until = self._clock() + seconds
            if until <= from_then_on:
                return
            now = self._time()
            self._stood_still += until - from_then_on
            self._opens_at = until
            self._even_until = now + WINDOW
            # Whoever left just before keeps nobody waiting beyond the closure.
            self._latest = {rate: place for rate, place in self._latest.items() if place > now}

    def closed(self) -> float:
        """Return the seconds until it opens, 0 if it is open."""
        with self._lock:
            return max(0.0, self._opens_at - self._clock())

    def _time(self) -> float:
        return max(self._clock(), self._opens_at) - self._stood_still

    def _due(self, place: float) -> float:
        # Rounding may make the sum a trifle less than the end of the closure that moved it.
        return max(place + self._stood_still, self._opens_at)

    def _sweep(self, now: float) -> None:
        """Forget what no longer counts, once a second: the memory is that of five minutes, and of those who wait."""
        if (second := math.floor(now)) != self._swept:
            self._swept = second
            self._places = {at: places for at, places in self._places.items() if at > second - _COUNTED}
            self._sum = sum(self._places.values())
            self._latest = {rate: place for rate, place in self._latest.items() if place + 1 / rate > now}

    def _first_free(self, start: int, ceiling: int) -> int:
        """Return the first second from ``start`` on of which no window, before it or after it, is full."""
        if self._sum < ceiling:
            return start
        count, last = self._places.get, max(self._places)
        window = sum(map(count, range(start - _COUNTED + 1, start + 1), repeat(0)))
        free = end = start
        # Beyond the last place, windows only become emptier.
        while window >= ceiling or end < min(last, free + _COUNTED - 1):
            if window >= ceiling:
                free = end + 1
            end += 1
            window += count(end, 0) - count(end - _COUNTED, 0)
        return free


@dataclass(frozen=True)
class HostRateLimiter:
    """What a process may send to one host.

    :param api: the budget of the API's requests.
    :param grants: the budget of token requests, whose limit is another.
    """

    api: Budget
    grants: Budget

    @classmethod
    def by(cls, clock: Callable[[], float]) -> HostRateLimiter:
        """Return a budget of which nothing is used, by a clock that does not run backwards."""
        return cls(Budget(clock), Budget(clock))

    def close(self, seconds: float) -> None:
        """Let nothing leave for so many seconds: whichever limit was met, Paxos throttles the whole address."""
        self.api.close(seconds)
        self.grants.close(seconds)
