"""Real processes on a clock that a test moves: the emulator's rate limiter refuses nothing of what they send."""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from ctypes import c_double
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from multiprocessing.context import ForkProcess
from pathlib import Path

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from airflow_provider_paxos.api.rate_limiting import HostRateLimiter, NoSlot
from tests.chaos.forked import (
    FORK,
    departures_in,
    kill,
    let_the_wall_clock_jump,
    refused_by_paxos,
    write_departure,
)
from tests.chaos.profiles import NIGHTLY, PROFILE

PROCESSES = 4
RATE = 0.1
"""Thirty requests in five minutes, of which three are kept from bursts."""

JITTER = 0.5
HISTORIES = 200 if NIGHTLY else 15
"""Each starts processes, which takes some tenths of a second."""

Clock = Callable[[], float]
Order = tuple[str, float, bool]
"""``send`` and how many requests, and whether they are a batch's; or ``throttle`` and for how many seconds."""


def obey(orders: Connection, folder: Path, log: int, clock: Clock) -> None:
    """Send as asked, now or when a slot's time has come, and write down when each request leaves."""
    let_the_wall_clock_jump()
    host = HostRateLimiter.shared(folder / "host", "paxos", clock, lambda: JITTER)
    reserved: list[float] = []
    parent = os.getppid()
    while os.getppid() == parent:
        if not orders.poll(5):
            continue
        what, number, bulk = orders.recv()
        if what == "throttle":
            host.throttle(number)
        else:
            for _ in range(int(number)):
                try:
                    reserved.append(host.api.reserve(RATE, bulk=bulk, within=30.0 if bulk else math.inf))
                except NoSlot:
                    break
            due = [slot for slot in reserved if not host.api.wait(slot)]
            reserved = [slot for slot in reserved if slot not in due]
            for slot in due:
                if host.api.is_valid(slot):
                    write_departure(log, clock())
        orders.send(None)


@dataclass
class Host:
    """Processes that share a rate limit, and what has left."""

    folder: Path
    now: c_double = field(default_factory=lambda: FORK.RawValue(c_double, 1_000.0))
    """The clock. Without a lock: who is killed with it would hold up all."""

    def __post_init__(self) -> None:
        self._log = os.open(self.folder / "log", os.O_RDWR | os.O_CREAT | os.O_APPEND)
        self._running = [self._started() for _ in range(PROCESSES)]

    def _started(self) -> tuple[ForkProcess, Connection]:
        mine, its = FORK.Pipe()
        process = FORK.Process(target=obey, args=(its, self.folder, self._log, lambda: self.now.value))
        process.start()
        its.close()
        return process, mine

    def ask(self, *orders: Order, killed: int | None = None) -> None:
        """Let processes do something, all at once, while one of them may be killed and started again."""
        for (_, its), order in zip(self._running, orders, strict=False):
            its.send(order)
        if killed is not None:
            self._kill(*self._running[killed])
        for number, (_, its) in enumerate(self._running[: len(orders)]):
            if number != killed:
                its.recv()
        if killed is not None:
            self._running[killed] = self._started()

    def _kill(self, process: ForkProcess, its: Connection) -> None:
        kill(process)
        its.close()

    def departures(self) -> list[float]:
        """Return when requests have left, in that order."""
        return departures_in(os.pread(self._log, os.fstat(self._log).st_size, 0))

    def close(self) -> None:
        """End all processes."""
        for process, its in self._running:
            self._kill(process, its)
        os.close(self._log)


_ORDERS = st.tuples(*[st.tuples(st.just("send"), st.integers(0, 15), st.booleans())] * PROCESSES)
_KILLED = st.none() | st.integers(0, PROCESSES - 1)
_THROTTLED = st.none() | st.floats(1, 400)
_PASSED = st.sampled_from([299.0, 300.0, 306.0]) | st.floats(0, 300) | st.floats(0, 20)


# Not shrunk: processes are never scheduled twice alike.
@settings(PROFILE, max_examples=HISTORIES, phases=[Phase.generate])
@given(rounds=st.lists(st.tuples(_ORDERS, _KILLED, _THROTTLED, _PASSED), min_size=3, max_size=8))
def test_whatever_they_do_and_whoever_is_killed_the_emulator_refuses_nothing(
    tmp_path_factory: pytest.TempPathFactory, rounds: list[tuple[tuple[Order, ...], int | None, float | None, float]]
) -> None:
    host, throttles = Host(tmp_path_factory.mktemp("host")), []
    try:
        for orders, killed, throttled, passed in rounds:
            host.ask(*orders, killed=killed)
            if throttled is not None:
                host.ask(("throttle", throttled, False))
                throttles.append((len(host.departures()), host.now.value + throttled))
            host.now.value += passed
        departures = host.departures()
    finally:
        host.close()

    assert refused_by_paxos(departures, RATE) == []
    for already, until in throttles:
        assert all(at >= until for at in departures[already:])
