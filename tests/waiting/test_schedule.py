"""The schedule of polls: what is polled when, with what, and for which subscriber."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airflow_provider_paxos.api.listing import MAX_VALUES
from airflow_provider_paxos.waiting.schedule import (
    FIRST_INTERVAL,
    FIRST_POLL_DELAY,
    LONGEST_INTERVAL,
    Kind,
    Schedule,
    interval_at,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

ID = Kind.ID
ONE = "subscriber"
ROUNDING = 1e-6


def values(count: int, name: str = "id") -> list[str]:
    return [f"{name}-{number}" for number in range(count)]


def no_jitter() -> Schedule[str]:
    return Schedule(jitter=lambda: 0.0)


def polling(
    schedule: Schedule[str], until: float = math.inf, begin: float = 0.0, *, took: float = 0.0
) -> Iterator[tuple[float, list[str]]]:
    """Poll with one request in flight at most, and yield what is polled when."""
    now = begin
    while (due := schedule.next_due_at()) is not None and max(due, now) <= until:
        now = max(due, now)
        request = schedule.take(now)
        assert request is not None
        yield now, [item.value for item in request.items]
        now += took
        schedule.reschedule(request.items, request.taken_at, now)


def polls(
    schedule: Schedule[str], until: float, begin: float = 0.0, *, took: float = 0.0
) -> list[tuple[float, list[str]]]:
    """Return what is polled when until then."""
    return list(polling(schedule, until, begin, took=took))


@pytest.mark.parametrize(
    ("age", "interval"),
    [(0, 10), (99, 10), (100, 10), (600, 60), (2999, 299.9), (3000, 300), (30 * 86400, 300), (-5, 10)],
)
def test_without_an_interval_the_next_poll_comes_after_a_tenth_of_the_age(age: float, interval: float) -> None:
    assert interval_at(age) == pytest.approx(interval)


@given(took=st.floats(0, 10**6))
def test_a_terminal_status_is_thereby_seen_at_most_a_tenth_later_than_it_took_between_floor_and_ceiling(
    took: float,
) -> None:
    schedule = no_jitter()
    schedule.subscribe(ONE, ID, ["a"], None, 0.0)
    learnt = next(at for at, _ in polling(schedule) if at >= took)
    late = learnt - took
    assert late <= max(0.1 * took, FIRST_INTERVAL) + FIRST_POLL_DELAY + ROUNDING
    assert late <= LONGEST_INTERVAL + ROUNDING


class TestRequests:
    @pytest.mark.parametrize(
        ("waiting", "sizes"), [(1, [1]), (100, [100]), (101, [100, 1]), (250, [100, 100, 50]), (0, [])]
    )
    def test_what_is_due_is_read_a_hundred_at_a_time(self, waiting: int, sizes: list[int]) -> None:
        schedule = no_jitter()
        schedule.subscribe(ONE, ID, values(waiting), 5.0, 0.0)
        assert [len(read) for _, read in polls(schedule, 1.0)] == sizes

    def test_ids_and_ref_ids_are_read_in_requests_of_their_own(self) -> None:
        schedule = no_jitter()
        schedule.subscribe(ONE, ID, ["a"], 5.0, 0.0)
        schedule.subscribe(ONE, Kind.REF_ID, ["a", "b"], 5.0, 0.0)
        assert sorted(read for _, read in polls(schedule, 1.0)) == [["a"], ["a", "b"]]

    def test_nothing_is_due_before_its_time(self) -> None:
        schedule = no_jitter()
        schedule.subscribe(ONE, ID, ["a"], 5.0, 0.0)
        assert (schedule.take(FIRST_POLL_DELAY / 2), schedule.next_due_at()) == (None, FIRST_POLL_DELAY)

    def test_a_request_is_filled_with_what_is_due_within_half_of_its_interval(self) -> None:
        schedule = no_jitter()
        for number, value in enumerate(values(10)):
            schedule.subscribe(ONE, ID, [value], 10.0, 0.05 * number)
        assert [read for _, read in polls(schedule, 1.0, begin=0.5)] == [values(10)]
        schedule.subscribe(ONE, ID, ["later"], 10.0, 2.0)
        assert [read for _, read in polls(schedule, 3.0)] == [["later"]]
        assert [read for _, read in polls(schedule, 11.0)] == [[*values(10), "later"]]

    def test_scattered_waiters_come_to_share_full_requests(self) -> None:
        schedule: Schedule[str] = Schedule()
        for number, value in enumerate(values(1000)):
            schedule.subscribe(ONE, ID, [value], 5.0, number * 0.005)
        made = [read for at, read in polls(schedule, 90.0, begin=5.0) if at >= 30]
        assert all(len(read) == MAX_VALUES for read in made)
        assert 120 <= len(made) <= 126

    def test_an_empty_schedule_is_never_due(self) -> None:
        assert (no_jitter().next_due_at(), no_jitter().take(10**9)) == (None, None)


class TestSubscribing:
    def test_of_several_intervals_the_shortest_counts_while_it_is_there(self) -> None:
        schedule = no_jitter()
        schedule.subscribe("patient", ID, ["a"], 60.0, 0.0)
        schedule.subscribe("hurried", ID, ["a"], 5.0, 0.0)
        assert len(polls(schedule, 60.0)) == 12
        schedule.unsubscribe("hurried", ID, ["a"])
        assert len(polls(schedule, 660.0, begin=60.0)) <= 11

    def test_who_asked_for_an_interval_does_not_slow_down_who_asked_for_none(self) -> None:
        schedule = no_jitter()
        schedule.subscribe("patient", ID, ["a"], 3600.0, 0.0)
        schedule.subscribe("by age", ID, ["a"], None, 0.0)
        assert len(polls(schedule, 100.0)) >= 10

    def test_what_has_no_subscriber_is_polled_no_more(self) -> None:
        schedule = no_jitter()
        schedule.subscribe("one", ID, ["a", "b"], 5.0, 0.0)
        schedule.subscribe("two", ID, ["b"], 5.0, 0.0)
        schedule.unsubscribe("one", ID, ["a", "b", "unknown"])
        assert {value for _, read in polls(schedule, 60.0) for value in read} == {"b"}
        schedule.unsubscribe("two", ID, ["b"])
        assert (len(schedule), schedule.next_due_at()) == (0, None)

    def test_what_was_left_while_it_was_read_does_not_come_back(self) -> None:
        schedule = no_jitter()
        schedule.subscribe(ONE, ID, ["a"], 5.0, 0.0)
        request = schedule.take(1.0)
        assert request
        schedule.unsubscribe(ONE, ID, ["a"])
        schedule.reschedule(request.items, request.taken_at, 2.0)
        assert (len(schedule), schedule.next_due_at()) == (0, None)

    def test_one_who_joins_while_it_is_read_has_a_poll_of_its_own_at_once(self) -> None:
        schedule = no_jitter()
        schedule.subscribe("one", ID, ["a"], 60.0, 0.0)
        request = schedule.take(1.0)
        assert request
        schedule.subscribe("two", ID, ["a"], 60.0, 1.5)
        schedule.reschedule(request.items, request.taken_at, 2.0)
        assert schedule.next_due_at() == 2.0

    def test_those_who_come_and_go_leave_nothing_behind(self) -> None:
        schedule = no_jitter()
        for number in range(20_000):
            schedule.subscribe(ONE, ID, [f"id-{number}"], 3600.0, float(number) / 1000)
            schedule.unsubscribe(ONE, ID, [f"id-{number}"])
        assert len(schedule._shared[ID]._heap) < 5000


class TestIndividual:
    def test_one_that_is_polled_individually_is_not_among_the_others(self) -> None:
        schedule = no_jitter()
        schedule.subscribe(ONE, ID, ["a", "b"], 5.0, 0.0)
        request = schedule.take(1.0)
        assert request
        schedule.poll_individually(request.items[0], 1.0, until=100.0)
        schedule.reschedule(request.items[1:], request.taken_at, 1.0)
        individual = schedule.take(1.0, individual=True)
        assert individual
        assert ([item.value for item in individual.items], individual.individual) == (["a"], True)
        schedule.reschedule(individual.items, individual.taken_at, 1.0)
        assert {value for _, read in polls(schedule, 60.0, begin=1.0) for value in read} == {"b"}

    def test_asked_for_once_it_is_among_the_others_again(self) -> None:
        schedule = no_jitter()
        schedule.subscribe(ONE, ID, ["a"], 5.0, 0.0)
        request = schedule.take(1.0)
        assert request
        schedule.poll_individually(request.items[0], 1.0)
        individual = schedule.take(1.0, individual=True)
        assert individual
        schedule.reschedule(individual.items, individual.taken_at, 1.0)
        assert (schedule.next_due_at(individual=True), schedule.next_due_at()) == (None, 6.0)


# Few of what is polled all the time: every poll takes this test some time, too.
COUNTS_AND_INTERVALS = st.tuples(st.integers(0, 300), st.sampled_from([5.0, 30.0, 3600.0])) | st.tuples(
    st.integers(0, 30), st.sampled_from([0.0, 0.5, 1.0])
)
WAITS = st.lists(st.tuples(COUNTS_AND_INTERVALS, st.floats(0, 30)), min_size=1, max_size=12)


@settings(max_examples=20)
@given(waits=WAITS, jitter=st.floats(0, 1))
def test_whatever_waits_none_is_read_later_than_asked_for(
    waits: list[tuple[tuple[int, float], float]], jitter: float
) -> None:
    schedule: Schedule[str] = Schedule(jitter=lambda: jitter)
    asked: dict[str, float] = {}
    for number, ((count, interval), joins_at) in enumerate(waits):
        for value in values(count, f"wait-{number}"):
            asked[value] = max(interval, 0.1)
            schedule.subscribe(ONE, ID, [value], interval, joins_at)
    last = {
        value: joins_at
        for number, ((count, _), joins_at) in enumerate(waits)
        for value in values(count, f"wait-{number}")
    }
    until = 35.0
    for at, read in polls(schedule, until):
        for value in read:
            assert at - last[value] <= max(asked[value], FIRST_POLL_DELAY) + ROUNDING
            last[value] = max(at, last[value])
    assert all(until - at <= asked[value] + ROUNDING for value, at in last.items())


@settings(max_examples=20)
@given(count=st.integers(101, 700), share=st.floats(0.01, 0.5), took=st.floats(0.5, 5))
def test_overloaded_it_reads_all_in_turns(count: int, share: float, took: float) -> None:
    schedule: Schedule[str] = Schedule()
    # To read all of them once takes at least twice as long as was asked for.
    schedule.subscribe(ONE, ID, values(count), share * took * count / 100, 0.0)
    made = polls(schedule, 60 * took, took=took)
    times = Counter(value for _, read in made for value in read)
    assert len(times) == min(count, 100 * len(made))
    assert max(times.values()) - min(times[value] for value in values(count)) <= 3
