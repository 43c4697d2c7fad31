"""Batches, single payments and a triggerer, each a process with a real client, at the emulator's limits: no 429."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable, Iterator
from multiprocessing.context import ForkProcess
from pathlib import Path

import pytest

from airflow_provider_paxos.api.async_client import AsyncPaxosClient
from airflow_provider_paxos.api.base_client import SharedState
from airflow_provider_paxos.api.client import PaxosClient
from airflow_provider_paxos.api.errors import RateLimited
from airflow_provider_paxos.api.exchange import BATCH, TRIGGERER
from airflow_provider_paxos.api.models import OrchestrationRequest
from airflow_provider_paxos.api.orchestrations import Submission
from airflow_provider_paxos.api.rate_limiting import HostRateLimiter
from airflow_provider_paxos.api.settings import Settings, checked_settings
from airflow_provider_paxos.batch.submitting import IN_FLIGHT, Submitting
from airflow_provider_paxos.batch.validation import Payment
from airflow_provider_paxos.emulator.control_client import Controls
from airflow_provider_paxos.emulator.settings import CLIENT_ID, CLIENT_SECRET
from demo.processes import Processes, free_port, wait_until
from demo.settlement import Emulator
from tests.chaos.forked import FORK, kill
from tests.chaos.payments import BASE
from tests.chaos.profiles import NIGHTLY

RATE = 5.0 if NIGHTLY else 1.0
"""Of the connection: 80 % of what the local Paxos allows."""

BATCHES, SINGLE, TRIGGERERS = (10, 21, 1) if NIGHTLY else (3, 2, 1)
OF_EACH = 300 if NIGHTLY else 150
"""Payments of a batch: more than leave at once, even of those batches that are not killed."""

PAYMENTS = 5 if NIGHTLY else 1
"""Of each process that submits one after the other."""

KILLED = 5 if NIGHTLY else 1
WHOLE = int(300 * RATE)
"""Requests in five minutes."""

AT_ONCE = WHOLE - WHOLE // 10
"""Those of them that batches may send."""

LONG = 1200.0


def settings(url: str) -> Settings:
    """Return those of every process."""
    return checked_settings(
        base_url=f"{url}/v2", client_id=CLIENT_ID, client_secret=CLIENT_SECRET, requests_per_second=RATE
    )


def shared(folder: Path) -> SharedState:
    """Return what the processes share: the rate limit, not the token."""
    return SharedState(HostRateLimiter.shared(folder, "paxos", time.monotonic, random.random))


def submit_batch(url: str, folder: Path, number: int) -> None:
    """Submit as a task does, and come back when there is room."""
    state = shared(folder)
    requests = [{**BASE, "ref_id": f"batch-{number}-{payment}"} for payment in range(OF_EACH)]
    left = [Payment(each["ref_id"], OrchestrationRequest.model_validate(each)) for each in requests]
    while left:
        outcomes = Submitting(lambda: AsyncPaxosClient(settings(url), shared=state, patience=BATCH), left).run(nothing)
        results = {position: outcome.result for position, outcome in outcomes.items()}
        left = [each for position, each in enumerate(left) if not isinstance(results.get(position), Submission)]
        if left and not NIGHTLY:
            return
        time.sleep(max((each.wait for each in results.values() if isinstance(each, RateLimited)), default=0.0))


def nothing() -> None:
    """Do nothing on progress."""


def submit_single(url: str, folder: Path, number: int) -> None:
    """Submit one payment after the other, as mapped tasks do."""
    with PaxosClient(settings(url), shared=shared(folder)) as client:
        for payment in range(PAYMENTS):
            client.run(client.orchestrations.submit({**BASE, "ref_id": f"single-{number}-{payment}"}))


def poll(url: str, folder: Path, number: int) -> None:
    """Poll, as fast as it may."""

    async def run() -> None:
        async with AsyncPaxosClient(settings(url), shared=shared(folder), patience=TRIGGERER) as client:
            while True:
                await client.run(client.orchestrations.snapshots(ref_ids=[f"batch-{number}-0"]))
                await asyncio.sleep(0.2)

    asyncio.run(run())


@pytest.fixture
def paxos(tmp_path: Path) -> Iterator[Controls]:
    """A local Paxos in a process of its own, with its rate limits on."""
    with Processes(tmp_path / "logs") as processes:
        emulator = Emulator(free_port(), processes)
        emulator.start()
        controls = Controls(emulator.url)
        controls.configure(rate_limits=True, api_rate=RATE / 0.8)
        yield controls


def counted(paxos: Controls, method: str) -> int:
    """Return how many requests of a method have come in, beside those for tokens."""
    return sum(each["method"] == method and not each["path"].endswith("/token") for each in paxos.journal())


def wait(condition: Callable[[], bool], what: str) -> None:
    """Wait for a condition, on a busy machine."""
    wait_until(condition, what, seconds=LONG, pause=0.5)


def test_none_of_them_meets_a_limit_and_all_go_on(paxos: Controls, tmp_path: Path) -> None:
    def started(target: Callable[..., None], number: int) -> ForkProcess:
        process = FORK.Process(target=target, args=(paxos.url, tmp_path / "host", number))
        process.start()
        return process

    batches = [started(submit_batch, number) for number in range(BATCHES)]
    triggerers = [started(poll, number) for number in range(TRIGGERERS)]
    singles = [started(submit_single, number) for number in range(SINGLE)]
    try:
        wait(lambda: counted(paxos, "POST") > AT_ONCE // 2, "half of the window to be used up")
        victims = random.sample(batches, KILLED)
        for victim in victims:
            victim.kill()
        wait(lambda: counted(paxos, "POST") + counted(paxos, "GET") >= AT_ONCE - KILLED * IN_FLIGHT, "a full window")
        before = counted(paxos, "GET")
        wait(lambda: counted(paxos, "GET") > before + 1, "the triggerer to poll on")
        survivors = [each for each in (*batches, *singles) if each not in victims]
        for process in survivors:
            process.join(LONG)
    finally:
        for process in (*batches, *singles, *triggerers):
            kill(process)

    assert {each.exitcode for each in survivors} == {0}
    assert {each["status"] for each in paxos.journal()} <= {200, None}
    accepted = paxos.accepted_creates()
    assert {len(ids) for ids in accepted.values()} == {1}
    for number, process in enumerate(batches):
        of_batch = sum(ref_id.startswith(f"batch-{number}-") for ref_id in accepted)
        if NIGHTLY and process not in victims:
            assert of_batch == OF_EACH
    assert sum(ref_id.startswith("single-") for ref_id in accepted) == SINGLE * PAYMENTS
