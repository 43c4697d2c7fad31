"""The one way to write a value: requests are sent in it, and two values are compared in it.

UUIDs are lower case, asset codes and networks upper case, memos without the blanks at their ends, all text in Unicode's
normal form C. An address of Ethereum's kind begins with ``0x``; its case is a checksum (EIP-55), which is sent as it is
and does not count in a comparison. Nor does the case of an address of Sui's kind.
"""

from __future__ import annotations

import re
import unicodedata

_HEXADECIMAL = re.compile(r"0[xX](?:[0-9a-fA-F]{40}|[0-9a-fA-F]{64})", re.ASCII)
"""Addresses of Ethereum's and of Sui's kind."""

_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", re.ASCII)


def canonical_id(value: str) -> str:
    """Return an id as it is sent."""
    value = unicodedata.normalize("NFC", value)
    return value.lower() if _UUID.fullmatch(value) else value


def canonical_code(value: str) -> str:
    """Return an asset code or a network as it is sent."""
    return value.upper() if value.isascii() else unicodedata.normalize("NFC", value)


def canonical_memo(value: str) -> str:
    """Return a memo as it is sent."""
    return unicodedata.normalize("NFC", value).strip()


def canonical_address(value: str) -> str:
    """Return an address as it is sent."""
    return f"0x{value[2:]}" if value.startswith("0X") else value


def canonical(value: str) -> str:
    """Return an id or an address as it is compared."""
    value = canonical_id(value)
    return value.lower() if _HEXADECIMAL.fullmatch(value) else value
