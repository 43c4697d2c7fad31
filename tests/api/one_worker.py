"""A worker's process that lives for one call, with what the host shares."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

from airflow_provider_paxos.api.async_client import AsyncPaxosClient
from airflow_provider_paxos.api.auth import TokenHolder
from airflow_provider_paxos.api.base_client import SharedState
from airflow_provider_paxos.api.client import PaxosClient
from airflow_provider_paxos.api.secrecy import Secret
from airflow_provider_paxos.api.settings import checked_settings
from airflow_provider_paxos.api.token_file import TokenFile


def call_once(
    connection: dict[str, str], folder: Path, key: str, by_triggerer: bool, *, ready: Any, announcements: Any
) -> None:
    """Wait for the others, make one call, and tell the tokens that were announced."""
    to = checked_settings(**connection)
    announced: list[str] = []
    shared = SharedState(tokens=TokenHolder(time.time, lambda: TokenFile(folder, to.credentials, Secret(key))))

    async def announce(token: str) -> None:
        announced.append(token)

    async def call() -> None:
        async with AsyncPaxosClient(to, shared=shared, on_token=announce) as client:
            await client.run(client.orchestrations.find("nobody"))

    ready.wait()
    if by_triggerer:
        asyncio.run(call())
    else:
        with PaxosClient(to, shared=shared, on_token=announced.append) as client:
            client.run(client.orchestrations.find("nobody"))
    announcements.put(announced)
