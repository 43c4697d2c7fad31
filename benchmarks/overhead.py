"""A process that makes the same call with a client and with its HTTP library alone: prints CPU seconds a request.

Both send the same headers, stream the answer, and read its JSON into the same model. They take turns, so that what
slows the machine slows both.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable
from statistics import median
from typing import Any

import httpx2
import requests

from airflow_provider_paxos.api.async_client import AsyncPaxosClient
from airflow_provider_paxos.api.client import PaxosClient
from airflow_provider_paxos.api.flow import Authorize, Flow, Response, Send, Token
from airflow_provider_paxos.api.models import Orchestration
from airflow_provider_paxos.api.settings import checked_settings
from benchmarks.local_server import HEADERS, JobStore, orchestration_id

TURNS = 30
REQUESTS = 100
ID = orchestration_id(1)

Turn = Callable[[], Awaitable[object]]


async def compared(**calls: Turn) -> dict[str, float]:
    """Return the CPU seconds of one call of each, beside what the flow alone takes and what parsing the model does."""
    calls |= flow_alone()
    cpu: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(TURNS):
        for name, call in calls.items():
            begin = time.process_time()
            for _ in range(REQUESTS):
                await call()
            cpu[name].append((time.process_time() - begin) / REQUESTS)
    return {name: median(taken) for name, taken in cpu.items()}


async def worker(to: Any, url: str) -> dict[str, float]:
    """Compare PaxosClient with requests."""
    with PaxosClient(to) as client, requests.Session() as session:
        session.auth = lambda request: request

        async def by_client() -> None:
            client.run(client.orchestrations.get(ID))

        async def by_library() -> None:
            with session.get(
                url, headers=HEADERS, timeout=30, allow_redirects=False, verify=True, stream=True
            ) as answer:
                body = answer.raw.read(decode_content=True)
                Orchestration.model_validate(json.loads(body))

        return await compared(client=by_client, library=by_library)


async def triggerer(to: Any, url: str) -> dict[str, float]:
    """Compare AsyncPaxosClient with httpx2."""
    async with AsyncPaxosClient(to) as client, httpx2.AsyncClient(timeout=30, follow_redirects=False) as session:

        async def by_client() -> None:
            await client.run(client.orchestrations.get(ID))

        async def by_library() -> None:
            async with session.stream("GET", url, headers=HEADERS) as answer:
                Orchestration.model_validate(json.loads(await answer.aread()))

        return await compared(client=by_client, library=by_library)


def flow_alone() -> dict[str, Turn]:
    """Return the flow, on an answer that is there at once, and what parsing that answer takes in it."""
    token, body = Token("t" * 800, renew_at=float("inf")), JobStore().orchestration(ID).encode()  # type: ignore[arg-type]
    response = Response(200, {"content-type": "application/json"}, body)
    orchestrations = PaxosClient(checked_settings(client_id="client", client_secret="secret")).orchestrations  # noqa: S106

    async def by_flow() -> None:
        _drive(orchestrations.get(ID), token, response)

    async def by_model() -> None:
        Orchestration.model_validate(json.loads(body))

    return {"flow": by_flow, "model": by_model}


def _drive(flow: Flow[Orchestration], token: Token, response: Response) -> Orchestration:
    answer: Any = None
    while True:
        try:
            step = flow.send(answer)
        except StopIteration as end:
            found: Orchestration = end.value
            return found
        match step:
            case Authorize():
                answer = token
            case Send():
                answer = response
            case _:
                answer = None


async def main(origin: str) -> dict[str, dict[str, float]]:
    """Compare all."""
    to = checked_settings(client_id="client", client_secret="secret", base_url=f"{origin}/v2")  # noqa: S106
    url = f"{origin}/v2/orchestration/orchestrations/{ID}"
    return {"requests": await worker(to, url), "httpx2": await triggerer(to, url)}


if __name__ == "__main__":
    plan = json.loads(sys.argv[1])
    # Without TLS, which would only make the library's share larger.
    sys.stdout.write(json.dumps(asyncio.run(main(plan["control"]))) + "\n")
