"""Both drivers report what an exchange consists of to a callable: answers, waits and tokens."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest

from airflow_provider_paxos.api.async_client import AsyncPaxosClient
from airflow_provider_paxos.api.base_client import SharedState
from airflow_provider_paxos.api.client import PaxosClient
from airflow_provider_paxos.api.errors import NotFound
from airflow_provider_paxos.api.exchange import TRIGGERER
from airflow_provider_paxos.api.observing import Answered, Minted, Waited
from airflow_provider_paxos.emulator.server import RunningEmulator
from tests.api.test_drivers import UNKNOWN_ID, reached

Seen = list[Answered | Waited | Minted]
GET = "/v2/orchestration/orchestrations"


def by_requests(emulator: RunningEmulator, seen: Seen) -> None:
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        emulator.advance(seconds)

    shared = SharedState(clock=lambda: 1e9 + sum(slept))
    client = PaxosClient(reached(emulator), shared=shared, patience=TRIGGERER, sleep=sleep, observe=seen.append)
    with client, pytest.raises(NotFound):
        client.run(client.orchestrations.get(UNKNOWN_ID))


def by_httpx2(emulator: RunningEmulator, seen: Seen) -> None:
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        emulator.advance(seconds)

    async def run() -> None:
        shared = SharedState(clock=lambda: 1e9 + sum(slept))
        async with AsyncPaxosClient(reached(emulator), shared=shared, sleep=sleep, observe=seen.append) as client:
            with pytest.raises(NotFound):
                await client.run(client.orchestrations.get(UNKNOWN_ID))

    asyncio.run(run())


@pytest.fixture(params=[by_requests, by_httpx2])
def drive(request: pytest.FixtureRequest, emulator: RunningEmulator) -> Callable[[], Seen]:
    """Look up an orchestration that does not exist, and return what was reported."""

    def driven() -> Seen:
        seen: Seen = []
        request.param(emulator, seen)
        return seen

    return driven


def answers(seen: Seen) -> list[tuple[str, str, Any]]:
    shown = [(each.method, urlsplit(each.url).path, each.status) for each in seen if isinstance(each, Answered)]
    return [(method, path.removesuffix(f"/{UNKNOWN_ID}"), status) for method, path, status in shown]


def test_each_answer_is_reported_and_each_new_token(drive: Callable[[], Seen]) -> None:
    seen = drive()
    assert answers(seen) == [("POST", "/oauth2/token", 200), ("GET", GET, 404)]
    assert [type(each) for each in seen] == [Answered, Minted, Answered]


def test_a_lost_answer_is_reported_without_a_status(drive: Callable[[], Seen], emulator: RunningEmulator) -> None:
    emulator.fault("drop_after", method="GET")
    assert answers(drive())[1:] == [("GET", GET, None), ("GET", GET, 404)]


def test_a_wait_for_the_end_of_a_throttle_is_reported_with_its_seconds(
    drive: Callable[[], Seen], emulator: RunningEmulator
) -> None:
    emulator.fault("throttle", method="GET", retry_after=300)
    seen = drive()
    assert answers(seen)[1:] == [("GET", GET, 429), ("GET", GET, 404)]
    assert sum(each.seconds for each in seen if isinstance(each, Waited)) >= 300
