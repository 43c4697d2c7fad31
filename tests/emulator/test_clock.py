from __future__ import annotations

from datetime import UTC, datetime

from airflow_provider_paxos.emulator.clock import Clock, SavedClock, rfc3339

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)


class Wall:
    """The machine's time, set by hand."""

    def __init__(self) -> None:
        self.time = NOON.timestamp()

    def __call__(self) -> float:
        return self.time


def test_the_clock_goes_with_the_machines() -> None:
    wall = Wall()
    clock = Clock(wall)
    wall.time += 5
    assert rfc3339(clock.now()) == "2026-07-01T12:00:05.000000Z"


def test_the_clock_is_moved_ahead() -> None:
    clock = Clock(Wall())
    clock.advance(90.5)
    assert rfc3339(clock.now()) == "2026-07-01T12:01:30.500000Z"


def test_the_clock_does_not_go_back_when_the_machines_does() -> None:
    wall = Wall()
    clock = Clock(wall)
    before = clock.now()
    wall.time -= 3600
    assert clock.now() == before


def test_a_frozen_clock_moves_only_by_hand_and_goes_on_from_where_it_stands() -> None:
    wall = Wall()
    clock = Clock(wall)
    clock.freeze()
    wall.time += 1000
    assert clock.now() == NOON
    clock.advance(60)
    assert rfc3339(clock.now()) == "2026-07-01T12:01:00.000000Z"
    clock.thaw()
    wall.time += 1
    assert rfc3339(clock.now()) == "2026-07-01T12:01:01.000000Z"


def test_thawing_a_clock_that_is_not_frozen_changes_nothing() -> None:
    clock = Clock(Wall())
    clock.thaw()
    assert clock.now() == NOON


def test_a_saved_clock_is_as_far_ahead() -> None:
    wall = Wall()
    assert Clock(wall, SavedClock(ahead=10)).now() == datetime(2026, 7, 1, 12, 0, 10, tzinfo=UTC)
