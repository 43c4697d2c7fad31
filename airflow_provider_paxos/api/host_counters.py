"""The counters of a host: a page in a file of this user's, for all processes that call one Paxos.

Each use locks the file, reads the page, and writes it back at one stroke, if it has changed it. So a process may be
killed at any moment: what it has counted stays counted, its lock ends with it, and the page is that of before its
change, or that of after it. The page is of a fixed size. Its times are those of a clock that all processes of a host
share until it is started anew (``time.monotonic``), and that nobody sets.

A page of another start of the machine, or a damaged one, is replaced; then there are no bursts for one window, since
nobody knows what has left. A file or folder that is not this user's alone, a fault of the file system, and a lock that
is not let go of make the process count on its own from then on, which is logged once.

This file may use the file system, and does no network I/O.
"""

from __future__ import annotations

import errno
import os
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from struct import Struct
from uuid import UUID

from airflow_provider_paxos.api.own_files import (
    OwnFolder,
    Untrusted,
    lock_for_process,
    require_own,
    unlock_for_process,
)
from airflow_provider_paxos.api.rate_counters import MOST_RATES, WINDOW, Counters

_PAGE = 4096
"""Bytes. A page of memory is written at one stroke, whatever happens to the process meanwhile."""

_HEADER = Struct(f"=8s16sdqqqdddd{2 * MOST_RATES}d")
_SLOTS_AT = 256
_FORM = b"paxrate1"
_FIRST_PAUSE = 0.00005
_LONGEST_PAUSE = 0.002
_LONGEST_LOCK = 5.0
"""Seconds. The page is held for some microseconds: who holds it so much longer was stopped, and not by its end."""


class HostCounters(Counters):
    """Counts in a file that the processes of a host share.

    :param folder: of the host; two counters of one folder log what is wrong with it once.
    :param name: of the file.
    :param clock: seconds; the same for all processes.
    """

    def __init__(self, folder: OwnFolder, name: str, clock: Callable[[], float]) -> None:
        self._page = bytearray(_PAGE)
        super().__init__(memoryview(self._page)[_SLOTS_AT:].cast("H"))
        self._folder = folder
        self._name = name
        self._clock = clock
        self._file: int | None = None
        self._alone = False
        self._is_read = False
        """Whether the counters are those of the page."""

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep other threads and processes out, read the page, and write it if it was changed."""
        with self._guard:
            if self._alone:
                yield
                return
            try:
                self._take()
                # What is interrupted is not written, and read anew.
                self._is_read = False
                yield
                if self.changed and not self._alone:
                    self._write()
                self._is_read = True
            finally:
                self.changed = False
                self._release()

    def close(self) -> None:
        """Close the file; a later use opens it again."""
        with self._guard:
            self._close()

    def _take(self) -> None:
        try:
            while True:
                file = self._opened()
                _lock(file)
                if os.fstat(file).st_nlink:
                    break
                # Somebody has tidied up: others go by a new file by now.
                self._close()
            self._read(os.pread(file, _PAGE + 1, 0))
        except OSError as error:
            self._keep_to_itself(error)

    def _opened(self) -> int:
        if self._file is None:
            # Once in a process: closing a second opening of the file would end the lock of the first one.
            with self._folder.open() as folder:
                self._file = self._opened_in(folder)
        return self._file

    def _opened_in(self, folder: int) -> int:
        try:
            return self._own(folder)
        except OSError as error:
            if not isinstance(error, Untrusted) and error.errno != errno.ELOOP:
                raise
            self._folder.warn(self._name, error)
            os.unlink(self._name, dir_fd=folder)
            return self._own(folder)

    def _own(self, folder: int) -> int:
        opened = os.open(self._name, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK, 0o600, dir_fd=folder)
        try:
            require_own(opened, stat.S_ISREG)
        except BaseException:
            os.close(opened)
            raise
        return opened

    def _read(self, page: bytes) -> None:
        if not page:
            self._begin()
        elif len(page) != _PAGE or not page.startswith(_FORM):
            self._folder.warn(self._name, Untrusted("it is damaged"))
            os.ftruncate(self._opened(), _PAGE)
            self._begin(even=True)
        else:
            if self._is_read and page == self._page:
                return
            self._page[:] = page
            _, boot, seen, *numbers = _HEADER.unpack_from(page)
            if boot != _boot() or seen > self._clock() + 1:
                self._begin(even=True)
                return
            self.swept, self.total, self.last = numbers[:3]
            self.throttle_ends_at, self.stood_still, self.even_until, self.kept = numbers[3:7]
            pairs = zip(numbers[7::2], numbers[8::2], strict=True)
            self.latest = {rate: slot for rate, slot in pairs if rate}

    def _begin(self, *, even: bool = False) -> None:
        self._page[:] = bytes(_PAGE)
        self._clear()
        if even:
            self.even_until = self._clock() + WINDOW

    def _write(self) -> None:
        latest = [number for pair in self.latest.items() for number in pair]
        latest += [0.0] * (2 * MOST_RATES - len(latest))
        _HEADER.pack_into(
            self._page,
            0,
            _FORM,
            _boot(),
            self._clock(),
            self.swept,
            self.total,
            self.last,
            self.throttle_ends_at,
            self.stood_still,
            self.even_until,
            self.kept,
            *latest,
        )
        try:
            os.pwrite(self._opened(), self._page, 0)
        except OSError as error:
            self._keep_to_itself(error)

    def _release(self) -> None:
        if self._file is not None:
            try:
                unlock_for_process(self._file)
            except OSError as error:
                self._keep_to_itself(error)

    def _keep_to_itself(self, error: OSError) -> None:
        self._folder.warn("" if self._file is None else self._name, error)
        self._alone = True
        self._close()

    def _close(self) -> None:
        held, self._file = self._file, None
        if held is not None:
            os.close(held)


def _lock(file: int) -> None:
    pause, until = _FIRST_PAUSE, time.monotonic() + _LONGEST_LOCK
    while True:
        try:
            return lock_for_process(file)
        except BlockingIOError:
            if time.monotonic() > until:
                raise Untrusted("another process does not let go of it") from None
        time.sleep(pause)
        pause = min(2 * pause, _LONGEST_PAUSE)


@lru_cache(maxsize=1)
def _boot() -> bytes:
    """Return what distinguishes this start of the machine; where it has no name, the clock has to do."""
    try:
        return UUID(Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()).bytes
    except (OSError, ValueError):
        return bytes(16)
