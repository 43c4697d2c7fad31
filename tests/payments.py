"""The payment that the tests make: what a request to create says, and how it differs from test to test."""

from __future__ import annotations

from typing import Any


def profile(profile_id: str) -> dict[str, Any]:
    """Return a profile, as a source or a destination."""
    return {"profile": {"profile_id": profile_id}}


def payment(ref_id: str = "settle-1", **fields: Any) -> dict[str, Any]:
    """Return a valid request to create, with some of its fields changed; one that is given as None is left out."""
    values = {
        "ref_id": ref_id,
        "source_asset": "USD",
        "destination_asset": "USDG",
        "source_amount": "100.25",
        "source": profile("profile-a"),
        "destination": profile("profile-b"),
        **fields,
    }
    return {name: value for name, value in values.items() if value is not None}


REQUEST = payment()
PAYMENT = {name: value for name, value in REQUEST.items() if name != "ref_id"}
"""A payment of a batch, without the key that each has."""


def payments(count: int, **but: Any) -> list[dict[str, Any]]:
    """Return payments with the keys 1, 2, …"""
    return [{"key": str(number), **PAYMENT, **but} for number in range(1, count + 1)]
