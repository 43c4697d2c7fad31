"""sweep_deposits: each deposit is booked once, whatever becomes of the events about it and of the triggerer."""

from __future__ import annotations

import asyncio
import json
import random
from collections import Counter
from collections.abc import Callable
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from airflow.sdk import DAG, Asset, Context
from requests.adapters import HTTPAdapter

from airflow_provider_paxos.emulator.clock import Clock
from airflow_provider_paxos.emulator.models import DEFAULT_PROFILE
from airflow_provider_paxos.emulator.rules import read_rule
from airflow_provider_paxos.emulator.server import RunningEmulator
from airflow_provider_paxos.execution.changed import changed_orchestrations
from airflow_provider_paxos.hooks import paxos as hooks
from airflow_provider_paxos.hooks.paxos import PaxosHook
from airflow_provider_paxos.triggers import event_stream
from airflow_provider_paxos.triggers.orchestration_event import OrchestrationEventTrigger
from tests.chaos.transports import Httpx2Transport, RequestsAdapter
from tests.chaos.wire import InProcess
from tests.example_dags.conftest import PROFILE
from tests.fixtures import Define
from tests.stored_dag import stored
from tests.virtual_time import run as run_in_virtual_time

SCOPES = (
    "orchestration:read_orchestration orchestration:read_orchestration_rule orchestration:write_orchestration_rule "
    "events:read_event"
)


class TestDags:
    """The two Dags, run by Airflow at an emulator."""

    @pytest.fixture
    def run(
        self, airflow_home: Path, dags: dict[str, DAG], paxos_emulator: RunningEmulator, monkeypatch: pytest.MonkeyPatch
    ) -> Callable[[str], str]:
        connection = json.loads(paxos_emulator.connection_json)
        extra = {"token_cache": "memory", "scopes": SCOPES}
        monkeypatch.setenv("AIRFLOW_CONN_PAXOS_DEFAULT", json.dumps({**connection, "extra": extra}))
        paxos_emulator.configure(settle_seconds=0)
        paxos_emulator.add_profile("treasury", PROFILE)

        def run_dag(dag_id: str) -> str:
            for task in dags[dag_id].tasks:
                task.retries = 0
            return str(dags[dag_id].test().state)

        return run_dag

    def booked(self, home: Path, folder: str = "booked") -> list[str]:
        return sorted(file.stem for file in (home / folder).glob("*.json"))

    def test_deposits_are_booked_once(
        self, run: Callable[[str], str], airflow_home: Path, paxos_emulator: RunningEmulator
    ) -> None:
        assert run("sweep_rules") == "success"
        paxos_emulator.deposit("sweep-usdc-1", "100.00", times=3)
        paxos_emulator.outcome("FAILED")
        paxos_emulator.deposit("sweep-usdc-1", "7.00")
        paxos_emulator.advance(60)

        assert [run("book_deposits"), run("book_deposits")] == ["success", "success"]
        statuses = Counter(each.status for each in PaxosHook().list_orchestrations())
        assert len(self.booked(airflow_home)) == statuses["COMPLETED"] == 3
        assert len(self.booked(airflow_home, "needs_attention")) == statuses["FAILED"] == 1

    def test_the_watcher_is_stored_with_the_dag(self, dags: dict[str, DAG]) -> None:
        kept = json.dumps(stored(dags["book_deposits"]))

        assert "OrchestrationEventTrigger" in kept
        assert '"asset_name": "paxos_swept"' in kept

    def test_without_a_rule_nothing_is_booked(self, run: Callable[[str], str], airflow_home: Path) -> None:
        assert run("book_deposits") == "success"
        assert self.booked(airflow_home) == []


class Storm:
    """Deposits in bursts, a triggerer that is killed, a clock that starts runs, and the example's bookkeeping.

    :param wire: to the emulator, without sockets.
    :param folder: of the books.
    """

    DEPOSITS, KILLS, LASTS = 200, 5, 3600.0
    EVERY = 900.0
    """Seconds between two runs of the time schedule."""

    def __init__(self, wire: InProcess, folder: Path, chance: random.Random) -> None:
        import sweep_deposits  # noqa: PLC0415 - found by the tests' path

        self.wire = wire
        self.folder = folder
        self.chance = chance
        self.book = sweep_deposits.book
        treasury = {"profile_id": DEFAULT_PROFILE}
        rule = {**sweep_deposits.RULE, **treasury, "destination": {"profile": treasury}}
        self.rule = wire.paxos.create_rule(read_rule(rule))
        self.booked_at: dict[str, float] = {}
        self.times_booked: Counter[str] = Counter()
        self.runs: Counter[str] = Counter()

    def handle(self, kind: str, *payloads: Any) -> None:
        """Run the Dag once."""
        self.runs[kind] += 1
        events = [SimpleNamespace(extra={"payload": each}) for each in payloads]
        context = cast("Context", {"triggering_asset_events": {Asset("swept"): events}})
        for each in changed_orchestrations(context, orchestration_rule_ids=[self.rule.id]):
            if each.status == "COMPLETED" and self.book(self.folder, each.to_dict()):
                self.times_booked[each.id] += 1
                self.booked_at[each.id] = asyncio.get_running_loop().time()

    async def deposits(self) -> None:
        left = self.DEPOSITS
        while left:
            burst = min(left, self.chance.choice([1, 5, 30]))
            for _ in range(burst):
                self.wire.paxos.deposit_for_rule(self.rule, "USDC", Decimal(self.chance.randint(1, 500)))
            left -= burst
            await asyncio.sleep(self.chance.choice([1, 20, 200]))

    async def trigger(self) -> None:
        one = OrchestrationEventTrigger(asset_name="swept", orchestration_rule_ids=[self.rule.id])
        async with aclosing(one.run()) as events:
            async for event in events:
                # As Airflow: what was yielded is stored a moment later, if the triggerer lives.
                await asyncio.sleep(self.chance.choice([0, 1]))
                self.handle("events", event.payload)

    async def triggerer(self) -> None:
        """Run the trigger, and kill it at random moments."""
        for _ in range(self.KILLS):
            running = asyncio.ensure_future(self.trigger())
            await asyncio.sleep(self.chance.uniform(1, self.LASTS / self.KILLS))
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
            await asyncio.sleep(self.chance.uniform(0, 60))
        await self.trigger()

    async def clock(self) -> None:
        while True:
            await asyncio.sleep(self.EVERY)
            self.handle("clock")

    async def paxos(self) -> None:
        while True:
            self.wire.paxos.run_due_steps()
            await asyncio.sleep(1)

    async def rage(self) -> None:
        others = [asyncio.ensure_future(each()) for each in (self.triggerer, self.clock, self.paxos)]
        await self.deposits()
        await asyncio.sleep(2 * self.EVERY + 1)
        for each in others:
            assert not each.done()
            each.cancel()
        await asyncio.gather(*others, return_exceptions=True)


@pytest.fixture
def wire(task_process: None, define_connection: Define, monkeypatch: pytest.MonkeyPatch) -> InProcess:
    """An emulator behind both hooks, without sockets; its events are late and out of order."""
    wire = InProcess()
    wire.begin()
    disorder = {"event_lag_seconds": 5, "event_jitter_seconds": 120, "event_order": "arrival"}
    first = wire.paxos.settings = wire.paxos.settings.changed(disorder)
    define_connection(
        host=f"{wire.origin}/v2",
        login=first.client_id,
        password=first.client_secret.get_secret_value(),
        extra={"token_cache": "memory", "scopes": SCOPES},
    )
    monkeypatch.setattr(HTTPAdapter, "send", lambda _, request, **__: RequestsAdapter(wire).send(request))
    transport = Httpx2Transport(wire)
    monkeypatch.setattr(hooks, "AsyncPaxosClient", partial(hooks.AsyncPaxosClient, transport=transport))
    return wire


@pytest.mark.parametrize(("seed", "duplicates"), [(1, "same_id"), (2, "new_id"), (3, "none")])
def test_200_deposits_are_each_booked_once_and_none_later_than_the_clock_s_next_run(
    wire: InProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int, duplicates: str
) -> None:
    wire.paxos.settings = wire.paxos.settings.changed({"event_duplicates": duplicates})
    start = datetime.now(UTC)

    def now() -> datetime:
        return start + timedelta(seconds=asyncio.get_running_loop().time())

    async def storm() -> Storm:
        wire.paxos.clock = Clock(lambda: now().timestamp())
        raging = Storm(wire, tmp_path / "booked", random.Random(seed))
        await raging.rage()
        return raging

    monkeypatch.setattr(event_stream, "_now", now)
    raged = run_in_virtual_time(storm())

    completed = {each.id: each for each in wire.paxos.store.orchestrations}
    assert len(completed) == Storm.DEPOSITS
    assert raged.times_booked == dict.fromkeys(completed, 1)
    assert sorted(file.stem for file in raged.folder.glob("*.json")) == sorted(completed)
    settled = wire.paxos.settings.settle_seconds
    late = {
        each: raged.booked_at[each] - (found.created_at - start).total_seconds() - settled
        for each, found in completed.items()
    }
    assert max(late.values()) <= Storm.EVERY + 2
    assert raged.runs["events"] > Storm.KILLS
