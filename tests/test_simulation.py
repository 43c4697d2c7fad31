"""The simulation of ``benchmarks/``, made small: the real shared poller and rate limiter, and Paxos' limits."""

from __future__ import annotations

import pytest

from benchmarks.modelled_paxos import LATENCY, Paxos
from benchmarks.simulation import BANK, CONVERSION, CRYPTO, Day, busiest
from tests.virtual_time import run

HALF_AN_HOUR = 1800.0
GATHERED = 0.1
"""Seconds by which a first poll waits for others."""


def passed(day: Day) -> Paxos:
    return run(day.pass_by())


@pytest.fixture(scope="module")
def paxos() -> Paxos:
    return passed(Day(waiting=500, arriving=20_000, interval=None, rate=40.0, seconds=HALF_AN_HOUR))


def test_no_limit_of_paxos_is_met(paxos: Paxos) -> None:
    assert paxos.requests["GET"].total() > 100
    assert paxos.refused == 0


@pytest.mark.parametrize("rail", [CONVERSION, CRYPTO, BANK])
def test_nobody_is_read_later_than_the_age_asks_for(paxos: Paxos, rail: str) -> None:
    assert paxos.gaps[rail] > 0
    assert paxos.overdue[rail] <= GATHERED + LATENCY


def test_an_end_is_learnt_within_ten_seconds_or_a_tenth_of_the_age(paxos: Paxos) -> None:
    assert max(paxos.delays[CONVERSION]) <= 10 + GATHERED + LATENCY
    assert max(paxos.delays[BANK]) <= 300 + GATHERED + LATENCY


def test_whoever_asks_for_more_than_the_rate_limit_is_read_later_but_no_limit_is_met() -> None:
    asked, allowed = 10, 4
    paxos = passed(Day(waiting=100, arriving=1, interval=1 / asked, rate=allowed, seconds=900))
    # A part of the window is kept for others than batches.
    assert busiest(paxos.requests["GET"]) == pytest.approx(allowed, rel=0.05)
    assert paxos.refused == 0
