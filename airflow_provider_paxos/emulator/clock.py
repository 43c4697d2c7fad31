"""Run the emulator's clock: the machine's, moved ahead or stopped on demand."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta


@dataclass
class SavedClock:
    """Holds the part of a clock that outlives a restart."""

    ahead: float = 0.0
    frozen_at: datetime | None = None


class Clock:
    """Runs with the machine's clock, ahead of it, or not at all.

    :param wall: the machine's time, in seconds since the epoch
    """

    def __init__(self, wall: Callable[[], float] = time.time, saved: SavedClock | None = None) -> None:
        self._wall = wall
        self._saved = saved or SavedClock()
        self._latest = datetime.min.replace(tzinfo=UTC)

    @property
    def saved(self) -> SavedClock:
        """Return the state to restore this clock from."""
        return self._saved

    def now(self) -> datetime:
        """Return the time; it never goes back, even if the machine's does."""
        if self._saved.frozen_at is not None:
            return self._saved.frozen_at
        self._latest = max(self._latest, datetime.fromtimestamp(self._wall() + self._saved.ahead, UTC))
        return self._latest

    def advance(self, seconds: float) -> None:
        """Move the clock ahead, frozen or not."""
        if self._saved.frozen_at is not None:
            self._saved.frozen_at += timedelta(seconds=seconds)
        else:
            self._saved.ahead += seconds

    def freeze(self) -> None:
        """Stop the clock; from here on only :meth:`advance` moves it."""
        self._saved.frozen_at = self.now()

    def thaw(self) -> None:
        """Let a frozen clock go on from where it stands."""
        if self._saved.frozen_at is not None:
            self._saved.ahead = self._saved.frozen_at.timestamp() - self._wall()
            self._saved.frozen_at = None


def rfc3339(moment: datetime) -> str:
    """Return a time as the API writes it: UTC, microseconds, ``Z``."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def with_nanoseconds(moment: datetime, number: int) -> str:
    """Return a time as events have it: with nanoseconds, the last three digits from a number."""
    return f"{rfc3339(moment).removesuffix('Z')}{number % 1000:03d}Z"
