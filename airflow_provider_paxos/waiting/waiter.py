"""Connect one trigger to the poller that all triggers of a connection share.

This file may know the watch and ``api.snapshot``. It is fed by the shared poller, and read by the trigger.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from airflow_provider_paxos.api.errors import PaxosError
from airflow_provider_paxos.api.snapshot import Snapshot
from airflow_provider_paxos.waiting.watch import Watch, ends_waiting


@dataclass(frozen=True, slots=True)
class LogLine:
    """A line for the log of the task that waits."""

    text: str
    is_warning: bool = False


class Waiter:
    """Takes in what the shared poller has read, and wakes its trigger only for a line of the log, or at the end.

    :param watch: the orchestrations that are waited for, and which of them are terminal.
    :param interval: seconds from one poll to the next, at most; None for what the age of each asks for.
    :param silent_fail: whether to wait on after a non-transient error.
    """

    __slots__ = ("_crash", "_log_lines", "_unreadable", "_wake", "error", "interval", "silent_fail", "watch")

    def __init__(self, watch: Watch, interval: float | None, *, silent_fail: bool = False) -> None:
        self.watch = watch
        self.interval = interval
        self.silent_fail = silent_fail
        self.error: str | None = None
        self._crash: BaseException | None = None
        self._log_lines: deque[LogLine] = deque()
        self._unreadable: set[str] = set()
        self._wake = asyncio.Event()

    @property
    def finished(self) -> bool:
        """Return whether all are terminal, or an error has ended the wait, and every line was handed out."""
        return not self._log_lines and (self.error is not None or self.watch.done)

    async def log_lines(self) -> list[LogLine]:
        """Wait for lines for the log, or for the end, and return the lines.

        :raises RuntimeError: if the poller has crashed.
        """
        while not (self._log_lines or self._crash or self.finished):
            self._wake.clear()
            await self._wake.wait()
        if self._crash and not self.finished:
            raise RuntimeError(f"polling Paxos crashed: {self._crash!r}") from self._crash
        lines = list(self._log_lines)
        self._log_lines.clear()
        return lines

    def receive(self, asked: Sequence[str], found: Iterable[Snapshot]) -> None:
        """Take in the result of a poll.

        :param asked: those of its ids and ref_ids that were asked for.
        :param found: those that Paxos returned.
        """
        was_unreadable = bool(self._unreadable)
        try:
            lines = self.watch.observe(found, asked)
        except PaxosError as error:
            self.receive_error(asked, error)
            return
        if was_unreadable:
            self._unreadable.difference_update(asked)
            if not self._unreadable:
                self._log_lines.append(LogLine("Polling Paxos works again."))
        self._log_lines.extend(map(LogLine, lines))
        if self._log_lines or self.watch.done:
            self._wake.set()

    def receive_error(self, asked: Iterable[str] | None, error: PaxosError) -> None:
        """Take in the error of a poll: it ends the wait, or is logged once until all can be read again.

        :param asked: those of its ids and ref_ids that were asked for; None for all.
        """
        if self.error is not None:
            return
        if ends_waiting(error) and not self.silent_fail:
            self.error = str(error)
            self._wake.set()
            return
        if not self._unreadable:
            what = "Error" if ends_waiting(error) else "Transient error"
            self._log_lines.append(LogLine(f"{what} while polling; will retry: {error}", is_warning=True))
        self._unreadable.update([*self.watch.ids, *self.watch.ref_ids] if asked is None else asked)
        self._wake.set()

    def receive_crash(self, error: BaseException) -> None:
        """Take in that the poller has crashed: nothing is polled any more."""
        self._crash = error
        self._wake.set()
