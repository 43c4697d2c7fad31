"""Blockchain addresses: when two ways of writing mean the same one."""

from __future__ import annotations

import re

_EVM = re.compile(r"0x[0-9a-fA-F]{40}", re.ASCII)


def canonical(address: str) -> str:
    """Return an address in the one way to write it.

    Upper and lower case of an Ethereum-like address are a checksum (EIP-55), not a part of it; elsewhere case counts.
    """
    return address.lower() if _EVM.fullmatch(address) else address
