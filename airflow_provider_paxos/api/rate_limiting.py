"""The rate limiter: how many requests a process may send to one host, in which order, and none while it is throttled.

Paxos counts requests per endpoint and IP address, averaged over five minutes, and answers an excess by throttling the
whole address for five minutes. The limiter counts all endpoints together, but for the token's, which has a limit of its
own: whoever stays within it stays within Paxos' limits.

A flow reserves a slot, waits for it, and sends its request if the slot is still valid:

    slot = limiter.reserve(rate)
    while wait := limiter.wait(slot):
        yield Pause(wait)
    ...
    if limiter.is_valid(slot):
        yield Send(request)

Slots are seconds of the limiter's own time, which **stands still while it is throttled**. So all who wait keep their
order and their distances, and what was due meanwhile does not leave in one lump when the throttle ends.

A slot that was not used (its flow was cancelled, or came too late) counts as used. A cancelled request may have left,
and of the two mistakes this one costs a little time, the other five minutes.

This file may use the clock that it is given, and nothing else of the package.
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
"""Seconds that a slot stays valid: an event loop may be late, but what comes later than that reserves anew."""

_COUNTED = WINDOW + _GRACE + 1
"""Slices of a second that count together. The last one's requests may leave early in it, the first one's late by the
grace: by so many slices they are five minutes apart all the same."""


class RateLimiter:
    """One limit, for every flow of a process that falls under it. Threads may share it.

    :param clock: seconds; must not run backwards.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        # Slots in each second of the limiter's time, of the last five minutes and of those to come.
        self._slots: dict[int, int] = {}
        self._sum = 0
        self._latest: dict[float, float] = {}
        self._swept = 0
        self._throttle_ends_at = -math.inf
        self._stood_still = 0.0
        self._even_until = -math.inf

    def reserve(self, rate: float) -> float:
        """Return a slot for one request.

        No five minutes that this slot is in hold more than ``300 * rate`` slots. Within that, bursts leave at once;
        beyond it flows wait, and those who wait are served in order and at even distances. Flows of a lower rate, which
        wait longer, do not hold up the others: the count is the host's, the ceiling each flow's own.

        :param rate: requests per second, averaged over five minutes.
        """
        with self._lock:
            now = self._time()
            self._sweep(now)
            slot = now
            latest = self._latest.get(rate, -math.inf)
            if latest > now or latest < self._even_until:
                slot = max(now, latest + 1 / rate)
            second = self._first_free(math.floor(slot), max(1, math.floor(rate * WINDOW)))
            slot = max(slot, float(second))
            self._slots[second] = self._slots.get(second, 0) + 1
            self._sum += 1
            self._latest[rate] = slot
            return slot

    def wait(self, slot: float) -> float:
        """Return the seconds until a slot, 0 if its time has come. A throttle meanwhile makes it later."""
        with self._lock:
            return max(0.0, self._due(slot) - self._clock())

    def is_valid(self, slot: float) -> bool:
        """Return whether a request may leave now by this slot: its time has come, and is not long past."""
        with self._lock:
            earliest = max(self._throttle_ends_at - self._stood_still, self._time() - _GRACE)
            return earliest <= slot and self._due(slot) <= self._clock()

    def throttle(self, seconds: float) -> None:
        """Let nothing leave for so many seconds, and no bursts for the five minutes after them.

        The count was not the whole truth, or Paxos would not have refused: others may share the address. So for one
        more window, flows leave at even distances. A longer throttle stays.
        """
        with self._lock:
            from_then_on = max(self._throttle_ends_at, self._clock())
            until = self._clock() + seconds
            if until <= from_then_on:
                return
            now = self._time()
            self._stood_still += until - from_then_on
            self._throttle_ends_at = until
            self._even_until = now + WINDOW
            # Whoever left just before keeps nobody waiting beyond the throttle.
            self._latest = {rate: slot for rate, slot in self._latest.items() if slot > now}

    def throttled_for(self) -> float:
        """Return the seconds until the throttle ends, 0 if there is none."""
        with self._lock:
            return max(0.0, self._throttle_ends_at - self._clock())

    def _time(self) -> float:
        return max(self._clock(), self._throttle_ends_at) - self._stood_still

    def _due(self, slot: float) -> float:
        # Rounding may make the sum a trifle less than the end of the throttle that moved it.
        return max(slot + self._stood_still, self._throttle_ends_at)

    def _sweep(self, now: float) -> None:
        """Forget what no longer counts, once a second: the memory is that of five minutes, and of those who wait."""
        if (second := math.floor(now)) != self._swept:
            self._swept = second
            self._slots = {at: slots for at, slots in self._slots.items() if at > second - _COUNTED}
            self._sum = sum(self._slots.values())
            self._latest = {rate: slot for rate, slot in self._latest.items() if slot + 1 / rate > now}

    def _first_free(self, start: int, ceiling: int) -> int:
        """Return the first second from ``start`` on of which no window, before it or after it, is full."""
        if self._sum < ceiling:
            return start
        count, last = self._slots.get, max(self._slots)
        window = sum(map(count, range(start - _COUNTED + 1, start + 1), repeat(0)))
        free = end = start
        # Beyond the last slot, windows only become emptier.
        while window >= ceiling or end < min(last, free + _COUNTED - 1):
            if window >= ceiling:
                free = end + 1
            end += 1
            window += count(end, 0) - count(end - _COUNTED, 0)
        return free


@dataclass(frozen=True)
class HostRateLimiter:
    """Limits what a process sends to one host.

    :param api: limits the API's requests.
    :param grants: limits token requests, of which Paxos allows fewer.
    """

    api: RateLimiter
    grants: RateLimiter

    @classmethod
    def by(cls, clock: Callable[[], float]) -> HostRateLimiter:
        """Return an unused rate limiter, by a clock that does not run backwards."""
        return cls(RateLimiter(clock), RateLimiter(clock))

    def throttle(self, seconds: float) -> None:
        """Let nothing leave for so many seconds: whichever limit was met, Paxos throttles the whole address."""
        self.api.throttle(seconds)
        self.grants.throttle(seconds)
