"""A connection's limits hold in every call of both hooks that moves money."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from airflow_provider_paxos.api.errors import InvalidConnection, NotAllowed, PaxosError
from airflow_provider_paxos.hooks.paxos import PaxosAsyncHook, PaxosHook
from tests.fake_paxos import FakePaxos
from tests.fixtures import Define
from tests.payments import REQUEST

Limited = tuple[dict[str, Any], type[PaxosError], str]
LIMITED: list[Limited] = [
    ({"allowed_assets": ["USD", "USDC"]}, NotAllowed, "allowed_assets"),
    ({"allowed_sources": "profile-b"}, NotAllowed, "allowed_sources"),
    ({"allowed_destinations": "profile-c"}, NotAllowed, "allowed_destinations"),
    ({"max_source_amount": {"USD": "100"}}, NotAllowed, "max_source_amount"),
    ({"allowed_assets": []}, InvalidConnection, "allowed_assets"),
    ({"allowed_sources": []}, InvalidConnection, "allowed_sources"),
    ({"alowed_assets": "USD USDG"}, InvalidConnection, "alowed_assets"),
    ({"enviroment": "production"}, InvalidConnection, "enviroment"),
    ({"allowed_destinations": []}, InvalidConnection, "allowed_destinations"),
    ({"max_source_amount": {}}, InvalidConnection, "max_source_amount"),
]


@pytest.mark.parametrize("call", ["create_orchestration", "submit_orchestration"])
@pytest.mark.parametrize("limited", LIMITED)
class TestHooks:
    """Whichever way a payment takes, nothing of it is sent: no request, and no token is asked for."""

    def test_the_hook_sends_nothing(
        self, paxos: FakePaxos, define_connection: Define, call: str, limited: Limited
    ) -> None:
        extra, cause, named = limited
        define_connection(extra=extra)
        with PaxosHook() as hook, pytest.raises(cause, match=f"onnection paxos_default.*{named}"):
            getattr(hook, call)(REQUEST)
        assert paxos.asked == []

    def test_the_async_hook_sends_nothing(
        self, paxos: FakePaxos, define_connection: Define, call: str, limited: Limited
    ) -> None:
        extra, cause, named = limited

        async def run() -> None:
            async with PaxosAsyncHook() as hook:
                await getattr(hook, call)(REQUEST)

        define_connection(extra=extra)
        with pytest.raises(cause, match=f"onnection paxos_default.*{named}"):
            asyncio.run(run())
        assert paxos.asked == []


def test_reading_is_not_limited(paxos: FakePaxos, define_connection: Define) -> None:
    define_connection(extra={"allowed_assets": "PYUSD", "allowed_destinations": "none", "max_source_amount": "PYUSD=1"})
    paxos.add(1)

    assert PaxosHook().find_orchestration("settle-1") is not None
