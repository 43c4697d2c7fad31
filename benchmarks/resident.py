"""A process in which many wait: prints by how many bytes its memory has grown in the end, and at most meanwhile."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from typing import Any

from benchmarks.control import Control
from benchmarks.local_server import allow_many_connections
from benchmarks.own_memory import forget_peak, peak, resident
from benchmarks.waiters import trigger

INTERVAL = 5.0
SETTLED = 2.5
"""Intervals until all have been read, and read again."""


async def grown(control: Control, kind: str, triggers: int, ids_each: int) -> dict[str, int]:
    """Return the bytes that so many triggers take, beyond what one that waits for one job takes: at rest, at most."""
    tasks = [asyncio.create_task(_wait(kind, range(1)))]
    while control.counts().get("polls", 0) < 2:
        await asyncio.sleep(1)
    before = resident()
    forget_peak()
    for number in range(triggers):
        first = 1 + number * ids_each
        tasks.append(asyncio.create_task(_wait(kind, range(first, first + ids_each))))
        await asyncio.sleep(INTERVAL / triggers)
    await asyncio.sleep(SETTLED * INTERVAL)
    grown_to = {"bytes": resident() - before, "peak_bytes": peak() - before}
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return grown_to


async def _wait(kind: str, numbers: range) -> None:
    async for event in trigger(kind, numbers, INTERVAL).run():
        raise RuntimeError(f"nothing was to end, and yet {event}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("plan", type=json.loads)
    plan: dict[str, Any] = parser.parse_args().plan
    allow_many_connections()
    figures = asyncio.run(grown(Control(plan["control"]), plan["kind"], plan["triggers"], plan["ids_each"]))
    sys.stdout.write(json.dumps(figures) + "\n")
