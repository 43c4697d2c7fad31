"""A folder and files that belong to this user alone: for what the processes of a host share.

Nothing is trusted for its name: what is a link, belongs to another user or is open to others is refused. This file may
use the file system, and nothing else of the package.
"""

from __future__ import annotations

import errno
import logging
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows
    CAN_LOCK = False
else:
    CAN_LOCK = True

_OF_OTHERS = stat.S_IRWXG | stat.S_IRWXO

log = logging.getLogger(__name__)


class Untrusted(OSError):
    """A file or folder that is not to be relied on, with the reason."""


class OwnFolder:
    """Opens a folder in which no other user can replace a file.

    :param path: made if it is not there, in a folder that is.
    :param purpose: what its files are for, as the log says it.
    """

    def __init__(self, path: Path, purpose: str) -> None:
        self.path = path
        self._purpose = purpose
        self._logged: set[str] = set()

    @contextmanager
    def open(self) -> Iterator[int]:
        """Open the folder, for calls that take a ``dir_fd``: what was checked is what is used.

        :raises OSError: if it cannot be opened or made; ``Untrusted`` if it is not this user's alone.
        """
        with suppress(FileExistsError):
            self.path.mkdir(mode=0o700)
        opened = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        try:
            require_own(opened, stat.S_ISDIR)
            yield opened
        finally:
            os.close(opened)

    def warn(self, name: str, error: OSError) -> None:
        """Log once why a file is not used.

        :param name: of the file; empty for the folder itself.
        """
        why = "it is a symbolic link" if error.errno == errno.ELOOP else error.strerror or str(error)
        line = f"{self.path / name} is not used for {self._purpose}: {why}."
        if line not in self._logged:
            self._logged.add(line)
            log.warning("%s", line)


def require_own(opened: int, kind: Callable[[int], bool]) -> None:
    """Require that what was opened is of a kind, and this user's alone.

    :param kind: such as ``stat.S_ISREG``.
    :raises Untrusted: says what is wrong.
    """
    status = os.fstat(opened)
    if not kind(status.st_mode):
        raise Untrusted("it is of the wrong kind")
    if status.st_uid != os.geteuid():
        raise Untrusted("it belongs to another user")
    if status.st_mode & _OF_OTHERS:
        raise Untrusted("it is open to other users")


def lock(opened: int) -> None:
    """Lock a file as long as this opening of it lasts.

    :raises BlockingIOError: at once, if another opening has locked it.
    """
    fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)


def unlock(opened: int) -> None:
    """Unlock what ``lock`` has locked, and close it."""
    try:
        # Closing alone leaves it locked as long as a forked process has it open.
        fcntl.flock(opened, fcntl.LOCK_UN)
    finally:
        os.close(opened)


def lock_for_process(opened: int) -> None:
    """Lock a file for this process alone: a fork has no part in it, and the end of the process is the end of the lock.

    :raises BlockingIOError: at once, if another process has locked it.
    """
    try:
        fcntl.lockf(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except PermissionError as denied:  # POSIX allows either
        raise BlockingIOError(denied.errno, denied.strerror) from None


def unlock_for_process(opened: int) -> None:
    """Unlock what ``lock_for_process`` has locked; harmless if it has not."""
    fcntl.lockf(opened, fcntl.LOCK_UN)
