"""What tests of triggers share."""

from __future__ import annotations

import asyncio

import pytest

_SLEEP = asyncio.sleep


@pytest.fixture
def waits_pass(naps: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the waits of a trigger pass on the loop's clock; the pauses of a client are naps."""
    monkeypatch.setattr(asyncio, "sleep", _SLEEP)
