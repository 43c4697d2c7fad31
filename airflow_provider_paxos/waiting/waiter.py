"""A waiter: what one trigger follows, told by the reader that all triggers of a connection share."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from airflow_provider_paxos.api.errors import PaxosError
from airflow_provider_paxos.api.snapshot import Snapshot
from airflow_provider_paxos.waiting.watch import Watch, ends_waiting


@dataclass(frozen=True, slots=True)
class News:
    """A line for the log of the one who waits.

    :param trouble: whether it is a warning.
    """

    line: str
    trouble: bool = False


class Waiter:
    """Takes in what the reader tells, and wakes its trigger only for what is worth a line, or the end.

    :param watch: what is waited for, and what of it has ended.
    :param interval: seconds between two readings, at most; None for what the age of each asks for.
    :param silent: whether to wait on after an error that no waiting mends.
    """

    __slots__ = ("_crash", "_news", "_troubled", "_wake", "fault", "interval", "silent", "watch")

    def __init__(self, watch: Watch, interval: float | None, *, silent: bool = False) -> None:
        self.watch = watch
        self.interval = interval
        self.silent = silent
        self.fault: str | None = None
        self._crash: BaseException | None = None
        self._news: deque[News] = deque()
        self._troubled: set[str] = set()
        self._wake = asyncio.Event()

    @property
    def over(self) -> bool:
        """Whether all has ended, or waiting has become pointless (``fault``), and every line was handed out."""
        return not self._news and (self.fault is not None or self.watch.done)

    async def news(self) -> list[News]:
        """Wait for something worth a line, or for the end.

        :raises RuntimeError: if the reader has crashed.
        """
        while not (self._news or self._crash or self.over):
            self._wake.clear()
            await self._wake.wait()
        if self._crash and not self.over:
            raise RuntimeError(f"reading from Paxos crashed: {self._crash!r}") from self._crash
        news = list(self._news)
        self._news.clear()
        return news

    def told(self, asked: Sequence[str], found: Iterable[Snapshot]) -> None:
        """Take in a reading.

        :param asked: its own ids and ref_ids that were asked for.
        :param found: those that Paxos shows.
        """
        troubled = bool(self._troubled)
        try:
            remarks = self.watch.observe(found, asked)
        except PaxosError as error:
            self.troubled(asked, error)
            return
        if troubled:
            self._troubled.difference_update(asked)
            if not self._troubled:
                self._news.append(News("Reading from Paxos works again."))
        self._news.extend(map(News, remarks))
        if self._news or self.watch.done:
            self._wake.set()

    def troubled(self, asked: Iterable[str] | None, error: PaxosError) -> None:
        """Take in that a reading failed: it ends the wait, or is told once until all can be read again.

        :param asked: its own ids and ref_ids that were asked for; None for all.
        """
        if self.fault is not None:
            return
        if ends_waiting(error) and not self.silent:
            self.fault = str(error)
            self._wake.set()
            return
        if not self._troubled:
            what = "Error" if ends_waiting(error) else "Transient error"
            self._news.append(News(f"{what} while polling; will retry: {error}", trouble=True))
        self._troubled.update([*self.watch.ids, *self.watch.ref_ids] if asked is None else asked)
        self._wake.set()

    def crashed(self, error: BaseException) -> None:
        """Take in that nobody reads any more."""
        self._crash = error
        self._wake.set()
