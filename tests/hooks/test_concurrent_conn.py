"""The client with which a worker submits many at once: of the same connection, token, throttle and limits."""

from __future__ import annotations

import asyncio

import pytest

from airflow_provider_paxos.api.errors import NotAllowed, RateLimited
from airflow_provider_paxos.hooks.paxos import PaxosHook
from tests.fake_paxos import FakePaxos, problem
from tests.fixtures import Define
from tests.payments import REQUEST


def submit(hook: PaxosHook, count: int = 5) -> None:
    """Submit several at once."""

    async def all_of_them() -> None:
        async with hook.get_concurrent_conn() as client:
            await asyncio.gather(
                *(client.run(client.orchestrations.submit({**REQUEST, "ref_id": f"settle-{n}"})) for n in range(count))
            )

    asyncio.run(all_of_them())


def test_many_are_submitted_by_one_token(paxos: FakePaxos) -> None:
    submit(PaxosHook(), 20)
    assert (len(paxos.book), paxos.minted) == (20, 1)


def test_the_token_of_the_worker_s_other_calls_serves(paxos: FakePaxos, masked: list[object]) -> None:
    hook = PaxosHook()
    hook.read_orchestrations(ref_ids=["settle-1"])
    submit(hook)
    assert paxos.minted == 1


def test_a_token_that_it_fetches_is_masked(paxos: FakePaxos, masked: list[object]) -> None:
    submit(PaxosHook())
    assert "minted-1" in masked


def test_the_connections_limits_hold(paxos: FakePaxos, define_connection: Define) -> None:
    define_connection(extra={"max_source_amount": "USD=50"})
    with pytest.raises(NotAllowed, match="max_source_amount"):
        submit(PaxosHook())
    assert paxos.calls() == []


def test_a_throttle_is_not_slept_out(paxos: FakePaxos, naps: list[float]) -> None:
    paxos.always["create"] = problem(429, "rate-limited")
    with pytest.raises(RateLimited):
        submit(PaxosHook(), 1)
    assert naps == []
