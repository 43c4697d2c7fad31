"""The counters of a rate limiter: how many slots each second has, and what else it goes by.

Times are the limiter's own, in seconds. This file may use nothing else of the package.
"""

from __future__ import annotations

import math
import threading
from contextlib import AbstractContextManager

WINDOW = 300
"""Seconds that Paxos averages over."""

GRACE = 5
"""Seconds that a slot stays valid: an event loop may be late, but what comes later than that reserves anew."""

COUNTED = WINDOW + GRACE + 1
"""Slices of a second that count together. The last one's requests may leave early in it, the first one's late by the
grace: by so many slices they are five minutes apart all the same."""

MOST_RATES = 8
"""Rates of which the latest slot is kept; beyond them the one that has waited least is forgotten, and not the count."""

_SECONDS = 2**16


class Counters:
    """Counts in memory, for the threads of one process.

    ``held`` has to be entered before anything is read or changed.

    :param slots: a ring of seconds, those that count and those to come: all others are zero.
    """

    def __init__(self, slots: memoryview[int] | None = None) -> None:
        self._guard = threading.Lock()
        self._slots: memoryview[int] = memoryview(bytearray(2 * _SECONDS)).cast("H") if slots is None else slots
        self.changed = False
        """Whether what is held has been changed."""
        self._clear()

    def _clear(self) -> None:
        self.swept = 0
        """The second of the latest look: what counts is not older than ``COUNTED`` before it."""
        self.total = 0
        self.last = 0
        """The latest second that may have slots."""
        self.throttle_ends_at = -math.inf
        """By the clock."""
        self.stood_still = 0.0
        """Seconds that the clock is ahead of the limiter's time."""
        self.even_until = -math.inf
        self.kept = -math.inf
        """The latest slot of those that are kept from bursts."""
        self.latest: dict[float, float] = {}
        """The latest slot of each rate."""

    def held(self) -> AbstractContextManager[object]:
        """Keep others out: threads here, and where counters are shared, processes."""
        return self._guard

    @property
    def horizon(self) -> int:
        """The first second that has no room in the ring."""
        return self.swept - COUNTED + 1 + len(self._slots)

    def at(self, second: int) -> int:
        """Return the slots of a second that counts, or is to come."""
        return self._slots[second % len(self._slots)] if second <= self.last else 0

    def up_to(self, second: int) -> int:
        """Return the slots of the seconds that count together, of which this is the last.

        :param second: the present one, or one to come.
        """
        first, beyond = second - COUNTED + 1, min(second, self.last) + 1
        if beyond <= first:
            return 0
        begin, end = first % len(self._slots), beyond % len(self._slots)
        if begin < end:
            return sum(self._slots[begin:end])
        return sum(self._slots[begin:]) + sum(self._slots[:end])

    def add(self, second: int) -> None:
        """Count one slot more."""
        self._slots[second % len(self._slots)] += 1
        self.total += 1
        self.last = max(self.last, second)

    def sweep(self, second: int) -> None:
        """Forget what no longer counts."""
        passed = second - self.swept
        if passed <= 0:
            return
        if self.total:
            oldest = self.swept - COUNTED + 1
            for expired in range(oldest, min(oldest + passed, self.last + 1)):
                index = expired % len(self._slots)
                self.total -= self._slots[index]
                self._slots[index] = 0
        self.swept = second
        self.latest = {rate: slot for rate, slot in self.latest.items() if slot + 1 / rate > second}

    def note(self, rate: float, slot: float) -> None:
        """Note the latest slot of a rate."""
        self.latest[rate] = slot
        if len(self.latest) > MOST_RATES:
            del self.latest[min(self.latest, key=self.latest.__getitem__)]
