"""Both drivers against an emulator that enforces Paxos' limits: whoever keeps to the rate limit never meets one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from airflow_provider_paxos.api.exchange import TRIGGERER
from airflow_provider_paxos.api.settings import checked_settings
from airflow_provider_paxos.emulator.server import RunningEmulator
from tests.api.both_drivers import DRIVERS, Caller

RATE = 0.04
"""Twelve requests in five minutes, which is quickly used up."""


@pytest.fixture
def emulator() -> Iterator[RunningEmulator]:
    with RunningEmulator(rate_limits=True, api_rate=RATE) as running:
        yield running


def caller(driver: str, emulator: RunningEmulator, rate: float) -> Caller:
    """Return a caller whose sleep moves the emulator's clock."""
    reached = checked_settings(
        client_id=emulator.client_id,
        client_secret=emulator.client_secret,
        base_url=emulator.base_url,
        requests_per_second=rate,
    )
    return DRIVERS[driver](reached, TRIGGERER, emulator.advance)


def refused(emulator: RunningEmulator) -> int:
    return [request["status"] for request in emulator.journal()].count(429)


@pytest.mark.parametrize("driver", DRIVERS)
def test_thirty_requests_at_the_whole_of_the_limit_are_all_answered(driver: str, emulator: RunningEmulator) -> None:
    paxos = caller(driver, emulator, RATE)
    for _ in range(30):
        paxos.list()

    assert refused(emulator) == 0
    assert 600 < sum(paxos.slept) < 30 / RATE


@pytest.mark.parametrize("driver", DRIVERS)
def test_without_the_right_rate_they_meet_the_limit(driver: str, emulator: RunningEmulator) -> None:
    paxos = caller(driver, emulator, 50)
    for _ in range(30):
        paxos.list()

    assert refused(emulator) > 0
