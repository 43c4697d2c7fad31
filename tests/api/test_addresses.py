"""Addresses that cannot be meant are refused, and others pass."""

from __future__ import annotations

import pytest

from airflow_provider_paxos.api import addresses
from airflow_provider_paxos.api.addresses import require_address

LOWER = "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed"
# The examples of EIP-55 itself.
CHECKSUMMED = (
    "0x52908400098527886E0F7030069857D2E4169EE7",
    "0x8617E340B3D01FA5F11F306F4090FD50E238070D",
    "0xde709f2102306220921060314715629080e2fb77",
    "0x27b1fdb04752bbc536007a920d24acb045561c26",
    "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
    "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
    "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB",
    "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb",
)
MISTYPED = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAeD"
SUI = "0x" + "5aaeb605" * 8
SOLANA = "7EcDhSYGxXyscszYEp35KHN8vvw3svAuLKTzXwCFLtV"


@pytest.mark.parametrize("network", ["ETHEREUM", "BASE", "POLYGON", "POLYGON_POS", "ARBITRUM", "A_NEW_ONE", None])
@pytest.mark.parametrize("address", [*CHECKSUMMED, LOWER, "0x" + LOWER[2:].upper(), "0X" + LOWER[2:]])
def test_an_address_of_ethereums_kind_passes_on_its_networks_and_on_unknown_ones(
    address: str, network: str | None
) -> None:
    require_address(address, network)


@pytest.mark.parametrize("network", ["SUI", "A_NEW_ONE", "AVALANCHE", None])
def test_an_address_of_suis_kind_passes_on_its_network_and_on_unknown_ones(network: str | None) -> None:
    require_address(SUI, network)


@pytest.mark.parametrize("network", ["SOLANA", "A_NEW_ONE", "AVALANCHE", None])
def test_an_address_of_another_kind_passes_on_its_network_and_on_unknown_ones(network: str | None) -> None:
    require_address(SOLANA, network)


@pytest.mark.parametrize(
    ("address", "network", "reason"),
    [
        (LOWER[:-1], "ETHEREUM", "has 40 hexadecimal digits after it; this has 39"),
        (LOWER[:-1], "A_NEW_ONE", "this has 39"),
        (LOWER + "0", "ETHEREUM", "this has 41"),
        ("0x", "ETHEREUM", "this has 0"),
        (LOWER[:-1] + "g", "ETHEREUM", "this has other characters"),
        ("0X" + LOWER[2:-1], "ETHEREUM", "this has 39"),
        ("0x" + "0" * 40, "ETHEREUM", "the zero address"),
        ("0x" + "0" * 40, "A_NEW_ONE", "the zero address"),
        (LOWER[:-1] + "\N{CYRILLIC SMALL LETTER A}", "BASE", r"a cyrillic small letter a \(U\+0430\)"),
        ("7\N{CYRILLIC CAPITAL LETTER ES}Dh", "SOLANA", r"a cyrillic capital letter es \(U\+0421\)"),
        ("0x" + "\N{FULLWIDTH DIGIT ONE}" * 40, None, r"a fullwidth digit one \(U\+FF11\)"),
        (LOWER, "SOLANA", "of Ethereum's kind, which SOLANA does not have"),
        (LOWER, "STELLAR", "of Ethereum's kind, which STELLAR does not have"),
        (SUI, "ETHEREUM", "has 40 hexadecimal digits after it; this has 64"),
        (SUI, "BNB", "this has 64"),
        (SUI, "DOGECOIN", "of Sui's kind, which DOGECOIN does not have"),
        (SUI[:-1], "SUI", "has 64 hexadecimal digits after it; this has 63"),
        (LOWER, "SUI", "has 64 hexadecimal digits after it; this has 40"),
        ("0x" + "0" * 64, "SUI", "the zero address"),
        (SOLANA, "SUI", "an address on SUI is 0x and 64 hexadecimal digits"),
        (SOLANA, "ETHEREUM", "an address on ETHEREUM is 0x and 40 hexadecimal digits"),
        (LOWER[2:], "POLYGON_POS", "an address on POLYGON_POS is 0x and 40 hexadecimal digits"),
        (MISTYPED, "ETHEREUM", "its checksum is wrong"),
        (MISTYPED, "A_NEW_ONE", "its checksum is wrong"),
    ],
)
def test_an_address_that_cannot_be_meant_is_refused(address: str, network: str | None, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        require_address(address, network)


def test_without_a_library_for_keccak_a_checksum_is_not_verified(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str) -> None:
        raise ImportError(name)

    monkeypatch.setattr(addresses, "import_module", absent)
    addresses._keccak.cache_clear()
    try:
        require_address(MISTYPED, "ETHEREUM")
    finally:
        addresses._keccak.cache_clear()


def test_no_network_is_of_both_kinds() -> None:
    assert not addresses.EVM_NETWORKS & addresses.OTHER_NETWORKS
    assert addresses.SUI not in addresses.EVM_NETWORKS | addresses.OTHER_NETWORKS
