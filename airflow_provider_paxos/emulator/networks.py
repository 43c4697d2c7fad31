"""Name the crypto networks, and compare addresses on them."""

from __future__ import annotations

NETWORKS = frozenset(
    {
        "BITCOIN",
        "ETHEREUM",
        "BITCOIN_CASH",
        "LITECOIN",
        "SOLANA",
        "POLYGON_POS",
        "BASE",
        "ARBITRUM_ONE",
        "STELLAR",
        "INK",
        "XLAYER",
        "AVALANCHE",
        "DOGECOIN",
        "SUI",
        "ROBINHOOD",
        "BNB",
    }
)
"""Paxos' crypto networks, as addresses and transfers name them."""

ALIASES = {"POLYGON": "POLYGON_POS"}
"""Orchestration rules write POLYGON; orchestrations have no list of networks, so they may write either."""

_CASELESS = frozenset(
    {"ETHEREUM", "POLYGON_POS", "BASE", "ARBITRUM_ONE", "INK", "XLAYER", "AVALANCHE", "ROBINHOOD", "BNB"}
)


def is_network(name: object) -> bool:
    """Return whether a network is known by that name or by an alias."""
    return isinstance(name, str) and (name in NETWORKS or name in ALIASES)


def address_key(network: str, address: str) -> tuple[str, str]:
    """Return what two spellings of one address have in common.

    The case of an EVM address is a checksum, so it does not distinguish two addresses.
    """
    network = ALIASES.get(network, network)
    return network, address.lower() if network in _CASELESS else address
