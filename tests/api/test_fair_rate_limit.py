"""One rate limit for many processes: a share for each, measured in virtual time."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterator
from itertools import count, pairwise

import pytest

from airflow_provider_paxos.api.rate_counters import Counters
from airflow_provider_paxos.api.rate_limiting import KEPT, NoSlot, RateLimiter

RATE = 10.0
WINDOW = 300
WHOLE = 3_000
"""Requests in five minutes, of which 300 are kept from bursts."""

LATENCY = 0.1
IN_FLIGHT = 16
PATIENCE = 30.0
WORKER_START = 5.0

Actor = Iterator[float]
"""What one after the other does, and between them the seconds until it goes on."""


class Simulation:
    """Processes on a clock of their own, with limiters that share their counters."""

    def __init__(self) -> None:
        self.now = 0.0
        self.departures: list[tuple[float, str]] = []
        self.waited: dict[str, float] = {}
        self.done_at: dict[str, float] = {}
        self._counters = Counters()
        self._numbers = count()
        self._due: list[tuple[float, int, Actor]] = []

    def process(self) -> RateLimiter:
        return RateLimiter(lambda: self.now, self._counters, kept=KEPT)

    def start(self, at: float, *actors: Actor) -> None:
        for each in actors:
            heapq.heappush(self._due, (at, next(self._numbers), each))

    def run(self, until: float = float("inf")) -> None:
        while self._due and self._due[0][0] <= until:
            self.now, _, actor = heapq.heappop(self._due)
            if (pause := next(actor, None)) is not None:
                self.start(self.now + pause, actor)

    def leave(self, name: str, limiter: RateLimiter, slot: float, wanted_at: float) -> Actor:
        while wait := limiter.wait(slot):
            yield wait
        self.departures.append((self.now, name))
        self.waited[name] = max(self.waited.get(name, 0.0), self.now - wanted_at)
        yield LATENCY

    def batch(self, name: str, payments: int) -> list[Actor]:
        """Return the flows of a batch, which give up where there is no room, and come back when there is."""
        limiter, left, running = self.process(), [payments], [IN_FLIGHT]

        def flow() -> Actor:
            while left[0]:
                left[0] -= 1
                try:
                    slot = limiter.reserve(RATE, bulk=True, within=PATIENCE)
                except NoSlot as none:
                    left[0] += 1
                    yield none.wait + WORKER_START
                else:
                    yield from self.leave(name, limiter, slot, self.now)
            running[0] -= 1
            if not running[0]:
                self.done_at[name] = self.now

        return [flow() for _ in range(IN_FLIGHT)]

    def poller(self, name: str, flows: int, every: float) -> list[Actor]:
        """Return the flows of a triggerer: each wants to poll after so many seconds, or as soon as it can."""
        limiter = self.process()

        def flow() -> Actor:
            while True:
                wanted_at = self.now
                yield from self.leave(name, limiter, limiter.reserve(RATE), wanted_at)
                yield max(0.0, wanted_at + every - self.now)

        return [flow() for _ in range(flows)]

    def sent(self, name: str, since: float = 0.0, until: float = float("inf")) -> int:
        return sum(since <= at < until for at, by in self.departures if by == name)


def most_in_a_window(times: list[float]) -> int:
    most = begin = 0
    for end, at in enumerate(times):
        while times[begin] <= at - WINDOW:
            begin += 1
        most = max(most, end - begin + 1)
    return most


@pytest.fixture
def simulation() -> Simulation:
    return Simulation()


class TestTenBatchesAndATriggerer:
    @pytest.fixture
    def settled(self, simulation: Simulation) -> Simulation:
        simulation.start(0.0, *simulation.poller("triggerer", 1, every=2.0))
        for number in range(10):
            simulation.start(10.0, *simulation.batch(f"batch {number}", 400))
        simulation.run(until=900.0)
        return simulation

    def test_nobody_exceeds_the_limit(self, settled: Simulation) -> None:
        assert most_in_a_window([at for at, _ in settled.departures]) <= WHOLE

    def test_the_burst_uses_up_all_but_what_is_kept(self, settled: Simulation) -> None:
        at_once = sum(settled.sent(f"batch {number}", until=60) for number in range(10))
        assert WHOLE * (1 - KEPT) - 40 <= at_once <= WHOLE * (1 - KEPT)

    def test_each_batch_has_the_same_part_of_it(self, settled: Simulation) -> None:
        parts = [settled.sent(f"batch {number}", until=60) for number in range(10)]
        assert max(parts) - min(parts) <= IN_FLIGHT

    def test_the_triggerer_polls_on_all_the_time(self, settled: Simulation) -> None:
        polls = [at for at, by in settled.departures if by == "triggerer"]
        assert max(later - sooner for sooner, later in pairwise(polls)) <= 2.0 + 306 / (WHOLE * KEPT)
        assert len(polls) >= 400

    def test_all_is_submitted_as_soon_as_the_window_has_room_again(self, settled: Simulation) -> None:
        assert len(settled.done_at) == 10
        assert max(settled.done_at.values()) <= 10 + 306 + 2 * PATIENCE


class TestABatchAndTriggerersThatPollAsFastAsTheyCan:
    @pytest.fixture
    def crowded(self, simulation: Simulation) -> Simulation:
        for number in range(3):
            simulation.start(0.0, *simulation.poller(f"triggerer {number}", 8, every=0.0))
        simulation.start(900.0, *simulation.batch("batch", 400))
        simulation.run(until=1_200.0)
        return simulation

    def test_nobody_exceeds_the_limit(self, crowded: Simulation) -> None:
        assert most_in_a_window([at for at, _ in crowded.departures]) <= WHOLE

    def test_the_batch_has_its_share(self, crowded: Simulation) -> None:
        # Sixteen of its requests beside twenty-four of theirs.
        took = crowded.done_at["batch"] - 900
        assert crowded.sent("batch") == 400
        assert 400 / took >= RATE * (1 - KEPT) * 16 / 40 * 0.9

    def test_the_triggerers_go_on_meanwhile(self, crowded: Simulation) -> None:
        parts = Counter(by for at, by in crowded.departures if 900 <= at < crowded.done_at["batch"] and by != "batch")
        assert len(parts) == 3
        assert min(parts.values()) >= 0.8 * max(parts.values())


def test_many_single_payments_share_what_is_kept_with_a_triggerer(simulation: Simulation) -> None:
    simulation.start(0.0, *simulation.batch("batch", WHOLE))
    simulation.start(60.0, *simulation.poller("triggerer", 1, every=10.0))

    def single(name: str) -> Actor:
        limiter = simulation.process()
        yield from simulation.leave(name, limiter, limiter.reserve(RATE), simulation.now)

    simulation.start(60.0, *(single(f"payment {number}") for number in range(20)))
    simulation.run(until=200.0)

    assert sum(by.startswith("payment") for _, by in simulation.departures) == 20
    assert max(simulation.waited[f"payment {number}"] for number in range(20)) <= 22 * 306 / (WHOLE * KEPT)
    assert simulation.waited["triggerer"] <= 22 * 306 / (WHOLE * KEPT)
