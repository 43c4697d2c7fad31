"""Addresses: which of them cannot be meant, as far as that is sure without asking the network.

An address of Ethereum's kind is ``0x`` and 40 hexadecimal digits; it is the same account on every network of that kind.
If its letters are of both cases, their case is a checksum (EIP-55): it is verified where a library for keccak is
installed (the extra ``checksum``).

Network names are those that Paxos publishes. It uses POLYGON and POLYGON_POS for the same network, and adds networks
without notice: a network that is not in the table passes with any address.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import cache
from importlib import import_module

from airflow_provider_paxos.api.canonical import is_evm

EVM_NETWORKS = frozenset(
    {"ARBITRUM", "ARBITRUM_ONE", "BASE", "ETHEREUM", "INK", "OPTIMISM", "POLYGON", "POLYGON_POS", "XLAYER"}
)
OTHER_NETWORKS = frozenset({"BITCOIN", "BITCOIN_CASH", "LITECOIN", "SOLANA", "STELLAR"})

_DIGITS = 40
_HEXADECIMAL = re.compile(r"[0-9a-fA-F]*", re.ASCII)


def require_address(address: str, network: str | None) -> None:
    """Let an address pass that may be meant on a network.

    :param network: in upper case; None if it is not known.
    :raises ValueError: says why the address cannot be meant.
    """
    if foreign := next((sign for sign in address if not sign.isascii()), None):
        name = unicodedata.name(foreign, "a character without a name").lower()
        raise ValueError(f"it holds a {name} (U+{ord(foreign):04X}), and an address is of plain letters and digits")
    if not address.startswith(("0x", "0X")):
        if network in EVM_NETWORKS:
            raise ValueError(f"an address on {network} is 0x and {_DIGITS} hexadecimal digits")
        return
    if not is_evm(address):
        raise ValueError(f"an address that begins with 0x has {_DIGITS} hexadecimal digits after it; {_fault(address)}")
    if not address[2:].strip("0"):
        raise ValueError("it is the zero address, which nobody owns: what is sent there is lost")
    if network in OTHER_NETWORKS:
        raise ValueError(f"it is an address of Ethereum's kind, which {network} does not have")
    if not _checksum_holds(address[2:]):
        raise ValueError("its checksum is wrong: a digit is mistyped, or the case of a letter (EIP-55)")


def _fault(address: str) -> str:
    digits = address[2:]
    return f"this has {len(digits)}" if _HEXADECIMAL.fullmatch(digits) else "this has other characters"


def _checksum_holds(digits: str) -> bool:
    """Return whether the case of the letters is their checksum. One case for all of them is none."""
    if digits in (digits.lower(), digits.upper()) or (keccak := _keccak()) is None:
        return True
    marks = keccak(digits.lower().encode())
    return all(
        sign.isdigit() or sign.isupper() is (int(mark, 16) >= 8) for sign, mark in zip(digits, marks, strict=False)
    )


@cache
def _keccak() -> Callable[[bytes], str] | None:
    """Return what makes the hexadecimal digest of Ethereum's keccak, or None if no library for it is installed."""
    try:
        library = import_module("Crypto.Hash.keccak")
    except ImportError:
        return None
    return lambda text: str(library.new(digest_bits=256, data=text).hexdigest())
