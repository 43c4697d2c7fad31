"""The hooks' calls beside orchestrations: profiles, limits, accounts, addresses, rules, events, VASPs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest

from airflow_provider_paxos.api.errors import BadRequest, HoldsSecret, MissingScope, NotAllowed
from airflow_provider_paxos.hooks.paxos import PaxosAsyncHook, PaxosHook
from tests.fake_paxos import LIST_ADDRESSES, PUT_ADDRESS, SECRET, Answer, FakePaxos, problem
from tests.fixtures import Define

SCOPES = (
    "funding:read_profile transfer:read_transfer_limit transfer:read_fiat_account "
    "orchestration:read_orchestration_rule orchestration:write_orchestration_rule events:read_event "
    "transfer:read_fiat_deposit_instructions "
    "transfer:read_transfer transfer:read_crypto_destination_address transfer:write_crypto_destination_address"
)
ADDRESS = {"id": "a-1", "crypto_network": "SOLANA", "address": "7EcDhSYGxXyscszYEp35KHN8vvw3svAuLKTzXwCFLtV"}
PUT = {"crypto_network": "SOLANA", "address": ADDRESS["address"]}
RULE = {
    "ref_id": "sweep",
    "profile_id": "p-1",
    "source_asset": "USDC",
    "destination_asset": "USDG",
    "source": {"crypto": {"network": "BASE"}},
    "destination": {"profile": {"profile_id": "p-1"}},
}

CALLS: dict[str, tuple[Callable[[Any], Any], str, dict[str, Any], list[Any]]] = {
    "profiles": (
        lambda hook: hook.list_profiles(nickname="pay"),
        "GET /profiles",
        {"items": [{"id": "p-1"}]},
        ["p-1"],
    ),
    "balances": (
        lambda hook: hook.get_balances("p-1", ["USD"]),
        "GET /profiles/p-1/balances",
        {"items": [{"asset": "USD", "available": "7.10"}]},
        [Decimal("7.10")],
    ),
    "limits": (
        lambda hook: hook.get_limit_utilizations("WIRE_WITHDRAWAL"),
        "GET /transfer/limits/utilizations",
        {"items": [{"id": "l-1"}]},
        ["l-1"],
    ),
    "accounts": (
        lambda hook: hook.list_fiat_accounts(ids=["f-1"]),
        "GET /transfer/fiat-accounts",
        {"items": [{"id": "f-1"}]},
        ["f-1"],
    ),
    "addresses": (
        lambda hook: hook.list_crypto_destinations(addresses=[ADDRESS["address"]]),
        "GET /transfer/crypto-destination-addresses",
        {"addresses": [ADDRESS]},
        ["a-1"],
    ),
    "put": (
        lambda hook: hook.put_crypto_destination(PUT),
        "PUT /transfer/crypto-destination-address",
        {"address": ADDRESS},
        ["a-1"],
    ),
    "transfers": (
        lambda hook: hook.list_transfers(profile_ids=["p-1"]),
        "GET /transfer/transfers",
        {"items": [{"id": "t-1"}]},
        ["t-1"],
    ),
    "many transfers": (
        lambda hook: hook.read_transfers(["t-1", "t-2"]),
        "GET /transfer/transfers",
        {"items": [{"id": "t-1"}]},
        ["t-1"],
    ),
    "rules": (
        lambda hook: hook.list_orchestration_rules(profile_id="p-1"),
        "GET /orchestration/rules",
        {"items": [{"id": "r-1"}]},
        ["r-1"],
    ),
    "many rules": (
        lambda hook: hook.read_orchestration_rules(["r-1", "r-2"]),
        "GET /orchestration/rules",
        {"items": [{"id": "r-1"}]},
        ["r-1"],
    ),
    "new rule": (
        lambda hook: hook.create_orchestration_rule(RULE),
        "POST /orchestration/rules",
        {"rule": {"id": "r-1", "ref_id": "sweep"}},
        ["r-1"],
    ),
    "rule that exists": (
        lambda hook: Outcome(hook.ensure_orchestration_rule(RULE), "rule"),
        "GET /orchestration/rules",
        {"items": [{"id": "r-1", **RULE}]},
        ["r-1"],
    ),
    "rule's end": (
        lambda hook: hook.delete_orchestration_rule("r-1"),
        "DELETE /orchestration/rules/r-1",
        {"rule": {"id": "r-1", "status": "DELETED"}},
        ["r-1"],
    ),
    "deposit instructions": (
        lambda hook: hook.get_fiat_deposit_instructions("d-1"),
        "GET /transfer/fiat-deposit-instructions/d-1",
        {"id": "d-1"},
        ["d-1"],
    ),
    "events": (lambda hook: hook.list_events(), "GET /events", {"events": [{"id": "e-1"}]}, ["e-1"]),
    "vasps": (lambda hook: hook.find_vasps("OK"), "GET /travelrule/vasps", {"items": [{"id": "v-1"}]}, ["v-1"]),
}


class Outcome:
    """Awaits what a hook ensures, or not, and has the id of what exists then."""

    def __init__(self, ensured: Any, name: str = "saved") -> None:
        self._ensured = ensured
        self._name = name

    def __await__(self) -> Any:
        self._ensured = yield from self._ensured.__await__()
        return self

    @property
    def id(self) -> str:
        return str(getattr(self._ensured, self._name).id)


def values_of(result: Any) -> list[Any]:
    found = list(result) if isinstance(result, list | Iterator) else [result]
    return [getattr(each, "available", None) or each.id for each in found]


def on_a_worker(call: Callable[[Any], Any]) -> list[Any]:
    with PaxosHook() as hook:
        return values_of(call(hook))


def in_an_event_loop(call: Callable[[Any], Any]) -> list[Any]:
    async def awaited() -> list[Any]:
        async with PaxosAsyncHook() as hook:
            result = call(hook)
            if isinstance(result, AsyncIterator):
                return values_of([each async for each in result])
            return values_of(await result)

    return asyncio.run(awaited())


BOTH = pytest.mark.parametrize("run", [on_a_worker, in_an_event_loop])


@BOTH
@pytest.mark.parametrize("name", CALLS)
def test_a_call_sends_one_request_and_returns_what_paxos_answers(
    paxos: FakePaxos, define_connection: Define, run: Callable[..., list[Any]], name: str
) -> None:
    call, route, document, expected = CALLS[name]
    define_connection(extra={"scopes": SCOPES})
    paxos.scopes = SCOPES
    paxos.always[route] = Answer(200, document)

    assert run(call) == expected
    assert paxos.calls() == [route]


@BOTH
@pytest.mark.parametrize("name", [name for name in CALLS if name != "vasps"])
def test_a_connection_that_does_not_name_the_scope_asks_for_nothing(
    paxos: FakePaxos, run: Callable[..., list[Any]], name: str
) -> None:
    with pytest.raises(MissingScope, match="which the connection's scopes do not name"):
        run(CALLS[name][0])
    assert paxos.asked == []


@BOTH
def test_a_rule_that_a_limit_forbids_is_not_created(
    paxos: FakePaxos, define_connection: Define, run: Callable[..., list[Any]]
) -> None:
    define_connection(extra={"scopes": SCOPES, "max_source_amount_per_day": "USDC=1"})

    with pytest.raises(NotAllowed, match="max_source_amount_per_day cannot hold for the orchestrations of a rule"):
        run(CALLS["new rule"][0])
    assert paxos.asked == []


@BOTH
@pytest.mark.parametrize("name", ["create_orchestration_rule", "ensure_orchestration_rule"])
def test_a_rule_with_the_connection_s_secret_in_it_is_not_created(
    addresses: FakePaxos, run: Callable[..., list[Any]], name: str
) -> None:
    with pytest.raises(HoldsSecret, match="nickname holds the connection's own client secret"):
        run(lambda hook: getattr(hook, name)({**RULE, "nickname": SECRET}))
    assert addresses.calls() == []


@pytest.fixture
def addresses(paxos: FakePaxos, define_connection: Define) -> FakePaxos:
    """Paxos, with no saved address, and a connection that may save some."""
    define_connection(extra={"scopes": SCOPES})
    paxos.scopes = SCOPES
    return paxos


@BOTH
def test_an_address_is_saved_where_it_is_not(addresses: FakePaxos, run: Callable[..., list[Any]]) -> None:
    assert run(lambda hook: Outcome(hook.ensure_crypto_destination(PUT))) == ["address-1"]
    assert addresses.calls() == [LIST_ADDRESSES, PUT_ADDRESS]


@BOTH
def test_what_paxos_refuses_is_raised(addresses: FakePaxos, run: Callable[..., list[Any]]) -> None:
    addresses.always[PUT_ADDRESS] = problem(400)

    with pytest.raises(BadRequest, match="Put Crypto Destination Address"):
        run(lambda hook: Outcome(hook.ensure_crypto_destination(PUT)))


@BOTH
@pytest.mark.parametrize("name", ["put_crypto_destination", "ensure_crypto_destination"])
def test_an_address_with_the_connection_s_secret_in_it_is_not_saved(
    addresses: FakePaxos, run: Callable[..., list[Any]], name: str
) -> None:
    with pytest.raises(HoldsSecret, match="nickname holds the connection's own client secret"):
        run(lambda hook: getattr(hook, name)({**PUT, "nickname": SECRET}))
    assert addresses.calls() == []
