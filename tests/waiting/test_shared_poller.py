"""One shared poller for all waiters: they share its requests, and none of each other's errors."""

from __future__ import annotations

import asyncio
import gc
import logging
import sys
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from airflow_provider_paxos.api.errors import (
    BadCredentials,
    BadRequest,
    Forbidden,
    InvalidConnection,
    MissingScope,
    NotFound,
    PaxosError,
    ServiceUnavailable,
    Subject,
    UndefinedConnection,
    UnreadableAnswer,
)
from airflow_provider_paxos.waiting import shared_poller
from tests.virtual_time import run
from tests.waiting.fake_source import Asked, Paxos, Wait, wait

LISTING = Subject("List Orchestrations")
GETTING = Subject("Get Orchestration")
LONGEST_TURN = 100_000
"""Calls and returns of functions in a hundredth of a second of virtual time: a third of them is needed."""
MANY = [f"id-{number}" for number in range(1000)]


def during(paxos: Paxos, *waits: Awaitable[Wait], at: dict[float, Callable[[], object]]) -> list[Wait]:
    """Run several waits together, while things happen."""

    async def together() -> list[Wait]:
        for when, deed in at.items():
            asyncio.get_running_loop().call_at(when, deed)
        return await asyncio.gather(*waits)

    return run(together())


def end(paxos: Paxos, *values: str, status: str = "COMPLETED") -> Callable[[], None]:
    return lambda: paxos.statuses.update(dict.fromkeys(values, status))


def lines(waited: Wait) -> list[str]:
    return [line.text for line in waited.log_lines]


class TestSharing:
    @pytest.mark.parametrize(
        "shape",
        [pytest.param(1000, id="a thousand triggers of one id"), pytest.param(1, id="one trigger of a thousand")],
    )
    @pytest.mark.parametrize("spread", [0.0, 5.0], ids=["at once", "scattered"])
    def test_a_thousand_cost_paxos_the_same_however_they_wait(self, shape: int, spread: float) -> None:
        paxos = Paxos(latency=0.05)
        each = len(MANY) // shape

        async def late(number: int) -> Wait:
            await asyncio.sleep(spread * number / shape)
            return await wait(paxos, *MANY[number * each : (number + 1) * each])

        during(paxos, *(late(number) for number in range(shape)), at={100: end(paxos, *MANY)})
        in_a_minute = [asked for asked in paxos.asked if 30 <= asked.at < 90]
        assert 120 <= len(in_a_minute) <= 126
        assert all(len(asked.values) == 100 for asked in in_a_minute)
        assert paxos.most_in_flight <= 2

    def test_each_waiter_receives_its_own_alone(self) -> None:
        paxos = Paxos()
        one, two = during(paxos, wait(paxos, "a"), wait(paxos, "b"), at={10: end(paxos, "a"), 30: end(paxos, "b")})
        assert (one.terminal, two.terminal) == (["a"], ["b"])
        assert lines(one) == ["Orchestration a (ref_id ref_id of a) is " + each for each in ("PROCESSING", "COMPLETED")]

    def test_two_who_wait_for_the_same_id_share_its_polls(self) -> None:
        paxos = Paxos()
        both = during(paxos, wait(paxos, "a"), wait(paxos, "a"), at={10: end(paxos, "a")})
        assert [each.terminal for each in both] == [["a"], ["a"]]
        assert {asked.values for asked in paxos.asked} == {("a",)}

    def test_ids_and_ref_ids_go_in_requests_of_their_own(self) -> None:
        paxos = Paxos()
        (both,) = during(paxos, wait(paxos, "a", ref_ids=["r"]), at={10: end(paxos, "a", "r")})
        assert set(both.terminal) == {"a", "id of r"}
        assert set(paxos.calls()) == {"list", "list ref_ids"}

    def test_one_client_serves_all_and_is_closed_when_the_last_has_left(self) -> None:
        paxos = Paxos()
        during(paxos, wait(paxos, "a"), wait(paxos, "b"), at={10: end(paxos, "a"), 30: end(paxos, "b")})
        assert [source.closed for source in paxos.opened] == [1]

    def test_the_next_to_wait_has_a_new_one(self) -> None:
        paxos = Paxos()
        during(paxos, wait(paxos, "a"), at={0: end(paxos, "a", "b")})
        during(paxos, wait(paxos, "b"), at={})
        assert [source.closed for source in paxos.opened] == [1, 1]

    def test_it_polls_in_no_tasks_context_so_that_no_tasks_log_is_filled_with_it(self) -> None:
        whose: ContextVar[str] = ContextVar("whose", default="nobody")
        paxos, seen = Paxos(), set()
        paxos.error_for = lambda _: seen.add(whose.get())

        async def wait_in_a_task() -> Wait:
            whose.set("the task that came first")
            return await wait(paxos, "a")

        during(paxos, wait_in_a_task(), at={10: end(paxos, "a")})
        assert seen == {"nobody"}

    def test_nothing_is_kept_of_an_event_loop_that_is_gone(self) -> None:
        paxos = Paxos()
        during(paxos, wait(paxos, "a"), at={1: end(paxos, "a")})
        gc.collect()
        assert not list(paxos.pollers._by_loop)


class TestJoiningAndLeaving:
    def test_one_who_joins_is_polled_for_at_once(self) -> None:
        paxos = Paxos()

        async def late() -> Wait:
            await asyncio.sleep(50)
            return await wait(paxos, "b", interval=3600)

        during(paxos, wait(paxos, "a", interval=3600), late(), at={0: end(paxos, "b"), 90: end(paxos, "a")})
        assert [at for at in paxos.times("b") if 50 <= at <= 50.2]

    def test_also_if_somebody_waits_for_the_same_already(self) -> None:
        paxos = Paxos()

        async def late() -> Wait:
            await asyncio.sleep(50)
            end(paxos, "a")()
            return await wait(paxos, "a", interval=3600)

        first, second = during(paxos, wait(paxos, "a", interval=3600), late(), at={})
        assert second.took < 0.2
        assert first.took < 50.2

    def test_what_was_asked_before_one_joined_is_not_its_first_poll(self) -> None:
        paxos = Paxos(latency=1.0)

        async def late() -> Wait:
            await asyncio.sleep(0.5)
            return await wait(paxos, "a", interval=3600)

        during(paxos, wait(paxos, "a", interval=3600), late(), at={3: end(paxos, "a")})
        assert len([at for at in paxos.times("a") if at < 3]) == 2

    @pytest.mark.parametrize("how", ["cancelled", "timed out"])
    def test_one_who_leaves_disturbs_nobody_and_is_not_polled_for(self, how: str) -> None:
        paxos = Paxos(latency=0.2)

        async def leaving() -> Wait:
            if how == "timed out":
                with pytest.raises(TimeoutError):
                    await asyncio.wait_for(wait(paxos, "b", "c"), 20)
            else:
                task = asyncio.create_task(wait(paxos, "b", "c"))
                asyncio.get_running_loop().call_later(20, task.cancel)
                with pytest.raises(asyncio.CancelledError):
                    await task
            return Wait([], None, [], 0)

        stayed, _ = during(paxos, wait(paxos, "a", "c"), leaving(), at={60: end(paxos, "a", "c")})
        assert stayed.terminal == ["a", "c"]
        assert max(paxos.times("b")) <= 20
        assert max(paxos.times("c")) > 60

    def test_one_who_leaves_no_longer_hurries_the_others(self) -> None:
        paxos = Paxos()
        hurried = wait(paxos, "a", "b", interval=1)

        async def leaving() -> Wait:
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(hurried, 100)
            return Wait([], None, [], 0)

        during(paxos, wait(paxos, "a", interval=100), leaving(), at={1000: end(paxos, "a")})
        assert len([at for at in paxos.times("a") if 105 < at < 1000]) < 11

    def test_what_is_terminal_is_polled_no_more_though_the_wait_goes_on(self) -> None:
        paxos = Paxos()
        during(paxos, wait(paxos, "a", "b"), at={10: end(paxos, "a"), 100: end(paxos, "b")})
        assert max(paxos.times("a")) <= 15

    def test_ten_thousand_that_end_at_once_do_not_block_the_loop(self) -> None:
        paxos = Paxos()
        ids = [f"id-{number}" for number in range(10_000)]
        calls, most = 0, 0

        def count(*_: object) -> None:
            nonlocal calls
            calls += 1

        async def watch_loop() -> Wait:
            nonlocal calls, most
            await asyncio.sleep(11)
            sys.setprofile(count)
            try:
                while asyncio.get_running_loop().time() < 20:
                    await asyncio.sleep(0.01)
                    most, calls = max(most, calls), 0
            finally:
                sys.setprofile(None)
            return Wait([], None, [], 0)

        waited, _ = during(paxos, wait(paxos, *ids), watch_loop(), at={12: end(paxos, *ids)})
        assert len(waited.terminal) == 10_000
        assert most < LONGEST_TURN


class TestIntervals:
    def test_a_waiter_with_an_interval_is_never_polled_for_later(self) -> None:
        paxos = Paxos()
        during(paxos, wait(paxos, "a", interval=7), wait(paxos, "b", interval=30), at={600: end(paxos, "a", "b")})
        for value, interval in (("a", 7), ("b", 30)):
            times = paxos.times(value)
            assert max(after - before for before, after in pairwise(times)) <= interval

    def test_a_waiter_without_an_interval_is_polled_for_by_age(self) -> None:
        paxos = Paxos()
        day = 86400
        (waited,) = during(paxos, wait(paxos, "a", interval=None), at={day: end(paxos, "a")})
        assert waited.took <= day + 300.2
        assert len(paxos.asked) < 400
        hour = [at for at in paxos.times("a") if at < 3600]
        assert max(after - before for before, after in pairwise(hour)) <= 300

    @pytest.mark.parametrize(
        ("age", "polls"),
        [
            (timedelta(0), 20),
            (timedelta(days=3), 2),
            (timedelta(days=-2), 20),
            (timedelta(days=20_000), 20),
        ],
        ids=["just created", "created days ago", "created tomorrow", "created in the sixties"],
    )
    def test_the_age_is_counted_from_created_at_if_that_is_plausible(self, age: timedelta, polls: int) -> None:
        paxos = Paxos(created_at=datetime.now(UTC) - age)
        during(paxos, wait(paxos, "a", interval=None), at={250: end(paxos, "a")})
        assert abs(len([at for at in paxos.times("a") if at < 250]) - polls) <= 6

    def test_a_slow_paxos_gets_more_requests_at_once_rather_than_late_ones(self) -> None:
        paxos = Paxos(latency=0.5)
        during(paxos, *(wait(paxos, each, interval=1) for each in MANY), at={60: end(paxos, *MANY)})
        times = [at for at in paxos.times("id-7") if 10 < at < 60]
        assert max(after - before for before, after in pairwise(times)) < 1.5
        assert 5 <= paxos.most_in_flight <= 8

    def test_an_overloaded_paxos_is_asked_in_turns(self) -> None:
        paxos = Paxos(latency=5.0)
        during(paxos, *(wait(paxos, each, interval=0.5) for each in MANY), at={300: end(paxos, *MANY)})
        counts = [len(paxos.times(each)) for each in MANY]
        assert max(counts) - min(counts) <= 3
        assert paxos.most_in_flight == 8


class TestUnknownOnes:
    def test_one_that_list_does_not_show_is_asked_for_with_get(self) -> None:
        paxos = Paxos(unlisted={"a"})
        (waited,) = during(paxos, wait(paxos, "a", "b"), at={1: end(paxos, "a", "b")})
        assert set(waited.terminal) == {"a", "b"}
        assert paxos.calls()[:2] == ["list", "get"]

    def test_one_that_stays_unknown_ends_the_wait_of_its_waiter_alone(self) -> None:
        paxos = Paxos(unknown={"a"})
        one, two = during(paxos, wait(paxos, "a", "b"), wait(paxos, "b"), at={200: end(paxos, "b")})
        assert "id a): Paxos has returned no orchestration with this id for 60 s" in str(one.error)
        assert (two.terminal, two.error) == (["b"], None)

    def test_thousands_that_are_unknown_do_not_keep_the_others_waiting(self) -> None:
        paxos = Paxos(latency=0.2, unknown=set(MANY))
        many, one = during(paxos, wait(paxos, *MANY), wait(paxos, "a"), at={50: end(paxos, "a")})
        assert many.error
        assert one.took <= 56
        gets = [asked.at for asked in paxos.asked if asked.call == "get"]
        assert len(gets) > 100
        assert all(after - before >= paxos.latency - 1e-6 for before, after in pairwise(gets)), "one at a time"


def refuse(error: Callable[[], PaxosError], *failing: str) -> Callable[[Asked], PaxosError | None]:
    return lambda asked: error() if set(failing) & set(asked.values) else None


class TestErrorsOfOne:
    HUNDRED = MANY[:100]

    def test_a_refused_id_is_found_and_reaches_its_waiter_alone(self) -> None:
        paxos = Paxos(error_for=refuse(lambda: BadRequest("malformed id.", subject=LISTING), "id-7"))
        waits = during(paxos, *(wait(paxos, each) for each in self.HUNDRED), at={30: end(paxos, *self.HUNDRED)})
        assert [each.error is None for each in waits] == [number != 7 for number in range(100)]
        assert "malformed id." in str(waits[7].error)
        assert waits[7].took < 1

    def test_the_others_are_read_with_that_very_request(self) -> None:
        paxos = Paxos(error_for=refuse(lambda: BadRequest("malformed id.", subject=LISTING), "id-7"))
        waits = during(paxos, *(wait(paxos, each) for each in self.HUNDRED), at={0: end(paxos, *self.HUNDRED)})
        assert max(each.took for each in waits) < 1
        assert len(paxos.asked) <= 16

    def test_an_id_of_somebody_else_reaches_its_waiter_alone(self) -> None:
        def error_for(asked: Asked) -> PaxosError | None:
            of_another = asked.call == "get" and asked.values == ("id-7",)
            return Forbidden("not yours.", subject=GETTING) if of_another else None

        paxos = Paxos(error_for=error_for, unlisted={"id-7"})
        waits = during(paxos, *(wait(paxos, each) for each in self.HUNDRED), at={30: end(paxos, *self.HUNDRED)})
        assert [each.error is None for each in waits] == [number != 7 for number in range(100)]
        assert "not yours." in str(waits[7].error)

    def test_also_where_list_refuses_all_because_of_it(self) -> None:
        paxos = Paxos(error_for=refuse(lambda: Forbidden("not yours.", subject=LISTING), "id-7"))
        waits = during(paxos, *(wait(paxos, each) for each in self.HUNDRED), at={30: end(paxos, *self.HUNDRED)})
        assert [each.error is None for each in waits] == [number != 7 for number in range(100)]

    def test_fifty_refused_ids_are_found_as_well(self) -> None:
        failing = self.HUNDRED[::2]
        paxos = Paxos(error_for=refuse(lambda: BadRequest("malformed id.", subject=LISTING), *failing))
        waits = during(paxos, *(wait(paxos, each) for each in self.HUNDRED), at={30: end(paxos, *self.HUNDRED)})
        assert [each.error is None for each in waits] == [number % 2 == 1 for number in range(100)]

    def test_one_that_get_can_read_is_read_with_get_from_then_on(self) -> None:
        def error_for(asked: Asked) -> PaxosError | None:
            spoilt = asked.call == "list" and "id-7" in asked.values
            return BadRequest("malformed id.", subject=LISTING) if spoilt else None

        paxos = Paxos(error_for=error_for)
        waits = during(paxos, *(wait(paxos, each) for each in self.HUNDRED), at={30: end(paxos, *self.HUNDRED)})
        assert all(each.error is None for each in waits)
        later = [asked for asked in paxos.asked if asked.at > 2]
        assert {asked.call for asked in later if "id-7" in asked.values} == {"get"}
        assert len(later) <= 2 * 8

    def test_one_whose_answer_is_unreadable_disturbs_nobody_and_is_logged_once(self) -> None:
        paxos = Paxos(error_for=refuse(lambda: UnreadableAnswer("no JSON.", subject=LISTING), "id-7"))

        def mend() -> None:
            paxos.error_for = lambda _: None

        waits = during(
            paxos, *(wait(paxos, each) for each in self.HUNDRED), at={60: mend, 90: end(paxos, *self.HUNDRED)}
        )
        assert all(each.error is None for each in waits)
        assert [line.is_warning for line in waits[7].log_lines].count(True) == 1
        assert lines(waits[7]).count("Polling Paxos works again.") == 1
        assert not any(line.is_warning for line in waits[6].log_lines)

    def test_an_unreadable_paxos_is_nobodys_fault_and_not_asked_a_hundred_times(self) -> None:
        paxos = Paxos(error_for=lambda asked: UnreadableAnswer("HTML.", subject=LISTING) if asked.at < 100 else None)
        waits = during(paxos, *(wait(paxos, each) for each in self.HUNDRED), at={120: end(paxos, *self.HUNDRED)})
        assert all(each.error is None for each in waits)
        assert all([line.is_warning for line in each.log_lines].count(True) == 1 for each in waits)
        assert len([asked for asked in paxos.asked if asked.at < 100]) < 70


class TestErrorsOfAll:
    def test_a_transient_error_ends_nobodys_wait_and_is_logged_once(self) -> None:
        paxos = Paxos(error_for=lambda asked: ServiceUnavailable("503.") if 10 < asked.at < 100 else None)
        waits = during(paxos, wait(paxos, "a"), wait(paxos, "b"), at={150: end(paxos, "a", "b")})
        for waited, value in zip(waits, "ab", strict=True):
            assert waited.terminal == [value]
            assert [line for line in lines(waited) if "Orchestration" not in line] == [
                "Transient error while polling; will retry: 503. A retry asks again.",
                "Polling Paxos works again.",
            ]

    def test_what_fails_is_read_again_at_its_interval(self) -> None:
        paxos = Paxos(error_for=lambda asked: ServiceUnavailable("503.") if 10 < asked.at < 100 else None)
        during(paxos, wait(paxos, "a", interval=5), at={150: end(paxos, "a")})
        assert 17 <= len([at for at in paxos.times("a") if 10 < at < 100]) <= 20

    @pytest.mark.parametrize(
        "error",
        [
            BadCredentials("revoked."),
            NotFound("no such API.", subject=LISTING),
            MissingScope("insufficient scopes.", subject=LISTING),
            Forbidden("this address is blocked.", subject=LISTING),
        ],
        ids=lambda error: type(error).__name__,
    )
    def test_a_permanent_error_reaches_all_at_once_with_its_cause(self, error: PaxosError) -> None:
        paxos = Paxos(error_for=lambda asked: error if asked.at > 20 else None)
        waits = during(paxos, *(wait(paxos, each, interval=60) for each in MANY), at={})
        assert {each.error for each in waits} == {str(error)}
        assert max(each.took for each in waits) < 82

    def test_a_waiter_that_fails_silently_waits_on(self) -> None:
        paxos = Paxos(error_for=lambda asked: BadCredentials("revoked.") if 20 < asked.at < 200 else None)
        silent, other = during(paxos, wait(paxos, "a", silent_fail=True), wait(paxos, "b"), at={300: end(paxos, "a")})
        assert other.error
        assert silent.terminal == ["a"]
        assert [line.is_warning for line in silent.log_lines].count(True) == 1

    def test_a_connection_that_cannot_be_used_reaches_all_at_once(self) -> None:
        paxos = Paxos(unreadable_connection=InvalidConnection("the password is empty."))
        waits = during(paxos, wait(paxos, "a"), wait(paxos, "b"), at={})
        assert all("the password is empty" in str(each.error) for each in waits)

    def test_a_crash_leaves_nobody_waiting(self, caplog: pytest.LogCaptureFixture) -> None:
        def crash(_: Asked) -> Any:
            raise ZeroDivisionError

        paxos = Paxos(error_for=crash)

        async def crashing() -> None:
            both = await asyncio.gather(wait(paxos, "a"), wait(paxos, "b"), return_exceptions=True)
            assert [type(each.__cause__) for each in both if isinstance(each, RuntimeError)] == [ZeroDivisionError] * 2

        with caplog.at_level(logging.ERROR, shared_poller.__name__):
            run(crashing())
        assert "Polling Paxos crashed" in caplog.text
        paxos.error_for = lambda _: None
        (again,) = during(paxos, wait(paxos, "a"), at={0: end(paxos, "a")})
        assert again.terminal == ["a"]


class TestAChangedConnection:
    @staticmethod
    def rotated(paxos: Paxos) -> Callable[[], None]:
        def rotate() -> None:
            paxos.secret = "second"

        return rotate

    def test_a_rotated_secret_is_used_before_the_old_one_fails(self) -> None:
        paxos = Paxos()
        (waited,) = during(paxos, wait(paxos, "a"), at={100: self.rotated(paxos), 300: end(paxos, "a")})
        assert waited.terminal == ["a"]
        assert [(source.secret, source.closed) for source in paxos.opened] == [("first", 1), ("second", 1)]

    def test_or_as_soon_as_it_fails_and_nobody_notices(self) -> None:
        paxos = Paxos()

        def error_for(asked: Asked) -> PaxosError | None:
            return BadCredentials("revoked.") if paxos.opened[-1].secret != paxos.secret else None

        paxos.error_for = error_for
        waits = during(
            paxos,
            *(wait(paxos, each) for each in MANY),
            at={70: self.rotated(paxos), 100: end(paxos, *MANY)},
        )
        assert all(each.error is None and not any(line.is_warning for line in each.log_lines) for each in waits)
        assert len(paxos.opened) == 2

    def test_a_request_in_flight_keeps_its_client(self) -> None:
        paxos = Paxos(latency=20)
        (waited,) = during(paxos, wait(paxos, "a", interval=1), at={50: self.rotated(paxos), 130: end(paxos, "a")})
        assert waited.terminal == ["a"]
        assert [source.closed for source in paxos.opened] == [1, 1]

    @pytest.mark.parametrize("error", [UndefinedConnection("not defined."), InvalidConnection("no JSON.")])
    def test_a_connection_that_cannot_be_read_again_does_no_harm_and_is_logged_once(
        self, error: PaxosError, caplog: pytest.LogCaptureFixture
    ) -> None:
        paxos = Paxos()

        def lose() -> None:
            paxos.unreadable_connection = error

        with caplog.at_level(logging.WARNING):
            (waited,) = during(paxos, wait(paxos, "a"), at={10: lose, 400: end(paxos, "a")})
        assert waited.terminal == ["a"]
        assert caplog.text.count("cannot be read again") == 1
