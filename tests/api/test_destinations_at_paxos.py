"""Profiles, limits, accounts, addresses and VASPs: both drivers against the emulator, over real HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from airflow_provider_paxos.api import errors
from airflow_provider_paxos.api.async_client import AsyncPaxosClient
from airflow_provider_paxos.api.base_client import BaseClient
from airflow_provider_paxos.api.client import PaxosClient
from airflow_provider_paxos.api.crypto_destinations import (
    READ_CRYPTO_DESTINATION_ADDRESS,
    WRITE_CRYPTO_DESTINATION_ADDRESS,
    Ensured,
)
from airflow_provider_paxos.api.fiat_accounts import READ_FIAT_ACCOUNT
from airflow_provider_paxos.api.flow import Flow
from airflow_provider_paxos.api.limit_utilizations import READ_TRANSFER_LIMIT
from airflow_provider_paxos.api.profiles import READ_PROFILE
from airflow_provider_paxos.api.settings import checked_settings
from airflow_provider_paxos.emulator.models import DEFAULT_PROFILE
from airflow_provider_paxos.emulator.server import RunningEmulator
from tests.api.script import payment
from tests.api.test_travel_rule import PERSON, PRIVATE

SCOPES = (
    READ_PROFILE,
    READ_TRANSFER_LIMIT,
    READ_FIAT_ACCOUNT,
    READ_CRYPTO_DESTINATION_ADDRESS,
    WRITE_CRYPTO_DESTINATION_ADDRESS,
    "orchestration:read_orchestration",
    "orchestration:write_orchestration",
)
EVM = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"
ROW: dict[str, Any] = {"crypto_network": "ETHEREUM", "address": EVM, "travelrule_metadata": PRIVATE}

Ask = Callable[[Callable[[BaseClient], Flow[Any]]], Any]


@pytest.fixture(params=["requests", "httpx2"])
def ask(request: pytest.FixtureRequest, emulator: RunningEmulator) -> Ask:
    """Return what drives a flow of a client of either kind."""
    settings = checked_settings(
        client_id=emulator.client_id,
        client_secret=emulator.client_secret,
        base_url=emulator.base_url,
        scopes=" ".join(SCOPES),
    )

    def by_requests(flow_of: Callable[[BaseClient], Flow[Any]]) -> Any:
        with PaxosClient(settings) as client:
            return client.run(flow_of(client))

    def by_httpx2(flow_of: Callable[[BaseClient], Flow[Any]]) -> Any:
        async def awaited() -> Any:
            async with AsyncPaxosClient(settings) as client:
                return await client.run(flow_of(client))

        return asyncio.run(awaited())

    return {"requests": by_requests, "httpx2": by_httpx2}[request.param]


def large_payment(**but: Any) -> dict[str, Any]:
    crypto = {"address": EVM, "network": "ETHEREUM"}
    stated = {
        "source": {"profile": {"profile_id": DEFAULT_PROFILE}},
        "destination": {"crypto": crypto},
        "destination_asset": "USDC",
        "source_amount": "3000",
    }
    return payment(**{**stated, **but})


def test_balances_of_a_profile_are_read(ask: Ask) -> None:
    (usd,) = ask(lambda client: client.profiles.balances(DEFAULT_PROFILE, ["USD"]))
    profiles = ask(lambda client: client.profiles.pages(limit=1).rest())

    assert (usd.asset, usd.available > Decimal(0)) == ("USD", True)
    assert DEFAULT_PROFILE in [each.id for each in profiles]


def test_limits_and_vasps_are_read(ask: Ask) -> None:
    assert ask(lambda client: client.limit_utilizations.read("WIRE_WITHDRAWAL")) == []
    assert [each.name for each in ask(lambda client: client.vasps.find("okx"))] == ["OKX"]


def test_a_bank_account_that_is_not_registered_is_missing(ask: Ask) -> None:
    assert ask(lambda client: client.fiat_accounts.read(["00000000-0000-4000-8000-00000000dead"])) == []


def test_many_addresses_are_saved_and_read_on_several_pages(ask: Ask) -> None:
    rows = [{**ROW, "address": f"0x{number:040x}"} for number in range(1, 151)]
    saved = ask(lambda client: client.crypto_destinations.ensure(rows))
    listed = ask(lambda client: client.crypto_destinations.pages(limit=40).rest())

    assert {each.change for each in saved} == {"created"}
    assert len({each.id for each in listed}) == 150
    assert {each.change for each in ask(lambda client: client.crypto_destinations.ensure(rows))} == {"unchanged"}


def test_travel_rule_data_lets_a_large_payment_pass(ask: Ask, emulator: RunningEmulator) -> None:
    emulator.configure(travel_rule_from="2026-01-01T00:00:00Z")
    with pytest.raises(errors.TravelRuleInformationRequired, match=r"address 0x5aAe.*travelrule_metadata in its row"):
        ask(lambda client: client.orchestrations.submit(large_payment()))

    ask(lambda client: client.crypto_destinations.ensure([ROW]))
    assert ask(lambda client: client.orchestrations.submit(large_payment())).orchestration.status == "PROCESSING"


def test_only_what_differs_is_put(ask: Ask, emulator: RunningEmulator) -> None:
    ask(lambda client: client.crypto_destinations.ensure([ROW]))
    of_a_person = {**PRIVATE, "beneficiary": {"person_details": PERSON}}
    changed = {**ROW, "address": EVM.lower(), "nickname": "treasury", "travelrule_metadata": of_a_person}
    (ensured,) = ask(lambda client: client.crypto_destinations.ensure([changed]))

    assert isinstance(ensured, Ensured)
    assert (ensured.change, ensured.differing, ensured.saved.nickname) == ("updated", (), "treasury")
    assert "travelrule_metadata.beneficiary.person_details.last_name" in ensured.changed
    assert [each["method"] for each in emulator.journal()].count("PUT") == 2


def test_what_paxos_does_not_take_is_refused_with_the_address(ask: Ask) -> None:
    (refused,) = ask(lambda client: client.crypto_destinations.ensure([{**ROW, "crypto_network": "NOWHERE"}]))

    assert isinstance(refused, errors.BadRequest)
    assert f"destination NOWHERE {EVM}" in str(refused)
