"""Processes that a test forks, what they write down of the requests that leave, and what Paxos would say of those."""

from __future__ import annotations

import multiprocessing
import os
import random
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from multiprocessing.context import ForkProcess
from struct import Struct

from airflow_provider_paxos.emulator.rate_limits import RateLimits
from airflow_provider_paxos.emulator.settings import EmulatorSettings

FORK = multiprocessing.get_context("fork")
_DEPARTURE = Struct("d")
_REQUEST = ("127.0.0.1", "POST", "/v2/orchestration/orchestrations")


def kill(process: ForkProcess) -> None:
    """Kill a process, unless it has ended, and wait for its end."""
    process.kill()
    process.join()


def let_the_wall_clock_jump() -> None:
    """Give this process a wall clock of its own, which jumps: the rate limit is to heed none."""
    time.time = lambda: random.uniform(0, 2e9)


def write_departure(log: int, at: float) -> None:
    """Write down at once when a request leaves: whoever is killed then has written it whole, or not at all."""
    os.write(log, _DEPARTURE.pack(at))


def departures_in(log: bytes) -> list[float]:
    """Return what was written down, in that order."""
    return [at for (at,) in _DEPARTURE.iter_unpack(log)]


def refused_by_paxos(departures: Iterable[float], rate: float) -> list[float]:
    """Return those requests that the emulator's rate limiter refuses."""
    limits, paxos = RateLimits(), EmulatorSettings(rate_limits=True, api_rate=rate)
    return [at for at in departures if not limits.allow(paxos, _REQUEST, datetime.fromtimestamp(at, UTC))]
