"""Limits: what is refused before anything is sent, and by which limit."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_paxos.api.errors import InvalidConnection, NotAllowed, PaxosError
from airflow_provider_paxos.api.limits import Limits
from airflow_provider_paxos.api.models import OrchestrationRequest
from airflow_provider_paxos.api.rule_models import checked_rule
from airflow_provider_paxos.api.validation import checked_request
from tests.api.script import payment

CHECKSUMMED = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"
SOLANA = "7EcDhSYGxXyscszYEp35KHN8vvw3svAuLKTzXwCFLtV"
PROFILE = "7c4e8f2a-1d3b-4a5e-9f6c-8b2d7e0a4f1c"
BANK = {"fiat": {"bank_account_id": "bank-1"}}


def crypto(address: str, network: str = "ETHEREUM") -> dict[str, Any]:
    return {"crypto": {"address": address, "network": network}}


def request(**fields: Any) -> OrchestrationRequest:
    return checked_request(payment(**fields))


def refusal(limits: dict[str, Any], **fields: Any) -> str:
    with pytest.raises(NotAllowed) as refused:
        Limits.of("paxos_eu", limits).require_allowed(request(**fields))
    return str(refused.value)


@pytest.mark.parametrize("limits", [{}, {"allowed_assets": None, "allowed_destinations": "", "max_source_amount": ""}])
def test_what_is_not_mentioned_is_allowed(limits: dict[str, Any]) -> None:
    Limits.of("paxos_eu", limits).require_allowed(request(source_amount="9" * 40))


@pytest.mark.parametrize(
    ("limits", "fields"),
    [
        ({"allowed_assets": "USD USDG"}, {}),
        ({"allowed_assets": " USDG,USD  PYUSD\n"}, {}),
        ({"allowed_assets": ["USD", "USDG"]}, {}),
        ({"allowed_assets": "usd UsdG"}, {}),
        ({"allowed_assets": "USD USDG"}, {"source_asset": "usd"}),
        ({"allowed_sources": "prof-1"}, {}),
        ({"allowed_sources": ["prof-0", "prof-1"]}, {}),
        ({"allowed_sources": PROFILE.upper()}, {"source": {"profile": {"profile_id": PROFILE}}}),
        ({"allowed_sources": PROFILE}, {"source": {"profile": {"profile_id": PROFILE.upper()}}}),
        ({"allowed_destinations": PROFILE.upper()}, {"destination": {"profile": {"profile_id": PROFILE}}}),
        ({"allowed_destinations": CHECKSUMMED.replace("0x", "0X")}, {"destination": crypto(CHECKSUMMED)}),
        ({"max_source_amount": "usd=5000"}, {}),
        ({"max_source_amount": "USD=5000"}, {"source_asset": "usd"}),
        ({"allowed_destinations": "prof-2"}, {}),
        ({"allowed_destinations": ["bank-1", "prof-2"]}, {"destination": BANK}),
        ({"allowed_destinations": "addr-1"}, {"destination": {"crypto": {"address_id": "addr-1"}}}),
        ({"allowed_destinations": SOLANA}, {"destination": crypto(SOLANA, "SOLANA")}),
        ({"allowed_destinations": CHECKSUMMED}, {"destination": crypto(CHECKSUMMED.lower())}),
        ({"allowed_destinations": CHECKSUMMED.lower()}, {"destination": crypto(CHECKSUMMED)}),
        ({"max_source_amount": "USD=100.25"}, {}),
        ({"max_source_amount": "USDC=1,USD=5000"}, {}),
        ({"max_source_amount": {"USD": "100.250"}}, {}),
        ({"max_source_amount": {"USD": 101}}, {}),
    ],
)
def test_what_is_within_the_limits_passes(limits: dict[str, Any], fields: dict[str, Any]) -> None:
    Limits.of("paxos_eu", limits).require_allowed(request(**fields))


@pytest.mark.parametrize(
    ("limits", "fields", "expected"),
    [
        ({"allowed_assets": "USD PYUSD"}, {}, "allowed_assets holds no USDG."),
        ({"allowed_assets": "USDC USDG"}, {}, "allowed_assets holds no USD."),
        ({"allowed_assets": "usdc usdg"}, {}, "allowed_assets holds no USD."),
        ({"allowed_sources": "prof-2"}, {}, "allowed_sources holds no prof-1."),
        ({"allowed_sources": "PROF-1"}, {}, "allowed_sources holds no prof-1."),
        ({"allowed_assets": "USDC"}, {"source_asset": "a\nERROR"}, None),
        ({"allowed_destinations": "prof-3"}, {}, "allowed_destinations holds no prof-2."),
        ({"allowed_destinations": "prof-1"}, {}, "allowed_destinations holds no prof-2."),
        ({"allowed_destinations": "prof-2"}, {"destination": BANK}, "allowed_destinations holds no bank-1."),
        ({"allowed_destinations": "BANK-1"}, {"destination": BANK}, "allowed_destinations holds no bank-1."),
        (
            {"allowed_destinations": SOLANA.lower()},
            {"destination": crypto(SOLANA, "SOLANA")},
            f"allowed_destinations holds no {SOLANA}.",
        ),
        ({"allowed_destinations": "ETHEREUM"}, {"destination": crypto(CHECKSUMMED)}, f"holds no {CHECKSUMMED}."),
        ({"max_source_amount": "USD=100.24"}, {}, "max_source_amount of USD is 100.24."),
        ({"max_source_amount": "USDC=5000"}, {}, "max_source_amount names no USD."),
        ({"max_source_amount": "usd=100.24"}, {}, "max_source_amount of USD is 100.24."),
        ({"max_source_amount": {" USD": "5000"}}, {}, None),
    ],
)
def test_what_is_beyond_a_limit_is_refused_by_its_name(
    limits: dict[str, Any], fields: dict[str, Any], expected: str | None
) -> None:
    if expected is None:
        with pytest.raises(PaxosError):
            Limits.of("paxos_eu", limits).require_allowed(request(**fields))
    else:
        assert expected in refusal(limits, **fields)


def test_a_refusal_names_the_connection_the_payment_and_that_nothing_was_sent() -> None:
    assert refusal({"max_source_amount": "USD=0.01"}) == (
        "Create Orchestration (ref_id settle-2026-11-21-7, amount 100.25 USD to USDG): connection paxos_eu does not "
        "allow it: max_source_amount of USD is 0.01. This attempt sent nothing to Paxos. "
        "A retry is refused the same way until the connection's limit, or the request, is changed. "
        "A limit over time has room again when its time is over."
    )


@given(st.decimals(min_value="0.00000001", max_value=10**25, places=8))
def test_amounts_are_compared_exactly(most: Decimal) -> None:
    limits = Limits.of("paxos_eu", {"max_source_amount": f"USD={most:f}"})
    limits.require_allowed(request(source_amount=most))

    with pytest.raises(NotAllowed):
        limits.require_allowed(request(source_amount=f"{most:f}1"))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *[(name, value) for name in ("allowed_assets", "allowed_sources", "allowed_destinations") for value in [
            [], {}, 0, 7, False, True, " ", ",", ["USD", 7], ["USD", ""], ["USD", None], ["USD USDG"], {"USD": True},
            '["USD", "USDG"]', "USD;USDG", "'USD'", "USD=5",
        ]],
        *[("max_source_amount", value) for value in [
            [], {}, 0, 5000, 5000.0, False, True, " ", ",", "5000", "USD", "USD=", "=5", "USD=5=6", "USD 5", "USD=1e3",
            "USD=-5", "USD=0", "USD=NaN", "USD=5.", "USD=five", "USD=5 USD=6", "USD=5 USDC", ["USD=5"], {"USD": 5.5},
            {"USD": None}, {"USD": True}, {"USD": ""}, {"": "5"}, {"USD": "5", "U SD": "5"},
            {"USD": "5", "usd": "6"}, '{"USD": "5000"}',
        ]],
        ("allowed_asset", "USD"),
        ("allow_assets", "USD"),
        ("Allowed_Assets", "USD"),
        ("allowed_destination", ""),
        ("max_amount", "USD=5"),
        ("max_source_ammount", "USD=5"),
    ],
)  # fmt: skip
def test_a_limit_that_is_not_understood_is_refused_rather_than_ignored(name: str, value: object) -> None:
    with pytest.raises(InvalidConnection, match=rf"^Connection paxos_eu: {name} is ") as refused:
        Limits.of("paxos_eu", {name: value})
    assert "A retry fails the same way until the connection is corrected." in str(refused.value)


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("allowed_asset", "allowed_assets"),
        ("alowed_assets", "allowed_assets"),
        ("Allowed_Source", "allowed_sources"),
        ("max-source-amount", "max_source_amount"),
        ("maximum_source_amount", "max_source_amount"),
        ("extra__paxos__max_source_amount", "max_source_amount"),
    ],
)
def test_a_name_that_is_no_limit_is_answered_with_the_nearest_one(name: str, nearest: str) -> None:
    with pytest.raises(InvalidConnection, match=f"{name} is no limit; the nearest one is {nearest}\\."):
        Limits.of("paxos_eu", {name: "USD"})


def test_a_name_that_is_near_to_none_is_answered_with_all_of_them() -> None:
    with pytest.raises(InvalidConnection, match=r"xyz is no limit; there are allowed_assets, allowed_sources, "):
        Limits.of("paxos_eu", {"xyz": "USD"})


RULE: dict[str, Any] = {
    "ref_id": "sweep",
    "profile_id": PROFILE,
    "source_asset": "USDC",
    "destination_asset": "USDG",
    "source": {"crypto": {"network": "BASE"}},
    "destination": {"fiat": {"fiat_account_id": "bank-1"}},
}


@pytest.mark.parametrize(
    ("limits", "destination"),
    [
        ({}, RULE["destination"]),
        ({"allowed_assets": "USDC USDG", "allowed_sources": PROFILE.upper()}, RULE["destination"]),
        ({"allowed_destinations": "bank-1"}, RULE["destination"]),
        ({"allowed_destinations": "prof-2"}, {"profile": {"profile_id": "prof-2"}}),
        ({"allowed_destinations": CHECKSUMMED.lower()}, crypto(CHECKSUMMED)),
        ({"allowed_destinations": "saved-1"}, {"crypto": {"crypto_address_id": "saved-1"}}),
    ],
)
def test_a_rule_within_the_limits_passes(limits: dict[str, Any], destination: dict[str, Any]) -> None:
    rule = checked_rule({**RULE, "destination": destination})
    Limits.of("paxos_eu", limits).require_rule_allowed(rule)


@pytest.mark.parametrize(
    ("limits", "named"),
    [
        ({"allowed_assets": "USDC"}, "allowed_assets holds no USDG"),
        ({"allowed_sources": "prof-1"}, f"allowed_sources holds no {PROFILE}"),
        ({"allowed_destinations": PROFILE}, "allowed_destinations holds no bank-1"),
        ({"max_source_amount": "USDC=1"}, "max_source_amount cannot hold for the orchestrations of a rule"),
    ],
)
def test_a_rule_beyond_a_limit_is_refused_by_its_name(limits: dict[str, Any], named: str) -> None:
    with pytest.raises(NotAllowed) as refused:
        Limits.of("paxos_eu", limits).require_rule_allowed(checked_rule(RULE))
    assert named in str(refused.value)
    assert "Create Orchestration Rule (ref_id sweep)" in str(refused.value)
