"""Addresses: which of them cannot be meant, as far as that is sure without asking the network.

An address of Ethereum's kind is ``0x`` and 40 hexadecimal digits; it is the same account on every network of that kind.
If its letters are of both cases, their case is a checksum (EIP-55): it is verified where a library for keccak is
installed (the extra ``checksum``).

An address of Sui's kind is ``0x`` and 64 hexadecimal digits. Network names are those that Paxos publishes. It uses
POLYGON and POLYGON_POS for the same network, and adds networks without notice: on a network that is not in a table
(Avalanche has addresses of several kinds) an address of any kind passes.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import cache
from importlib import import_module

EVM_NETWORKS = frozenset(
    [
        "ARBITRUM",
        "ARBITRUM_ONE",
        "BASE",
        "BNB",
        "ETHEREUM",
        "INK",
        "OPTIMISM",
        "POLYGON",
        "POLYGON_POS",
        "ROBINHOOD",
        "XLAYER",
    ]
)
SUI = "SUI"
OTHER_NETWORKS = frozenset({"BITCOIN", "BITCOIN_CASH", "DOGECOIN", "LITECOIN", "SOLANA", "STELLAR"})

_EVM_DIGITS, _SUI_DIGITS = 40, 64
_HEXADECIMAL = re.compile(r"[0-9a-fA-F]*", re.ASCII)


def require_address(address: str, network: str | None) -> None:
    """Let an address pass that may be meant on a network.

    :param network: in upper case; None if it is not known.
    :raises ValueError: says why the address cannot be meant.
    """
    if foreign := next((sign for sign in address if not sign.isascii()), None):
        name = unicodedata.name(foreign, "a character without a name").lower()
        raise ValueError(f"it holds a {name} (U+{ord(foreign):04X}), and an address is of plain letters and digits")
    wanted = _digits_wanted(network)
    if not address.startswith(("0x", "0X")):
        if wanted:
            raise ValueError(f"an address on {network} is 0x and {wanted} hexadecimal digits")
        return
    if not _HEXADECIMAL.fullmatch(address[2:]):
        raise ValueError("an address that begins with 0x has hexadecimal digits after it; this has other characters")
    digits = len(address) - 2
    if digits not in ((wanted,) if wanted else (_EVM_DIGITS, _SUI_DIGITS)):
        raise ValueError(
            f"an address that begins with 0x has {wanted or _EVM_DIGITS} hexadecimal digits after it; this has {digits}"
        )
    if not address[2:].strip("0"):
        raise ValueError("it is the zero address, which nobody owns: what is sent there is lost")
    if network in OTHER_NETWORKS:
        kind = "Ethereum's" if digits == _EVM_DIGITS else "Sui's"
        raise ValueError(f"it is an address of {kind} kind, which {network} does not have")
    if digits == _EVM_DIGITS and not _checksum_holds(address[2:]):
        raise ValueError("its checksum is wrong: a digit is mistyped, or the case of a letter (EIP-55)")


def _digits_wanted(network: str | None) -> int | None:
    """Return how many hexadecimal digits an address on a network has; None for a network of another kind."""
    if network == SUI:
        return _SUI_DIGITS
    return _EVM_DIGITS if network in EVM_NETWORKS else None


def _checksum_holds(digits: str) -> bool:
    """Return whether the case of the letters is their checksum. One case for all of them is none."""
    return digits in (digits.lower(), digits.upper(), _checksummed(digits) or digits)


def _checksummed(digits: str) -> str | None:
    """Return the digits with their checksum, or None if no library for it is installed."""
    if (keccak := _keccak()) is None:
        return None
    digits = digits.lower()
    marks = keccak(digits.encode())
    return "".join(sign.upper() if int(mark, 16) >= 8 else sign for sign, mark in zip(digits, marks, strict=False))


def other_spellings(address: str) -> list[str]:
    """Return how else an address of Ethereum's kind may be written: in lower case, and with its checksum.

    Without a library for keccak the checksum is not known; an address of another kind has one spelling.
    """
    digits = address.removeprefix("0x")
    if len(digits) != _EVM_DIGITS or digits == address or not _HEXADECIMAL.fullmatch(digits):
        return []
    spellings = filter(None, (digits.lower(), _checksummed(digits)))
    return [spelled for each in spellings if (spelled := f"0x{each}") != address]


@cache
def _keccak() -> Callable[[bytes], str] | None:
    """Return what makes the hexadecimal digest of Ethereum's keccak, or None if no library for it is installed."""
    try:
        library = import_module("Crypto.Hash.keccak")
    except ImportError:
        return None
    return lambda text: str(library.new(digest_bits=256, data=text).hexdigest())
