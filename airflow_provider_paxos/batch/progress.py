"""The progress of many, told by share and by rate rather than one by one."""

from __future__ import annotations

import time
from collections.abc import Callable

_STEP = 0.1
_SOONEST_SECONDS = 2.0
_LATEST_SECONDS = 15.0


class Progress:
    """Tells how many of all are done: each tenth of them, though not more often than is read; else every 15 s.

    :param what: what is done to them, such as ``Submitted``.
    :param total: how many there are.
    :param say: takes a line.
    :param clock: seconds.
    """

    def __init__(
        self, what: str, total: int, say: Callable[[str], object], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._what = what
        self._total = total
        self._say = say
        self._clock = clock
        self._began = self._told_at = clock()
        self._told = 0

    def tell(self, done: int) -> None:
        """Take in how many are done, and say so if it is time. The end is for ``say``."""
        since = self._clock() - self._told_at
        if done == self._total:
            return
        step = (done - self._told) / self._total >= _STEP
        if since >= _LATEST_SECONDS or (step and since >= _SOONEST_SECONDS):
            self.say(done)

    def say(self, done: int) -> None:
        """Say how many are done: ``Submitted 400 of 1,000 payments (40 %), 38.2 a second``."""
        now = self._clock()
        self._told, self._told_at = done, now
        rate = f", {done / (now - self._began):.1f} a second" if now > self._began else ""
        self._say(
            f"{self._what} {done:,} of {self._total:,} payments ({done / self._total:.0%}){rate}".replace("%)", " %)")
        )
