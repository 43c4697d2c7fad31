"""Whether an orchestration is the payment that a request asks for."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_paxos.api.models import Orchestration
from airflow_provider_paxos.api.same_payment import differences, is_whole
from airflow_provider_paxos.api.validation import checked_request
from tests.api.script import orchestration, payment

EVM = "0x52908400098527886E0F7030069857D2E4169EE7"


def differing(asked: dict[str, Any], found: dict[str, Any]) -> dict[str, tuple[str, str]]:
    return differences(checked_request(payment(**asked)), Orchestration.model_validate(orchestration(**found)))


def crypto(address: str, network: str = "ETHEREUM") -> dict[str, Any]:
    return {"destination": {"crypto": {"address": address, "network": network}}}


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({}, {}),
        ({"source_amount": "100"}, {"source_amount": "100.00"}),
        ({"source_amount": Decimal("1E+2")}, {"source_amount": "100"}),
        ({"source_amount": "0.5"}, {"source_amount": ".50"}),
        ({}, {"identity_id": "ident-1", "account_id": "acc-1"}),
        ({"identity_id": "ident-1", "account_id": "acc-1"}, {"identity_id": "ident-1", "account_id": "acc-1"}),
        ({}, {"metadata": {"another": "run"}}),
        ({"metadata": {"run": "1"}}, {}),
        ({}, {"shade": "new", "source": {"profile": {"profile_id": "prof-1", "shade": "new"}}}),
        (crypto(EVM), crypto(EVM.lower())),
        (crypto(EVM.lower()), crypto(EVM)),
        (
            {"destination": {"crypto": {"address_id": "addr-1"}}},
            {"destination": {"crypto": {"address_id": "addr-1", "address": EVM, "network": "BASE"}}},
        ),
        (
            {"destination": {"fiat": {"bank_account_id": "b"}}},
            {"destination": {"fiat": {"bank_account_id": "b", "memo": "m"}}},
        ),
    ],
    ids=str,
)
def test_what_the_request_names_alike_is_the_same_payment(asked: dict[str, Any], found: dict[str, Any]) -> None:
    assert differing(asked, found) == {}


@pytest.mark.parametrize(
    ("asked", "found", "expected"),
    [
        ({"source_asset": "USD"}, {"source_asset": "USDC"}, {"source_asset": ("USD", "USDC")}),
        ({}, {"destination_asset": "PYUSD"}, {"destination_asset": ("USDG", "PYUSD")}),
        ({}, {"source_amount": "100.250000001"}, {"source_amount": ("100.25", "100.250000001")}),
        ({"source_amount": Decimal("1E+3")}, {"source_amount": "1001"}, {"source_amount": ("1000", "1001")}),
        ({}, {"source_amount": None}, {"source_amount": ("100.25", "absent")}),
        (
            {},
            {"source": {"profile": {"profile_id": "prof-9"}}},
            {"source.profile.profile_id": ("prof-1", "prof-9")},
        ),
        ({}, {"source": {"crypto": {"address": "0x1"}}}, {"source.profile.profile_id": ("prof-1", "absent")}),
        ({}, {"destination": None}, {"destination.profile.profile_id": ("prof-2", "absent")}),
        (
            {"destination": {"fiat": {"bank_account_id": "b", "memo": "m"}}},
            {"destination": {"fiat": {"bank_account_id": "c", "memo": "n"}}},
            {"destination.fiat.bank_account_id": ("b", "c"), "destination.fiat.memo": ("m", "n")},
        ),
        (
            crypto("0x1", "BASE"),
            crypto("0x1", "POLYGON"),
            {"destination.crypto.network": ("BASE", "POLYGON")},
        ),
        # Only a hexadecimal address's case is a checksum; another chain's is a part of it.
        (crypto("So1Ana", "SOLANA"), crypto("so1ana", "SOLANA"), {"destination.crypto.address": ("So1Ana", "so1ana")}),
        ({"identity_id": "a"}, {"identity_id": "b"}, {"identity_id": ("a", "b")}),
        ({"account_id": "a"}, {}, {"account_id": ("a", "absent")}),
    ],
    ids=str,
)
def test_each_differing_field_is_shown_with_both_values(
    asked: dict[str, Any], found: dict[str, Any], expected: dict[str, tuple[str, str]]
) -> None:
    assert differing(asked, found) == expected


@given(st.decimals(Decimal("0.00000001"), Decimal("1e12"), places=8), st.integers(0, 10))
def test_an_amount_is_compared_as_a_number_whatever_its_zeros(amount: Decimal, zeros: int) -> None:
    assert differing({"source_amount": amount}, {"source_amount": f"{amount:f}" + "0" * zeros}) == {}


@given(st.decimals(Decimal("0.00000001"), Decimal("1e12"), places=8))
def test_the_smallest_difference_of_an_amount_is_a_difference(amount: Decimal) -> None:
    found = f"{amount + Decimal('0.000000001'):f}"

    assert "source_amount" in differing({"source_amount": amount}, {"source_amount": found})


@pytest.mark.parametrize(
    ("found", "whole"),
    [
        ({}, True),
        ({"source_amount": "7"}, True),
        ({"ref_id": None}, False),
        ({"ref_id": "another"}, False),
        ({"status": None}, False),
        ({"source_amount": None}, False),
        ({"source": None}, False),
        ({"destination": {"profile": {}}}, False),
    ],
)
def test_an_orchestration_is_whole_when_it_shows_all_that_is_compared(found: dict[str, Any], whole: bool) -> None:
    shown = Orchestration.model_validate(orchestration(**found))

    assert is_whole(checked_request(payment()), shown) is whole
