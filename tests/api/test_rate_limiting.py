"""The rate limiter: never exceeded, in order, and nothing leaves while it is throttled."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_paxos.api.rate_counters import MOST_RATES, Counters
from airflow_provider_paxos.api.rate_limiting import HostRateLimiter, RateLimiter
from airflow_provider_paxos.emulator.rate_limits import RateLimits
from airflow_provider_paxos.emulator.settings import EmulatorSettings

WINDOW = 300.0


class Clock:
    """Stands still unless it is set."""

    def __init__(self, now: float = 5_000.25) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def counters() -> Counters:
    return Counters()


@pytest.fixture
def limiter(clock: Clock, counters: Counters) -> RateLimiter:
    return RateLimiter(clock, counters)


def waits(limiter: RateLimiter, flows: int, rate: float) -> list[float]:
    """Return the seconds that flows wait for their slots, which come one after the other."""
    return [limiter.wait(limiter.reserve(rate)) for _ in range(flows)]


class TestCeiling:
    def test_a_burst_within_five_minutes_worth_leaves_at_once(self, limiter: RateLimiter) -> None:
        assert set(waits(limiter, 12_000, rate=40)) == {0.0}

    def test_the_next_one_waits_until_the_burst_is_five_minutes_old_however_late_it_left(
        self, limiter: RateLimiter
    ) -> None:
        waits(limiter, 12_000, rate=40)
        assert 305 <= limiter.wait(limiter.reserve(40)) <= 306

    def test_what_has_left_counts_to_the_last_of_that_time(self, limiter: RateLimiter, clock: Clock) -> None:
        waits(limiter, 3, 0.0101)
        clock.now += 305.5
        assert limiter.wait(limiter.reserve(0.0101)) == 0.25

    def test_a_steady_stream_at_the_rate_is_held_back_by_what_a_late_request_may_be_late(
        self, limiter: RateLimiter, clock: Clock
    ) -> None:
        began = clock.now
        for _ in range(6_000):
            clock.now = max(clock.now + 0.1, clock.now + limiter.wait(limiter.reserve(10)))
        assert clock.now - began == pytest.approx(600, rel=0.025)

    @pytest.mark.parametrize("rate", [0.0101, 0.5, 0.8, 40, 50])
    def test_a_place_in_every_window_is_what_any_rate_has_at_least(self, rate: float, clock: Clock) -> None:
        burst = waits(RateLimiter(clock), round(rate * 300) + 1, rate)
        assert burst.count(0.0) == int(rate * 300)

    def test_whoever_is_cancelled_has_used_its_place(self, limiter: RateLimiter) -> None:
        limiter.reserve(0.0101)
        assert waits(limiter, 2, 0.0101) == [0.0, 0.0]
        assert limiter.wait(limiter.reserve(0.0101)) > WINDOW

    def test_those_who_wait_leave_one_by_one(self, limiter: RateLimiter) -> None:
        waits(limiter, 3_000, rate=10)
        slots = [limiter.reserve(10) for _ in range(1_000)]
        assert all(later - sooner == pytest.approx(0.1) for sooner, later in pairwise(slots))

    def test_when_nobody_waits_any_more_there_are_bursts_again(self, limiter: RateLimiter, clock: Clock) -> None:
        waits(limiter, 3_000, rate=10)
        clock.now += limiter.wait(limiter.reserve(10)) + 1
        assert set(waits(limiter, 2_000, rate=10)) == {0.0}


class TestPlace:
    def test_it_holds_from_its_time_on_and_for_five_seconds(self, limiter: RateLimiter, clock: Clock) -> None:
        waits(limiter, 3, 0.0101)
        slot = limiter.reserve(0.0101)
        due = clock.now + limiter.wait(slot)
        held = {}
        for seconds in (-1, 0, 5, 5.25):
            clock.now = due + seconds
            held[seconds] = limiter.is_valid(slot)
        assert held == {-1: False, 0: True, 5: True, 5.25: False}

    def test_one_whose_time_came_before_a_closure_is_lost(self, limiter: RateLimiter, clock: Clock) -> None:
        slot = limiter.reserve(40)
        clock.now += 0.5
        limiter.throttle(1)
        clock.now += 1
        assert not limiter.is_valid(slot)

    def test_one_whose_time_was_to_come_is_later_by_the_closure(self, limiter: RateLimiter, clock: Clock) -> None:
        waits(limiter, 3, 0.0101)
        slot = limiter.reserve(0.0101)
        before = limiter.wait(slot)
        limiter.throttle(10)
        assert limiter.wait(slot) == before + 10
        clock.now += before + 10
        assert limiter.is_valid(slot)


class TestClosure:
    def test_nothing_leaves_until_it_is_over(self, limiter: RateLimiter, clock: Clock) -> None:
        limiter.throttle(300)
        clock.now += 100
        assert (limiter.throttled_for(), limiter.wait(limiter.reserve(40))) == (200, 200)

    def test_it_ends_by_itself(self, limiter: RateLimiter, clock: Clock) -> None:
        limiter.throttle(300)
        clock.now += 300
        assert (limiter.throttled_for(), limiter.wait(limiter.reserve(40))) == (0, 0)

    @pytest.mark.parametrize(("second", "lasts"), [(1, 300), (300, 300), (500, 500)])
    def test_the_longer_one_stays(self, limiter: RateLimiter, second: float, lasts: float) -> None:
        limiter.throttle(300)
        limiter.throttle(second)
        assert (limiter.throttled_for(), limiter.wait(limiter.reserve(40))) == (lasts, lasts)

    def test_what_waited_leaves_at_even_distances(self, limiter: RateLimiter) -> None:
        limiter.throttle(300)
        assert waits(limiter, 4, rate=40) == pytest.approx([300, 300.025, 300.05, 300.075])

    def test_so_does_what_comes_in_the_five_minutes_after_it(self, limiter: RateLimiter, clock: Clock) -> None:
        limiter.throttle(300)
        clock.now += 300 + 299
        assert waits(limiter, 3, rate=40) == pytest.approx([0, 0.025, 0.05])

    def test_then_there_are_bursts_again(self, limiter: RateLimiter, clock: Clock) -> None:
        limiter.throttle(300)
        clock.now += 300 + 300
        assert waits(limiter, 3, rate=40) == [0, 0, 0]

    def test_whoever_waited_before_it_goes_before_those_who_come_meanwhile(
        self, limiter: RateLimiter, clock: Clock
    ) -> None:
        waits(limiter, 3, 0.0101)
        waiting = limiter.reserve(0.0101)
        limiter.throttle(7)
        clock.now += 3
        assert limiter.wait(limiter.reserve(0.0101)) > limiter.wait(waiting)

    def test_a_throttle_is_one_of_the_whole_address(self, clock: Clock) -> None:
        host = HostRateLimiter.by(clock)
        host.throttle(300)
        assert (host.api.throttled_for(), host.grants.throttled_for()) == (300, 300)


class TestTwoRates:
    def test_they_share_the_count(self, limiter: RateLimiter) -> None:
        waits(limiter, 3_000, rate=40)
        assert limiter.wait(limiter.reserve(10)) > WINDOW
        assert waits(limiter, 9_000, rate=40)[-1] == 0
        assert limiter.wait(limiter.reserve(40)) > WINDOW

    def test_whoever_has_the_lower_ceiling_does_not_hold_up_the_other(self, limiter: RateLimiter) -> None:
        waits(limiter, 3_000, rate=10)
        low = limiter.reserve(10)
        assert limiter.wait(low) > WINDOW
        assert limiter.wait(limiter.reserve(40)) == 0

    def test_nor_is_it_starved(self, limiter: RateLimiter, clock: Clock) -> None:
        waits(limiter, 300, rate=1)
        low = limiter.reserve(1)
        due = clock.now + limiter.wait(low)
        while clock.now < due:
            clock.now += max(0.1, limiter.wait(limiter.reserve(10)))
        assert due < 5_000.25 + WINDOW + 7
        assert limiter.is_valid(low)


def test_what_it_keeps_is_of_five_minutes_and_of_those_who_wait(
    limiter: RateLimiter, clock: Clock, counters: Counters
) -> None:
    for _ in range(20_000):
        clock.now += 1.5
        limiter.reserve(40)
    assert counters.total == 204
    assert len(counters.latest) == 1


def test_rates_that_nobody_has_any_more_are_forgotten(limiter: RateLimiter, clock: Clock, counters: Counters) -> None:
    for rate in range(1, 51):
        limiter.reserve(rate)
        clock.now += 10
    assert len(counters.latest) <= 2


def test_of_many_rates_at_once_the_count_is_kept_and_of_some_the_order(
    limiter: RateLimiter, clock: Clock, counters: Counters
) -> None:
    rates = [1 + number / 100 for number in range(100)]
    for rate in rates:
        limiter.reserve(rate)
    assert (counters.total, len(counters.latest)) == (100, MOST_RATES)


def test_threads_share_it(limiter: RateLimiter, clock: Clock) -> None:
    alone = RateLimiter(clock)
    with ThreadPoolExecutor(8) as threads:
        slots = list(threads.map(lambda _: limiter.reserve(1), range(2_000)))
    assert sorted(slots) == [alone.reserve(1) for _ in range(2_000)]


@dataclass(order=True)
class Flow:
    """Someone who wants to send a request; woken at a time."""

    wakes_at: float
    number: int
    rate: float = field(compare=False)
    late: float = field(compare=False)
    slot: float | None = field(default=None, compare=False)


@dataclass
class Traffic:
    """Flows and closures on a clock of their own.

    :param arrivals: when each comes, with which rate, and how late it always wakes up.
    :param closures: when Paxos throttles, and for how long.
    """

    arrivals: list[tuple[float, float, float]]
    closures: list[tuple[float, float]]

    def departures(self) -> Iterator[tuple[float, Flow]]:
        """Yield when which flow sends, in that order."""
        clock = Clock(0.0)
        self.limiter = RateLimiter(clock)
        closures = sorted(self.closures)
        due = [Flow(at, number, rate, late) for number, (at, rate, late) in enumerate(sorted(self.arrivals))]
        while due:
            flow = heapq.heappop(due)
            while closures and closures[0][0] <= flow.wakes_at:
                clock.now, seconds = closures.pop(0)
                self.limiter.throttle(seconds)
            clock.now = flow.wakes_at
            if flow.slot is None:
                flow.slot = self.limiter.reserve(flow.rate)
            if wait := self.limiter.wait(flow.slot):
                flow.wakes_at += wait + flow.late
            elif self.limiter.is_valid(flow.slot):
                yield clock.now, flow
                continue
            else:
                flow.slot = None
            heapq.heappush(due, flow)


def most_in_a_window(times: list[float]) -> int:
    return max((sum(at - WINDOW < each <= at for each in times) for at in times), default=0)


def schedules(rates: tuple[float, ...], late: float) -> st.SearchStrategy[Traffic]:
    times = st.one_of(st.floats(0, 1_500), st.integers(0, 5).map(lambda n: n * 300.0))
    arrival = st.tuples(times, st.sampled_from(rates), st.floats(0, late))
    throttle = st.tuples(st.floats(0, 3_000), st.floats(1, 400))
    bursts = st.lists(st.tuples(arrival, st.integers(1, 40)), max_size=20)
    arrivals = bursts.map(lambda found: [each for each, times in found for _ in range(times)])
    return st.builds(Traffic, arrivals, st.lists(throttle, max_size=4))


class TestAnyTraffic:
    @given(schedules(rates=(0.1,), late=5))
    def test_no_five_minutes_hold_more_than_the_rate_allows(self, traffic: Traffic) -> None:
        assert most_in_a_window([at for at, _ in traffic.departures()]) <= 30

    @given(schedules(rates=(0.02, 0.1, 0.15), late=5))
    def test_with_several_rates_none_hold_more_than_the_highest_allows(self, traffic: Traffic) -> None:
        assert most_in_a_window([at for at, _ in traffic.departures()]) <= 45

    @given(schedules(rates=(0.1,), late=0))
    def test_flows_leave_in_the_order_in_which_they_came(self, traffic: Traffic) -> None:
        numbers = [flow.number for _, flow in traffic.departures()]
        assert numbers == sorted(numbers)

    @given(schedules(rates=(0.05, 0.1), late=5))
    def test_nothing_leaves_during_a_closure(self, traffic: Traffic) -> None:
        assert all(traffic.limiter.throttled_for() == 0 for _ in traffic.departures())
        closed = [(at, at + seconds) for at, seconds in traffic.closures]
        assert not any(begin < at < end - 1e-6 for at, _ in traffic.departures() for begin, end in closed)

    @given(schedules(rates=(0.1,), late=0))
    def test_after_a_closure_flows_leave_one_by_one(self, traffic: Traffic) -> None:
        once = Traffic(traffic.arrivals, traffic.closures[:1])
        for at, seconds in once.closures:
            after = [left for left, _ in once.departures() if at + seconds <= left < at + seconds + WINDOW]
            assert all(later - sooner >= 10 - 1e-6 for sooner, later in pairwise(after))

    @given(schedules(rates=(0.1,), late=5))
    def test_everyone_leaves(self, traffic: Traffic) -> None:
        assert len(list(traffic.departures())) == len(traffic.arrivals)

    @given(schedules(rates=(0.1,), late=5))
    def test_at_the_whole_of_paxos_rate_the_emulator_never_refuses(self, traffic: Traffic) -> None:
        limits, paxos = RateLimits(), EmulatorSettings(rate_limits=True, api_rate=0.1)
        request = ("127.0.0.1", "GET", "/v2/orchestration/orchestrations")
        for at, _ in traffic.departures():
            assert limits.allow(paxos, request, datetime.fromtimestamp(at, UTC))
