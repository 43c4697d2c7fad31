"""A plan takes few requests: up to 100 values each, only about what is new, and none that nobody asked for."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import pytest

from airflow_provider_paxos.api.limits_over_time import LimitsOverTime
from airflow_provider_paxos.api.models import OrchestrationRequest
from airflow_provider_paxos.batch.validation import Payment
from airflow_provider_paxos.emulator.settings import SCOPES
from airflow_provider_paxos.emulator.transfers import Deposit
from airflow_provider_paxos.planning.plan import LookUp, Plan
from airflow_provider_paxos.planning.preflight import LIST_MAY_LAG, make_plan
from tests.payments import payment, profile
from tests.planning.books import PROFILES
from tests.planning.given import NO_LIMITS, crypto, fiat, limits
from tests.planning.paxos_of_a_book import NOW, CountingWire, add_account, begin, client_of

ORCHESTRATIONS = SCOPES[:2]
"""The scopes of a connection that names no further ones."""


@pytest.fixture
def wire() -> CountingWire:
    """A Paxos with two profiles that hold enough."""
    wire = begin()
    for each in PROFILES:
        wire.paxos.deposit(Deposit(each, "USD", Decimal(1_000_000), None))
    return wire


def payments(count: int) -> list[Payment]:
    """Return payments from two profiles, half of them to bank accounts and half to addresses, each another one."""
    values = [
        payment(
            f"settle-{number}",
            source=profile(PROFILES[number % 2]),
            destination=fiat(str(UUID(int=number))) if number < count // 2 else crypto(f"0x{number + 1:040x}"),
        )
        for number in range(count)
    ]
    return [Payment(each["ref_id"], OrchestrationRequest.model_validate(each)) for each in values]


def plan(wire: CountingWire, those: list[Payment], *, scopes: Any = SCOPES, over: LimitsOverTime = NO_LIMITS) -> Plan:
    with client_of(wire, scopes) as client:
        return client.run(make_plan(client, those, limits=over, now=wire.paxos.clock.now()))


def asked(wire: CountingWire) -> Counter[str]:
    """Return how often each list was asked for."""
    return Counter(urlsplit(call.url).path.removeprefix("/v2/") for call in wire.calls)


def test_a_plan_of_1000_payments_takes_24_requests(wire: CountingWire) -> None:
    those = payments(1000)
    for each in those[:500]:
        add_account(str(each.request.destination.fiat and each.request.destination.fiat.bank_account_id))
    for each in those[500:]:
        to = each.request.destination.crypto
        body = {"crypto_network": "ETHEREUM", "address": to and to.address}
        wire.paxos.addresses.put(body, {}, NOW, 0)
    made = plan(wire, those)
    assert made.is_clear
    assert not made.not_checked
    assert asked(wire) == {
        "orchestration/orchestrations": 10,
        f"profiles/{PROFILES[0]}/balances": 1,
        f"profiles/{PROFILES[1]}/balances": 1,
        "transfer/fiat-accounts": 5,
        "transfer/crypto-destination-addresses": 5,
        "transfer/limits/utilizations": 2,
    }


def test_no_request_has_more_than_100_values(wire: CountingWire) -> None:
    plan(wire, payments(1000))
    values = [parse_qs(urlsplit(call.url).query) for call in wire.calls]
    assert max(len(each) for query in values for each in query.values()) == 100


def test_without_further_scopes_and_limits_nothing_is_asked_for_beyond_the_look_up(wire: CountingWire) -> None:
    made = plan(wire, payments(1000), scopes=ORCHESTRATIONS)
    assert asked(wire) == {"orchestration/orchestrations": 10}
    assert made.is_clear
    assert len(made.not_checked) == 4


def test_limits_over_time_take_a_list_of_the_window_a_thousand_a_page(wire: CountingWire) -> None:
    plan(wire, payments(2), scopes=ORCHESTRATIONS, over=limits(duplicate_window=7))
    look_up, recent = (parse_qs(urlsplit(call.url).query) for call in wire.calls)
    assert set(look_up) == {"ref_id"}
    assert recent == {
        "profile_id": PROFILES,
        "created_at.gte": [(NOW - timedelta(days=7)).isoformat()],
        "limit": ["1000"],
    }


def test_a_plan_that_lacks_room_looks_again_for_what_list_did_not_show_yet(wire: CountingWire) -> None:
    wire.paxos.settings = wire.paxos.settings.changed({"list_lag_seconds": LIST_MAY_LAG})
    whole = payment("settle-1", source=profile(PROFILES[0]), destination=profile(PROFILES[1]), source_amount="1000000")
    those = [Payment("1", OrchestrationRequest.model_validate(whole))]
    with client_of(wire) as earlier_attempt:
        earlier_attempt.run(earlier_attempt.orchestrations.submit(whole))
    wire.calls.clear()
    made = plan(wire, those, scopes=(*ORCHESTRATIONS, "funding:read_profile"))
    assert [each.look_up for each in made.payments] == [LookUp.EXISTS]
    assert made.is_clear
    assert asked(wire) == {"orchestration/orchestrations": 2, f"profiles/{PROFILES[0]}/balances": 1}
