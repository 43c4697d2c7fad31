"""Whether an orchestration is the payment that a request asks for."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_paxos.api.errors import quoted
from airflow_provider_paxos.api.models import Orchestration
from airflow_provider_paxos.api.same_payment import Comparison, compare, describe_differences, shown_apart
from airflow_provider_paxos.api.validation import checked_request
from tests.api.script import orchestration, payment

UUID = "7c4e8f2a-1d3b-4a5e-9f6c-8b2d7e0a4f1c"
EVM = "0x52908400098527886E0F7030069857D2E4169EE7"


def compared(asked: dict[str, Any], found: dict[str, Any]) -> Comparison:
    return compare(checked_request(payment(**asked)), Orchestration.model_validate(orchestration(**found)))


def differing(asked: dict[str, Any], found: dict[str, Any]) -> dict[str, tuple[str, str]]:
    return dict(compared(asked, found).differences)


MEMO = "destination.fiat.memo"


def bank(memo: str) -> dict[str, Any]:
    return {"destination": {"fiat": {"bank_account_id": "b", "memo": memo}}}


def replaces(ref_id: str) -> dict[str, Any]:
    return {"metadata": {"replaces": ref_id, "invoice": "7"}}


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
        (crypto(EVM), crypto(EVM.replace("0x", "0X"))),
        (crypto(EVM, "ETHEREUM"), crypto(EVM, "ethereum")),
        ({"source_asset": "USD"}, {"source_asset": "usd"}),
        ({"identity_id": UUID.upper()}, {"identity_id": UUID}),
        (bank("Invoice 7"), bank("  Invoice 7 ")),
        (bank("caf\N{LATIN SMALL LETTER E WITH ACUTE}"), bank("cafe\N{COMBINING ACUTE ACCENT}")),
        (
            {"destination": {"crypto": {"address_id": "addr-1"}}},
            {"destination": {"crypto": {"address_id": "addr-1", "address": EVM, "network": "BASE"}}},
        ),
        (
            {"destination": {"fiat": {"bank_account_id": "b"}}},
            {"destination": {"fiat": {"bank_account_id": "b", "memo": "m"}}},
        ),
        (replaces("settle-1"), {"metadata": {"replaces": "settle-1"}}),
        ({"metadata": {"invoice": "7"}}, replaces("settle-1")),
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
        (
            {},
            {"source": {"profile": {"profile_id": "prof-9"}}},
            {"source.profile.profile_id": ("prof-1", "prof-9")},
        ),
        # Another rail is shown, and differs.
        ({}, {"source": {"crypto": {"address": "0x1"}}}, {"source": ("profile", "crypto")}),
        ({}, {"destination": {"fiat": {"bank_account_id": "b"}}}, {"destination": ("profile", "fiat")}),
        (
            {"destination": {"fiat": {"bank_account_id": "b", "memo": "m"}}},
            {"destination": {"fiat": {"bank_account_id": "c", "memo": "n"}}},
            {"destination.fiat.bank_account_id": ("b", "c"), "destination.fiat.memo": ("m", "n")},
        ),
        (
            crypto(EVM, "BASE"),
            crypto(EVM, "POLYGON"),
            {"destination.crypto.network": ("BASE", "POLYGON")},
        ),
        # Only a hexadecimal address's case is a checksum; another chain's is a part of it.
        (crypto("So1Ana", "SOLANA"), crypto("so1ana", "SOLANA"), {"destination.crypto.address": ("So1Ana", "so1ana")}),
        ({"identity_id": "a"}, {"identity_id": "b"}, {"identity_id": ("a", "b")}),
        # Two texts that differ look different.
        (bank("Invoice 7"), bank("Inv\N{CYRILLIC SMALL LETTER O}ice 7"), {MEMO: ("'Invoice 7'", "'Inv\\u043eice 7'")}),
        (bank("Invoice 7"), bank("Invoice  7"), {MEMO: ("'Invoice 7'", "'Invoice \\x207'")}),
        (bank("a"), bank("a\N{ZERO WIDTH SPACE}"), {MEMO: ("'a'", "'a\\u200b'")}),
        # Of the metadata, the ref_id of the payment that is paid again.
        (replaces("settle-1"), replaces("settle-2"), {"metadata.replaces": ("settle-1", "settle-2")}),
        (replaces("settle-1"), {"metadata": {"a": "b"}}, {"metadata.replaces": ("settle-1", "nothing")}),
    ],
    ids=str,
)
def test_each_differing_field_is_shown_with_both_values(
    asked: dict[str, Any], found: dict[str, Any], expected: dict[str, tuple[str, str]]
) -> None:
    assert differing(asked, found) == expected


LOOK_ALIKES = [
    ("prof-O1", "prof-01", "'prof-\\x4f1'", "'prof-\\x301'"),
    ("bill", "biIl", "'bi\\x6cl'", "'bi\\x49l'"),
    ("modern", "modem", "'mode\\x72\\x6e'", "'mode\\x6d'"),
    ("a b", "a\0b", "'a b'", "'a\\x00b'"),
    ("a b", "a\N{NO-BREAK SPACE}b", "'a b'", "'a\\xa0b'"),
    ("a b", "a\tb", "'a b'", "'a\\x09b'"),
    ("a\\x20b", "a  b", "'a\\\\x20b'", "'a \\x20b'"),
    ("a-b", "a\N{NON-BREAKING HYPHEN}b", "'a-b'", "'a\\u2011b'"),
    ("Zoe 1", "Zoe\N{GRINNING FACE}", "'Zoe 1'", "'Zoe\\U0001f600'"),
]


@pytest.mark.parametrize(("asked", "found", "asked_shown", "found_shown"), LOOK_ALIKES)
def test_look_alikes_differ_in_the_message(asked: str, found: str, asked_shown: str, found_shown: str) -> None:
    differences = differing(bank(asked), bank(found))

    assert differences == {MEMO: (asked_shown, found_shown)}
    assert describe_differences(differences) == f"{MEMO}: asked for {asked_shown}, exists with {found_shown}"


@pytest.mark.parametrize("beginning", ["a" * 499, "\N{GRINNING FACE}" * 499, "a b " * 120])
@pytest.mark.parametrize("end", ["x", "xO"])
def test_a_difference_at_the_end_of_long_texts_is_shown(beginning: str, end: str) -> None:
    found = describe_differences(differing(bank(f"{beginning}{end[0]}"), bank(f"{beginning}{end[1:]}0")))
    asked, _, exists = found.removeprefix(f"{MEMO}: asked for ").partition(", exists with ")

    assert asked != exists
    assert "\\x78" in asked


@given(st.text(max_size=40), st.text(alphabet="0OlI1|`'rnmvw \\x4f\N{CYRILLIC SMALL LETTER O}o\t\0", max_size=9))
def test_two_shown_texts_are_never_the_same(one: str, two: str) -> None:
    for asked, found in ((one, two), (two, two[::-1])):
        if asked != found:
            assert len(set(map(quoted, shown_apart(asked, found)))) == 2


@given(st.decimals(Decimal("0.00000001"), Decimal("1e12"), places=8), st.integers(0, 10))
def test_an_amount_is_compared_as_a_number_whatever_its_zeros(amount: Decimal, zeros: int) -> None:
    assert differing({"source_amount": amount}, {"source_amount": f"{amount:f}" + "0" * zeros}) == {}


@given(st.decimals(Decimal("0.00000001"), Decimal("1e12"), places=8))
def test_the_smallest_difference_of_an_amount_is_a_difference(amount: Decimal) -> None:
    found = f"{amount + Decimal('0.000000001'):f}"

    assert "source_amount" in differing({"source_amount": amount}, {"source_amount": found})


@pytest.mark.parametrize(
    ("asked", "found", "absent"),
    [
        ({}, {"source_amount": None}, ("source_amount",)),
        ({}, {"source": None}, ("source.profile.profile_id",)),
        ({}, {"destination": {"profile": {}}}, ("destination.profile.profile_id",)),
        ({"account_id": "a"}, {}, ("account_id",)),
        (bank("m"), {"destination": {"fiat": {"bank_account_id": "b"}}}, (MEMO,)),
        (bank("m"), bank(""), (MEMO,)),
        (
            crypto(EVM),
            {"destination": {"crypto": {"address_id": "addr-1"}}},
            ("destination.crypto.network", "destination.crypto.address"),
        ),
        (replaces("settle-1"), {}, ("metadata.replaces",)),
        ({}, {}, ()),
    ],
    ids=str,
)
def test_what_is_not_shown_is_neither_the_same_nor_different(
    asked: dict[str, Any], found: dict[str, Any], absent: tuple[str, ...]
) -> None:
    assert (compared(asked, found).differences, compared(asked, found).absent) == ({}, absent)
    assert compared(asked, found).same is not bool(absent)
