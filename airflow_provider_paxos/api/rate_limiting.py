"""The rate limiter: how many requests may leave for one host, in which order, and none while it is throttled.

Paxos counts requests per endpoint and IP address, averaged over five minutes, and answers an excess by throttling the
whole address for five minutes. The limiter counts all endpoints together, but for the token's, which has a limit of its
own: whoever stays within it stays within Paxos' limits. Its counters may be shared by all processes of a host.

A flow reserves a slot, waits for it, and sends its request if the slot is still valid:

    slot = limiter.reserve(rate)
    while wait := limiter.wait(slot):
        yield Pause(wait)
    ...
    if limiter.is_valid(slot):
        yield Send(request)

Slots are seconds of the limiter's own time, which **stands still while it is throttled**. So all who wait keep their
order and their distances, and what was due meanwhile does not leave in one lump when the throttle ends.

A slot that was not used (its flow was cancelled, its process killed, or it came too late) counts as used. A cancelled
request may have left, and of the two mistakes this one costs a little time, the other five minutes.

Fair are the order, which is that of the reservations, and a **part that is kept** from bursts: a batch may use up the
rest of the window at once, and whoever polls or sends one request goes on at even distances all the same.

This file may use the counters, and the clock that it is given.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from airflow_provider_paxos.api.host_counters import HostCounters
from airflow_provider_paxos.api.own_files import OwnFolder
from airflow_provider_paxos.api.rate_counters import COUNTED, GRACE, WINDOW, Counters

LIMIT = 50.0
"""Requests per second that Paxos allows at an endpoint, for one IP address."""

GRANT_RATE = 0.8
"""Token requests per second: 80 % of the one that Paxos allows."""

KEPT = 0.1
"""The part of the API's window that bursts leave to others."""

SPREAD = 0.05
"""Hosts that were throttled together, as they share an address, go on within so much of the throttle after its end."""


class NoSlot(Exception):
    """No slot was reserved, since the first one that is free comes later than the flow would wait.

    :param wait: seconds until that one.
    """

    def __init__(self, wait: float) -> None:
        super().__init__(f"no slot within {wait:.0f} s")
        self.wait = wait


class RateLimiter:
    """One limit, for every flow that falls under it. Threads may share it, and by its counters, processes.

    :param clock: seconds; must not run backwards.
    :param counters: by default the limiter's own.
    :param kept: the part of the window that is kept from bursts.
    """

    def __init__(self, clock: Callable[[], float], counters: Counters | None = None, *, kept: float = 0.0) -> None:
        self._clock = clock
        self._counters = counters or Counters()
        self._kept = kept

    def reserve(self, rate: float, *, bulk: bool = False, within: float = math.inf) -> float:
        """Return a slot for one request.

        No five minutes that this slot is in hold more than ``300 * rate`` slots. Within that, bursts leave at once;
        beyond it flows wait, and those who wait are served in order and at even distances. Flows of a lower rate, which
        wait longer, do not hold up the others: the count is the host's, the ceiling each flow's own.

        :param rate: requests per second, averaged over five minutes.
        :param bulk: whether the request is one of very many. Those leave the part that is kept to others, and go as
            soon as there is room, so that what has left in a burst may be followed by another one.
        :param within: seconds that the flow would wait.
        :raises NoSlot: if all slots within that time are taken.
        """
        counters = self._counters
        with counters.held():
            now = self._time()
            counters.sweep(math.floor(now))
            whole = max(1, math.floor(rate * WINDOW))
            kept = math.floor(whole * self._kept)
            slot = self._in_order(rate * (whole - kept) / whole, now, rate, bulk=bulk)
            second = self._first_free(math.floor(slot), whole - kept)
            slot = max(slot, float(second))
            if kept and not bulk and slot > now:
                apart = COUNTED / kept
                own = max(now, counters.kept + apart)
                # After a throttle, order comes before speed, as long as the order does not take longer than that.
                in_order = now < counters.even_until and slot <= now + apart
                if own < slot and not in_order and counters.up_to(math.floor(now)) < whole:
                    self._require_within(own, within)
                    counters.kept = own
                    counters.changed = True
                    return own
            self._require_within(slot, within)
            if second >= counters.horizon:
                raise NoSlot(self._due(slot) - self._clock())
            counters.add(second)
            if not bulk or now < counters.even_until:
                counters.note(rate, slot)
            counters.changed = True
            return slot

    def wait(self, slot: float) -> float:
        """Return the seconds until a slot, 0 if its time has come. A throttle meanwhile makes it later."""
        with self._counters.held():
            return max(0.0, self._due(slot) - self._clock())

    def is_valid(self, slot: float) -> bool:
        """Return whether a request may leave now by this slot: its time has come, and is not long past."""
        with self._counters.held():
            counters = self._counters
            earliest = max(counters.throttle_ends_at - counters.stood_still, self._time() - GRACE)
            return earliest <= slot and self._due(slot) <= self._clock()

    def throttle(self, seconds: float) -> None:
        """Let nothing leave for so many seconds, and no bursts for the five minutes after them.

        The count was not the whole truth, or Paxos would not have refused: others may share the address. So for one
        more window, flows leave at even distances. A longer throttle stays.
        """
        counters = self._counters
        with counters.held():
            from_then_on = max(counters.throttle_ends_at, self._clock())
            until = self._clock() + seconds
            if until <= from_then_on:
                return
            now = self._time()
            counters.stood_still += until - from_then_on
            counters.throttle_ends_at = until
            counters.even_until = now + WINDOW
            # Whoever left just before keeps nobody waiting beyond the throttle.
            counters.latest = {rate: slot for rate, slot in counters.latest.items() if slot > now}
            counters.changed = True

    def throttled_for(self) -> float:
        """Return the seconds until the throttle ends, 0 if there is none."""
        with self._counters.held():
            return max(0.0, self._counters.throttle_ends_at - self._clock())

    def _time(self) -> float:
        return max(self._clock(), self._counters.throttle_ends_at) - self._counters.stood_still

    def _due(self, slot: float) -> float:
        # Rounding may make the sum a trifle less than the end of the throttle that moved it.
        return max(slot + self._counters.stood_still, self._counters.throttle_ends_at)

    def _require_within(self, slot: float, within: float) -> None:
        if (wait := self._due(slot) - self._clock()) > within:
            raise NoSlot(wait)

    def _in_order(self, spacing_rate: float, now: float, rate: float, *, bulk: bool) -> float:
        """Return the earliest moment that the order leaves: at an even distance to whoever waits."""
        counters = self._counters
        latest = counters.latest.get(rate, -math.inf)
        if latest < counters.even_until or (latest > now and not (bulk and now >= counters.even_until)):
            return max(now, latest + 1 / spacing_rate)
        return now

    def _first_free(self, start: int, ceiling: int) -> int:
        """Return the first second from ``start`` on of which no window, before it or after it, is full."""
        counters = self._counters
        if counters.total < ceiling:
            return start
        at, last = counters.at, counters.last
        window = counters.up_to(start)
        free = end = start
        # Beyond the last slot, windows only become emptier.
        while window >= ceiling or end < min(last, free + COUNTED - 1):
            if window >= ceiling:
                free = end + 1
            end += 1
            window += at(end) - at(end - COUNTED)
        return free


@dataclass(frozen=True)
class HostRateLimiter:
    """Limits what is sent to one host.

    :param api: limits the API's requests.
    :param grants: limits token requests, of which Paxos allows fewer.
    :param jitter: a number from 0 to 1 for each throttle, to spread the ends of those that several hosts meet.
    """

    api: RateLimiter
    grants: RateLimiter
    jitter: Callable[[], float] = lambda: 0.0

    @classmethod
    def by(cls, clock: Callable[[], float]) -> HostRateLimiter:
        """Return an unused rate limiter, by a clock that does not run backwards."""
        return cls(RateLimiter(clock, kept=KEPT), RateLimiter(clock))

    @classmethod
    def shared(
        cls, folder: Path, name: str, clock: Callable[[], float], jitter: Callable[[], float]
    ) -> HostRateLimiter:
        """Return the rate limiter that all processes of a host share.

        :param folder: where they share it; made if it is not there.
        :param name: of the host that is called; the files' names begin with it.
        :param clock: seconds since a moment that is the same for all of them.
        :param jitter: as above.
        """
        own = OwnFolder(folder, "the rate limit of this host, to which each process now keeps on its own")
        api, grants = (HostCounters(own, f"{name}.{of}.rate", clock) for of in ("api", "grants"))
        return cls(RateLimiter(clock, api, kept=KEPT), RateLimiter(clock, grants), jitter)

    def throttle(self, seconds: float) -> None:
        """Let nothing leave for so many seconds: whichever limit was met, Paxos throttles the whole address."""
        seconds *= 1 + SPREAD * self.jitter()
        self.api.throttle(seconds)
        self.grants.throttle(seconds)
