"""Define the directory of virtual asset service providers that an emulator starts with."""

from __future__ import annotations

from uuid import NAMESPACE_DNS, uuid5

_PUBLISHED = {
    "8e4b1c2d-9a3f-4e6b-b1d7-2c5a8f0e3b94": "OKX",
    "3d9a7c61-5e2b-48f0-9c4a-1b6e7d2f8a05": "Robinhood (US)",
}
"""The examples of Paxos' API reference."""

_MADE_UP = 248
"""The number of the others; with them, the directory takes three pages of the default size."""


def seed_vasps() -> dict[str, str]:
    """Return the names of the first directory, by id."""
    names = [f"Example Exchange {number:03d}" for number in range(1, _MADE_UP + 1)]
    return _PUBLISHED | {str(uuid5(NAMESPACE_DNS, name)): name for name in names}
