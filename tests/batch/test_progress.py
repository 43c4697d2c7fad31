"""Progress is expected by share and rate: often enough to be followed, and seldom enough to be read."""

from __future__ import annotations

import pytest

from airflow_provider_paxos.batch.progress import Progress


class Clock:
    seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def progress(clock: Clock, said: list[str]) -> Progress:
    return Progress("Submitted", 1000, said.append, clock)


def test_a_line_has_share_and_rate(progress: Progress, clock: Clock, said: list[str]) -> None:
    clock.seconds += 10
    progress.update(382)
    assert said == ["Submitted 382 of 1,000 payments (38 %), 38.2 a second"]


def test_less_than_a_tenth_more_is_not_reported(progress: Progress, clock: Clock, said: list[str]) -> None:
    clock.seconds += 10
    progress.update(99)
    assert said == []


def test_every_tenth_is_reported_though_not_every_moment(progress: Progress, clock: Clock, said: list[str]) -> None:
    for done in range(1, 1000):
        clock.seconds += 1 / 64
        progress.update(done)
    assert [line.split(" of")[0] for line in said] == [f"Submitted {done}" for done in range(128, 1000, 128)]


def test_a_slow_one_is_reported_every_15_seconds(progress: Progress, clock: Clock, said: list[str]) -> None:
    for done in range(1, 61):
        clock.seconds += 1
        progress.update(done)
    assert [line.split(" of")[0] for line in said] == ["Submitted 15", "Submitted 30", "Submitted 45", "Submitted 60"]


def test_the_end_is_reported_once(progress: Progress, clock: Clock, said: list[str]) -> None:
    clock.seconds += 20
    progress.update(1000)
    progress.report(1000)
    assert said == ["Submitted 1,000 of 1,000 payments (100 %), 50.0 a second"]
