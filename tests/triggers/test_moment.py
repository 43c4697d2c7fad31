"""MomentTrigger waits until a moment, and no longer than it says."""

from __future__ import annotations

import asyncio
import json
import time

import pytest

from airflow_provider_paxos.triggers.moment import MomentTrigger
from tests.virtual_time import run

NOW = 1_800_000_000.0


@pytest.fixture(autouse=True)
def wall(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time", lambda: NOW)


async def waited(trigger: MomentTrigger) -> float:
    """Return after how many seconds it fires its one event."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    events = [event.payload async for event in trigger.run()]
    assert events == [{"reached": trigger.moment}]
    return loop.time() - began


@pytest.mark.parametrize(
    ("moment", "longest", "seconds"),
    [(NOW + 300, 300, 300), (NOW + 100, 300, 100), (NOW - 5, 300, 0), (NOW + 4_000, 300, 300)],
    ids=["on time", "taken up by another triggerer", "too late", "the clock was set back"],
)
def test_it_waits(moment: float, longest: float, seconds: float) -> None:
    assert run(waited(MomentTrigger(moment=moment, longest=longest))) == seconds


def test_it_can_be_made_anew_from_what_is_stored() -> None:
    path, kwargs = MomentTrigger(moment=NOW, longest=300).serialize()
    again = MomentTrigger(**json.loads(json.dumps(kwargs)))

    assert path == f"{MomentTrigger.__module__}.{MomentTrigger.__name__}"
    assert again.serialize() == (path, kwargs)


def test_a_cancelled_one_fires_nothing() -> None:
    async def cancelled() -> None:
        waiting = asyncio.ensure_future(waited(MomentTrigger(moment=NOW + 300, longest=300)))
        await asyncio.sleep(1)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting

    run(cancelled())
