"""Waits for a quiet machine, on which nothing else takes CPU time from what is measured."""

from __future__ import annotations

import os
import sys
import time

QUIET = 0.5
"""The load average of the last minute below which a machine counts as quiet."""

_LONGEST = 600.0
_EVERY = 5.0


def load() -> float:
    """Return the load average of the last minute."""
    return os.getloadavg()[0]


def wait_for_quiet() -> float:
    """Wait until the machine is quiet, for ten minutes at most, and return the load average then."""
    until = time.monotonic() + _LONGEST
    if load() >= QUIET:
        _say(f"Waiting for a quiet machine: the load is {load():.1f}, and to be below {QUIET} …")
    while load() >= QUIET and time.monotonic() < until:
        time.sleep(_EVERY)
    return warned_of_load()


def warned_of_load() -> float:
    """Return the load average, and warn of one that disturbs the measures."""
    now = load()
    if now >= QUIET:
        _say(f"The machine is not quiet (load {now:.1f}): peers will seem slower than they are.")
    return now


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()
