"""Measure by how much the memory of this process grows when many wait; print the bytes as a line of JSON."""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import resource
import sys
from pathlib import Path
from typing import Any

from benchmarks.local_server import allow_many_connections
from benchmarks.waiters import trigger

INTERVAL = 5.0
SETTLED = 2.5
"""Intervals until all have been read, and read again."""


async def grown(kind: str, triggers: int, ids_each: int) -> int:
    """Return the bytes that so many triggers take, beyond what one that waits for one job takes."""
    tasks = [asyncio.create_task(_wait(kind, range(1)))]
    await asyncio.sleep(1 + INTERVAL)
    before = _resident()
    for number in range(triggers):
        first = 1 + number * ids_each
        tasks.append(asyncio.create_task(_wait(kind, range(first, first + ids_each))))
        await asyncio.sleep(INTERVAL / triggers)
    await asyncio.sleep(SETTLED * INTERVAL)
    after = _resident()
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return after - before


async def _wait(kind: str, numbers: range) -> None:
    async for event in trigger(kind, numbers, INTERVAL).run():
        raise RuntimeError(f"nothing was to end, and yet {event}")


def _resident() -> int:
    gc.collect()
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("plan", type=json.loads)
    plan: dict[str, Any] = parser.parse_args().plan
    allow_many_connections()
    size = asyncio.run(grown(plan["kind"], plan["triggers"], plan["ids_each"]))
    sys.stdout.write(json.dumps({"bytes": size}) + "\n")
