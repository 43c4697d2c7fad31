"""End every process that carries a mark in its environment, as soon as the one who started them is gone.

Airflow's tasks form process groups of their own and outlive a killed scheduler, so neither a signal to a group nor
one to the children reaches them all. What a process cannot shed is the environment that it was started with.

Run as a script it waits for its standard input to end, which the system sees to however its starter died.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time

import psutil  # type: ignore[import-untyped]

MARK = "PAXOS_DEMO_PROCESS"
"""The environment variable that holds the mark."""


def marked(mark: str) -> list[psutil.Process]:
    """Return the living processes whose mark starts with ``mark``; never the calling one."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if process.pid != os.getpid() and process.environ().get(MARK, "").startswith(mark):
                found.append(process)
    return found


def kill_marked(mark: str) -> None:
    """Kill every process with the mark, also those that were being forked meanwhile."""
    while processes := marked(mark):
        for process in processes:
            with contextlib.suppress(psutil.Error):
                process.kill()
        time.sleep(0.05)


def main(mark: str) -> None:
    """Wait for the end of standard input, then leave nothing behind."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    sys.stdin.buffer.read()
    kill_marked(mark)


if __name__ == "__main__":
    main(sys.argv[1])
