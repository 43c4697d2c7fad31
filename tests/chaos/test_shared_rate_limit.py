"""Many processes share a rate limit, while some of them are killed and the wall clock jumps."""

from __future__ import annotations

import os
import random
import signal
import time
from multiprocessing.context import ForkProcess
from multiprocessing.synchronize import Event
from pathlib import Path

import pytest
from hypothesis import given
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
from tests.chaos.profiles import NIGHTLY, share

PROCESSES = 32 if NIGHTLY else 8
KILLED = 5
RATE = 10.0
WHOLE, KEPT = 3_000, 300
"""Requests in five minutes, and those of them that a batch leaves to others."""


def limiter(folder: Path) -> HostRateLimiter:
    return HostRateLimiter.shared(folder / "host", "paxos", time.monotonic, random.random)


def submit(folder: Path, number: int, go: Event) -> None:
    """Send as a batch does, until there is no room, and write down when each request leaves."""
    let_the_wall_clock_jump()
    mine = limiter(folder)
    log = os.open(folder / f"{number}.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    go.wait()
    while True:
        try:
            slot = mine.api.reserve(RATE, bulk=True, within=0.0)
        except NoSlot:
            return
        assert mine.api.is_valid(slot)
        write_departure(log, time.monotonic())


def hold(folder: Path, held: Event) -> None:
    """Change the counters, and go no further, with the lock."""
    mine = limiter(folder).api
    counters = mine._counters
    with counters.held():
        counters.add(counters.swept)
        counters.changed = True
        held.set()
        signal.pause()


def departures(folder: Path) -> list[float]:
    return sorted(departures_in(b"".join(each.read_bytes() for each in folder.glob("*.log"))))


def started(*targets: tuple[object, ...]) -> list[ForkProcess]:
    processes = [FORK.Process(target=function, args=arguments) for function, *arguments in targets]  # type: ignore[arg-type]
    for each in processes:
        each.start()
    return processes


def room(folder: Path) -> int:
    """Return how many requests may still leave at once, those included that a batch leaves to others."""
    left, mine = 0, limiter(folder)
    while True:
        try:
            mine.api.reserve(RATE, bulk=True, within=0.0)
        except NoSlot:
            return left
        left += 1


def test_they_use_up_the_window_together_and_not_one_request_more(tmp_path: Path) -> None:
    go = FORK.Event()
    processes = started(*((submit, tmp_path, number, go) for number in range(PROCESSES)))
    go.set()
    for each in processes:
        each.join()

    assert [each.exitcode for each in processes] == [0] * PROCESSES
    assert len(departures(tmp_path)) == WHOLE - KEPT
    assert room(tmp_path) == 0


def test_whoever_is_killed_has_used_at_most_the_slot_that_it_was_about_to_use(tmp_path: Path) -> None:
    go = FORK.Event()
    processes = started(*((submit, tmp_path, number, go) for number in range(PROCESSES)))
    go.set()
    victims = random.sample(processes, KILLED)
    for number, victim in enumerate(victims):
        while len(departures(tmp_path)) < 150 * number and victim.is_alive():
            os.sched_yield()
        kill(victim)
    for each in processes:
        each.join()

    assert {each.exitcode for each in processes if each not in victims} == {0}
    assert WHOLE - KEPT - KILLED <= len(departures(tmp_path)) <= WHOLE - KEPT
    assert room(tmp_path) == 0


def test_whoever_is_killed_with_the_lock_holds_nobody_up_and_has_used_nothing(tmp_path: Path) -> None:
    go = FORK.Event()
    processes = started(*((submit, tmp_path, number, go) for number in range(PROCESSES)))
    go.set()
    for _ in range(KILLED):
        held = FORK.Event()
        (holder,) = started((hold, tmp_path, held))
        assert held.wait(120)
        kill(holder)
    for each in processes:
        each.join()

    assert [each.exitcode for each in processes] == [0] * PROCESSES
    assert len(departures(tmp_path)) == WHOLE - KEPT


def test_the_emulator_refuses_nothing_of_what_they_send(tmp_path: Path) -> None:
    go = FORK.Event()
    processes = started(*((submit, tmp_path, number, go) for number in range(PROCESSES)))
    go.set()
    for each in processes:
        each.join()

    assert len(departures(tmp_path)) == WHOLE - KEPT
    assert refused_by_paxos(departures(tmp_path), RATE) == []


def test_a_throttle_that_one_of_them_meets_lets_no_other_one_send(tmp_path: Path) -> None:
    limiter(tmp_path).throttle(300)
    go = FORK.Event()
    processes = started(*((submit, tmp_path, number, go) for number in range(PROCESSES)))
    go.set()
    for each in processes:
        each.join()

    assert departures(tmp_path) == []


class _Host:
    """A host in virtual time, on which processes begin and end, and its own record of what has left."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.now = 1_000.0
        self.left: list[float] = []
        self.processes = [self.begun() for _ in range(3)]

    def begun(self) -> HostRateLimiter:
        return HostRateLimiter.shared(self.folder, "paxos", lambda: self.now, lambda: 0.5)

    def most(self) -> int:
        """Return the most that has left in five minutes: counted here from the departures alone."""
        return max((sum(at - 300 < each <= at for each in self.left) for at in self.left), default=0)


_STEPS = st.one_of(
    st.tuples(st.just("send"), st.integers(0, 2), st.integers(1, 40), st.booleans()),
    st.tuples(st.just("pass"), st.one_of(st.floats(0, 20), st.sampled_from([299.0, 300.0, 306.0, 700.0]))),
    st.tuples(st.just("throttle"), st.integers(0, 2), st.floats(1, 400)),
    st.tuples(st.just("end"), st.integers(0, 2)),
    st.tuples(st.just("jump"), st.floats(0, 2e9)),
)


@share(0.4)
@given(steps=st.lists(_STEPS, max_size=25))
def test_whatever_happens_no_five_minutes_hold_more_than_the_rate_allows(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[object, ...]]
) -> None:
    host, rate = _Host(tmp_path_factory.mktemp("host") / "own"), 0.1
    throttled_until = 0.0
    with pytest.MonkeyPatch.context() as patch:
        for step in steps:
            match step:
                case ("send", int(process), int(times), bool(bulk)):
                    for _ in range(times):
                        try:
                            slot = host.processes[process].api.reserve(rate, bulk=bulk, within=0.0)
                        except NoSlot:
                            break
                        assert host.processes[process].api.is_valid(slot)
                        assert host.now >= throttled_until
                        host.left.append(host.now)
                case ("pass", float(seconds)):
                    host.now += seconds
                case ("throttle", int(process), float(seconds)):
                    host.processes[process].throttle(seconds)
                    throttled_until = max(throttled_until, host.now + seconds)
                case ("end", int(process)):
                    host.processes[process] = host.begun()
                case ("jump", float(to)):
                    patch.setattr(time, "time", lambda to=to: to)
    assert host.most() <= 30
