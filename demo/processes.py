"""Processes that are started by name, write to a log file each, and are all gone in the end."""

from __future__ import annotations

import contextlib
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Self, TypeVar

import psutil  # type: ignore[import-untyped]

from demo import last_one_out

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

T = TypeVar("T")

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""The signals that ask a process to end."""

GRACE = 5.0
"""Seconds that processes get to end by themselves before they are killed."""


class DemoError(Exception):
    """Something that the demo cannot go on with; the text is for the person who started it."""


class NoAnswer(DemoError):
    """A server that runs has not answered in time."""


def wait_until(condition: Callable[[], T], what: str, *, seconds: float, pause: float = 0.2) -> T:
    """Return the first true value of ``condition``; give up after ``seconds`` and say ``what`` was awaited.

    A condition that got no answer in time is not true yet.
    """
    deadline = time.monotonic() + seconds
    while True:
        late = ""
        try:
            if value := condition():
                return value
        except NoAnswer as error:
            late = f" {error}"
        if time.monotonic() > deadline:
            raise DemoError(f"Waited {seconds:.0f} seconds for {what}, which did not come.{late or busy_machine()}")
        time.sleep(pause)


def busy_machine() -> str:
    """Return a sentence on a machine that has far more to do than it can; nothing of any other."""
    load, cores = os.getloadavg()[0], os.cpu_count() or 1
    if load < 2 * cores:
        return ""
    return f" This machine is busy: its load is {load:.0f}, with {cores} cores. Try again when it has less to do."


def free_port() -> int:
    """Return a port of this machine that nothing listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def port_in_use(port: int) -> bool:
    """Tell whether a server on the loopback address could not have the port."""
    with socket.socket() as listener:
        # As servers do it: connections of an earlier server that still time out do not count.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False


class Processes:
    """A set of processes, each in a session of its own so that Ctrl-C in the terminal reaches none of them.

    :param logs: folder for ``<name>.log``, one file per process, appended to when a process is started again
    """

    def __init__(self, logs: Path) -> None:
        self._logs = logs
        self._logs.mkdir(parents=True, exist_ok=True)
        self._mark = secrets.token_hex(16)
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        # It outlives this process by a moment, whatever becomes of it: SIGKILL, or Ctrl-C at the worst time.
        self._last_one_out = subprocess.Popen(
            [sys.executable, last_one_out.__file__, self._mark], stdin=subprocess.PIPE, start_new_session=True
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def log(self, name: str) -> Path:
        """Return the log file of a process."""
        return self._logs / f"{name}.log"

    def start(self, name: str, command: Sequence[str], environment: Mapping[str, str]) -> None:
        """Start a process under a name that no running one has."""
        if name in self._running:
            raise ValueError(f"{name} is running")
        with self.log(name).open("ab") as log:
            self._running[name] = subprocess.Popen(
                command,
                # setproctitle writes its titles over the environment, and with it the mark, unless this is set.
                env={**environment, last_one_out.MARK: f"{self._mark}/{name}/", "SPT_NOENV": "1"},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def run(self, name: str, command: Sequence[str], environment: Mapping[str, str], *, seconds: float) -> None:
        """Start a process and wait for its success."""
        self.start(name, command, environment)
        process = self._running[name]
        try:
            status = process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise DemoError(f"{name} took more than {seconds:.0f} seconds. {self.last_words(name)}") from None
        if status:
            raise DemoError(f"{name} failed. {self.last_words(name)}")
        del self._running[name]

    def is_running(self, name: str) -> bool:
        """Tell whether a process was started and not killed."""
        return name in self._running

    def kill(self, name: str, number: signal.Signals, *, with_children: bool = True, grace: float = GRACE) -> None:
        """Send a signal and return once the process is gone; SIGKILL follows if it does not heed the signal.

        :param with_children: end what it started, too, as when a machine is lost; else only the process itself
        :param grace: seconds to heed the signal
        """
        process = self._running.pop(name)
        process.send_signal(number)
        if number != signal.SIGKILL:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(grace)
        process.kill()
        if with_children:
            last_one_out.kill_marked(f"{self._mark}/{name}/")
        process.wait()

    def name_of(self, pid: int) -> str:
        """Return under which name a process, or the one that started it, was started here."""
        return str(psutil.Process(pid).environ()[last_one_out.MARK].split("/")[1])

    def signal(self, name: str, number: signal.Signals) -> None:
        """Send a signal to a process and to all that it started: SIGSTOP freezes them, SIGCONT lets them go on."""
        for process in last_one_out.marked(f"{self._mark}/{name}/"):
            with contextlib.suppress(psutil.Error):
                process.send_signal(number)

    def check(self) -> None:
        """Raise DemoError if a process ended that nobody ended."""
        for name, process in self._running.items():
            if process.poll() is not None:
                raise DemoError(f"{name} ended, with status {process.returncode}. {self.last_words(name)}")

    def last_words(self, name: str, lines: int = 15) -> str:
        """Return where the log of a process is, and its last lines."""
        text = self.log(name).read_text(errors="replace").splitlines()
        return "\n".join([f"The last lines of {self.log(name)}:", *(f"    {line}" for line in text[-lines:])])

    def close(self) -> None:
        """End everything; only when nothing is left does this return. A Ctrl-C meanwhile changes nothing."""
        with _deaf():
            for process in self._running.values():
                process.terminate()
            deadline = time.monotonic() + GRACE
            for process in self._running.values():
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(max(0.0, deadline - time.monotonic()))
            self._last_one_out.communicate()
            for process in self._running.values():
                process.wait()
            self._running.clear()


@contextlib.contextmanager
def _deaf() -> Iterator[None]:
    before = {number: signal.signal(number, signal.SIG_IGN) for number in ENDING}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
