"""Report the progress of many, by share and rate rather than one by one."""

from __future__ import annotations

import time
from collections.abc import Callable

_STEP = 0.1
_SOONEST_SECONDS = 2.0
_LATEST_SECONDS = 15.0


class Progress:
    """Reports how many of all are done: at each tenth, but at most every 2 s; else every 15 s.

    :param what: the verb of the line, such as ``Submitted``.
    :param total: how many there are.
    :param log: takes a line.
    :param clock: seconds, monotonic.
    """

    def __init__(
        self, what: str, total: int, log: Callable[[str], object], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._what = what
        self._total = total
        self._log = log
        self._clock = clock
        self._began = self._reported_at = clock()
        self._reported = 0

    def update(self, done: int) -> None:
        """Report how many are done if it is time for that; never the end, which is for ``report``."""
        since = self._clock() - self._reported_at
        if done == self._total:
            return
        step = (done - self._reported) / self._total >= _STEP
        if since >= _LATEST_SECONDS or (step and since >= _SOONEST_SECONDS):
            self.report(done)

    def report(self, done: int) -> None:
        """Report how many are done: ``Submitted 400 of 1,000 payments (40 %), 38.2 a second``."""
        now = self._clock()
        self._reported, self._reported_at = done, now
        rate = f", {done / (now - self._began):.1f} a second" if now > self._began else ""
        self._log(
            f"{self._what} {done:,} of {self._total:,} payments ({done / self._total:.0%}){rate}".replace("%)", " %)")
        )
