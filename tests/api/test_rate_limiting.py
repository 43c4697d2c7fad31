"""The request budget: never overdrawn, in order, and nothing leaves while it is closed."""

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

from airflow_provider_paxos.api.rate_limiting import Budget, HostRateLimiter
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
def budget(clock: Clock) -> Budget:
    return Budget(clock)


def waits(budget: Budget, flows: int, rate: float) -> list[float]:
    """Return the seconds that flows wait for their places, which come one after the other."""
    return [budget.wait(budget.reserve(rate)) for _ in range(flows)]


class TestCeiling:
    def test_a_burst_within_five_minutes_worth_leaves_at_once(self, budget: Budget) -> None:
        assert set(waits(budget, 12_000, rate=40)) == {0.0}

    def test_the_next_one_waits_until_the_burst_is_five_minutes_old_however_late_it_left(self, budget: Budget) -> None:
        waits(budget, 12_000, rate=40)
        assert 305 <= budget.wait(budget.reserve(40)) <= 306

    def test_what_has_left_counts_to_the_last_of_that_time(self, budget: Budget, clock: Clock) -> None:
        waits(budget, 3, 0.0101)
        clock.now += 305.5
        assert budget.wait(budget.reserve(0.0101)) == 0.25

    def test_a_steady_stream_at_the_rate_is_held_back_by_what_a_late_request_may_be_late(
        self, budget: Budget, clock: Clock
    ) -> None:
        began = clock.now
        for _ in range(6_000):
            clock.now = max(clock.now + 0.1, clock.now + budget.wait(budget.reserve(10)))
        assert clock.now - began == pytest.approx(600, rel=0.025)

    @pytest.mark.parametrize("rate", [0.0101, 0.5, 0.8, 40, 50])
    def test_a_place_in_every_window_is_what_any_rate_has_at_least(self, rate: float, clock: Clock) -> None:
        burst = waits(Budget(clock), round(rate * 300) + 1, rate)
        assert burst.count(0.0) == int(rate * 300)

    def test_whoever_is_cancelled_has_used_its_place(self, budget: Budget) -> None:
        budget.reserve(0.0101)
        assert waits(budget, 2, 0.0101) == [0.0, 0.0]
        assert budget.wait(budget.reserve(0.0101)) > WINDOW

    def test_those_who_wait_leave_one_by_one(self, budget: Budget) -> None:
        waits(budget, 3_000, rate=10)
        places = [budget.reserve(10) for _ in range(1_000)]
        assert all(later - sooner == pytest.approx(0.1) for sooner, later in pairwise(places))

    def test_when_nobody_waits_any_more_there_are_bursts_again(self, budget: Budget, clock: Clock) -> None:
        waits(budget, 3_000, rate=10)
        clock.now += budget.wait(budget.reserve(10)) + 1
        assert set(waits(budget, 2_000, rate=10)) == {0.0}


class TestPlace:
    def test_it_holds_from_its_time_on_and_for_five_seconds(self, budget: Budget, clock: Clock) -> None:
        waits(budget, 3, 0.0101)
        place = budget.reserve(0.0101)
        due = clock.now + budget.wait(place)
        held = {}
        for seconds in (-1, 0, 5, 5.25):
            clock.now = due + seconds
            held[seconds] = budget.holds(place)
        assert held == {-1: False, 0: True, 5: True, 5.25: False}

    def test_one_whose_time_came_before_a_closure_is_lost(self, budget: Budget, clock: Clock) -> None:
        place = budget.reserve(40)
        clock.now += 0.5
        budget.close(1)
        clock.now += 1
        assert not budget.holds(place)

    def test_one_whose_time_was_to_come_is_later_by_the_closure(self, budget: Budget, clock: Clock) -> None:
        waits(budget, 3, 0.0101)
        place = budget.reserve(0.0101)
        before = budget.wait(place)
        budget.close(10)
        assert budget.wait(place) == before + 10
        clock.now += before + 10
        assert budget.holds(place)


class TestClosure:
    def test_nothing_leaves_until_it_is_over(self, budget: Budget, clock: Clock) -> None:
        budget.close(300)
        clock.now += 100
        assert (budget.closed(), budget.wait(budget.reserve(40))) == (200, 200)

    def test_it_ends_by_itself(self, budget: Budget, clock: Clock) -> None:
        budget.close(300)
        clock.now += 300
        assert (budget.closed(), budget.wait(budget.reserve(40))) == (0, 0)

    @pytest.mark.parametrize(("second", "lasts"), [(1, 300), (300, 300), (500, 500)])
    def test_the_longer_one_stays(self, budget: Budget, second: float, lasts: float) -> None:
        budget.close(300)
        budget.close(second)
        assert (budget.closed(), budget.wait(budget.reserve(40))) == (lasts, lasts)

    def test_what_waited_leaves_at_even_distances(self, budget: Budget) -> None:
        budget.close(300)
        assert waits(budget, 4, rate=40) == pytest.approx([300, 300.025, 300.05, 300.075])

    def test_so_does_what_comes_in_the_five_minutes_after_it(self, budget: Budget, clock: Clock) -> None:
        budget.close(300)
        clock.now += 300 + 299
        assert waits(budget, 3, rate=40) == pytest.approx([0, 0.025, 0.05])

    def test_then_there_are_bursts_again(self, budget: Budget, clock: Clock) -> None:
        budget.close(300)
        clock.now += 300 + 300
        assert waits(budget, 3, rate=40) == [0, 0, 0]

    def test_whoever_waited_before_it_goes_before_those_who_come_meanwhile(self, budget: Budget, clock: Clock) -> None:
        waits(budget, 3, 0.0101)
        waiting = budget.reserve(0.0101)
        budget.close(7)
        clock.now += 3
        assert budget.wait(budget.reserve(0.0101)) > budget.wait(waiting)

    def test_a_throttle_is_one_of_the_whole_address(self, clock: Clock) -> None:
        host = HostRateLimiter.by(clock)
        host.close(300)
        assert (host.api.closed(), host.grants.closed()) == (300, 300)


class TestTwoRates:
    def test_they_share_the_count(self, budget: Budget) -> None:
        waits(budget, 3_000, rate=40)
        assert budget.wait(budget.reserve(10)) > WINDOW
        assert waits(budget, 9_000, rate=40)[-1] == 0
        assert budget.wait(budget.reserve(40)) > WINDOW

    def test_whoever_has_the_lower_ceiling_does_not_hold_up_the_other(self, budget: Budget) -> None:
        waits(budget, 3_000, rate=10)
        low = budget.reserve(10)
        assert budget.wait(low) > WINDOW
        assert budget.wait(budget.reserve(40)) == 0

    def test_nor_is_it_starved(self, budget: Budget, clock: Clock) -> None:
        waits(budget, 300, rate=1)
        low = budget.reserve(1)
        due = clock.now + budget.wait(low)
        while clock.now < due:
            clock.now += max(0.1, budget.wait(budget.reserve(10)))
        assert due < 5_000.25 + WINDOW + 7
        assert budget.holds(low)


def test_what_it_keeps_is_of_five_minutes_and_of_those_who_wait(budget: Budget, clock: Clock) -> None:
    for _ in range(20_000):
        clock.now += 1.5
        budget.reserve(40)
    assert len(budget._places) < 310
    assert len(budget._latest) == 1


def test_rates_that_nobody_has_any_more_are_forgotten(budget: Budget, clock: Clock) -> None:
    for rate in range(1, 51):
        budget.reserve(rate)
        clock.now += 10
    assert len(budget._latest) <= 2


def test_threads_share_it(budget: Budget, clock: Clock) -> None:
    alone = Budget(clock)
    with ThreadPoolExecutor(8) as threads:
        places = list(threads.map(lambda _: budget.reserve(1), range(2_000)))
    assert sorted(places) == [alone.reserve(1) for _ in range(2_000)]


@dataclass(order=True)
class Flow:
    """Someone who wants to send a request; woken at a time."""

    wakes_at: float
    number: int
    rate: float = field(compare=False)
    late: float = field(compare=False)
    place: float | None = field(default=None, compare=False)


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
        self.budget = Budget(clock)
        closures = sorted(self.closures)
        due = [Flow(at, number, rate, late) for number, (at, rate, late) in enumerate(sorted(self.arrivals))]
        while due:
            flow = heapq.heappop(due)
            while closures and closures[0][0] <= flow.wakes_at:
                clock.now, seconds = closures.pop(0)
                self.budget.close(seconds)
            clock.now = flow.wakes_at
            if flow.place is None:
                flow.place = self.budget.reserve(flow.rate)
            if wait := self.budget.wait(flow.place):
                flow.wakes_at += wait + flow.late
            elif self.budget.holds(flow.place):
                yield clock.now, flow
                continue
            else:
                flow.place = None
            heapq.heappush(due, flow)


def most_in_a_window(times: list[float]) -> int:
    return max((sum(at - WINDOW < each <= at for each in times) for at in times), default=0)


def schedules(rates: tuple[float, ...], late: float) -> st.SearchStrategy[Traffic]:
    times = st.one_of(st.floats(0, 1_500), st.integers(0, 5).map(lambda n: n * 300.0))
    arrival = st.tuples(times, st.sampled_from(rates), st.floats(0, late))
    closure = st.tuples(st.floats(0, 3_000), st.floats(1, 400))
    bursts = st.lists(st.tuples(arrival, st.integers(1, 40)), max_size=20)
    arrivals = bursts.map(lambda found: [each for each, times in found for _ in range(times)])
    return st.builds(Traffic, arrivals, st.lists(closure, max_size=4))


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
        assert all(traffic.budget.closed() == 0 for _ in traffic.departures())
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
