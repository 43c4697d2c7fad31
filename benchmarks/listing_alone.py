"""A process that lists a hundred orchestrations a request with httpx2 and ``json.loads`` alone: prints CPU seconds.

Once with the ids in the URL, as anybody would send them, and once past httpx2's check of each character of a URL, as
``AsyncPaxosClient`` sends them.
"""

from __future__ import annotations

import asyncio
import gc
import json
import sys
import time
from collections.abc import Awaitable, Callable

import httpx2

from airflow_provider_paxos.api.listing import MAX_VALUES, encoded
from benchmarks.local_server import HEADERS, orchestration_id

PATH = "/v2/orchestration/orchestrations"
WARM_UP = 20

Send = Callable[[str], Awaitable[None]]


async def measured(origin: str, requests: int, spacing: float) -> dict[str, float]:
    """Return the CPU seconds of so many requests in each form, at even distances.

    :param spacing: seconds from one to the next.
    """
    queries = [encoded(_query(number)) for number in range(requests)]
    async with httpx2.AsyncClient(timeout=30, follow_redirects=False) as session:

        async def in_url(query: str) -> None:
            json.loads((await session.get(f"{origin}{PATH}?{query}", headers=HEADERS)).content)

        async def beside_url(query: str) -> None:
            target = {"target": f"{PATH}?{query}".encode()}
            json.loads((await session.get(f"{origin}{PATH}", headers=HEADERS, extensions=target)).content)

        for query in queries[:WARM_UP]:
            await in_url(query)
        return {"in_url": await _cpu(in_url, queries, spacing), "beside_url": await _cpu(beside_url, queries, spacing)}


def _query(number: int) -> list[tuple[str, str]]:
    first = number * MAX_VALUES
    return [("orchestration_id", orchestration_id(each)) for each in range(first, first + MAX_VALUES)]


async def _cpu(send: Send, queries: list[str], spacing: float) -> float:
    gc.collect()
    begin, cpu = time.monotonic(), time.process_time()
    for number, query in enumerate(queries):
        await asyncio.sleep(begin + number * spacing - time.monotonic())
        await send(query)
    return time.process_time() - cpu


if __name__ == "__main__":
    plan = json.loads(sys.argv[1])
    found = asyncio.run(measured(plan["url"], plan["requests"], plan["spacing"]))
    sys.stdout.write(json.dumps(found) + "\n")
