"""One way to call either driver, so that every case runs through both."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol

from airflow_provider_paxos.api.async_client import AsyncPaxosClient
from airflow_provider_paxos.api.base_client import SharedState
from airflow_provider_paxos.api.client import PaxosClient
from airflow_provider_paxos.api.exchange import Patience
from airflow_provider_paxos.api.settings import Settings


class Caller(Protocol):
    """Calls Paxos, sleeping only as far as ``slept`` says.

    ``tokens`` are the values that the driver reported as minted.
    """

    shared: SharedState
    slept: list[float]
    tokens: list[str]

    def call(self, name: str, *args: Any, **kwargs: Any) -> Any: ...

    def list(self, **filters: Any) -> list[Any]: ...

    def together(self, times: int, name: str, *args: Any) -> list[Any]: ...


class _Sleeper:
    def __init__(self, settings: Settings, patience: Patience, on_sleep: Callable[[float], None]) -> None:
        self.settings, self.patience = settings, patience
        self.slept: list[float] = []
        self.tokens: list[str] = []
        self.shared = SharedState(clock=lambda: time.time() + sum(self.slept))
        self._on_sleep = on_sleep

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self._on_sleep(seconds)


class ByRequests(_Sleeper):
    def _client(self) -> PaxosClient:
        return PaxosClient(
            self.settings,
            shared=self.shared,
            on_token=self.tokens.append,
            patience=self.patience,
            sleep=self.sleep,
        )

    def call(self, name: str, *args: Any, **kwargs: Any) -> Any:
        with self._client() as client:
            return client.run(getattr(client.orchestrations, name)(*args, **kwargs))

    def list(self, **filters: Any) -> list[Any]:
        with self._client() as client:
            return list(client.iterate(client.orchestrations.pages(**filters)))

    def together(self, times: int, name: str, *args: Any) -> list[Any]:
        ready = threading.Barrier(times)
        with self._client() as client, ThreadPoolExecutor(times) as pool:

            def call() -> Any:
                ready.wait()
                return client.run(getattr(client.orchestrations, name)(*args))

            return [future.result() for future in [pool.submit(call) for _ in range(times)]]


class ByHttpx(_Sleeper):
    def _client(self) -> AsyncPaxosClient:
        async def minted(token: str) -> None:
            self.tokens.append(token)

        async def sleep(seconds: float) -> None:
            self.sleep(seconds)

        return AsyncPaxosClient(self.settings, shared=self.shared, on_token=minted, patience=self.patience, sleep=sleep)

    def call(self, name: str, *args: Any, **kwargs: Any) -> Any:
        async def run() -> Any:
            async with self._client() as client:
                return await client.run(getattr(client.orchestrations, name)(*args, **kwargs))

        return asyncio.run(run())

    def list(self, **filters: Any) -> list[Any]:
        async def run() -> list[Any]:
            async with self._client() as client:
                return [found async for found in client.iterate(client.orchestrations.pages(**filters))]

        return asyncio.run(run())

    def together(self, times: int, name: str, *args: Any) -> list[Any]:
        async def run() -> list[Any]:
            async with self._client() as client:
                return await asyncio.gather(
                    *[client.run(getattr(client.orchestrations, name)(*args)) for _ in range(times)]
                )

        return asyncio.run(run())


DRIVERS: dict[str, Callable[[Settings, Patience, Callable[[float], None]], Caller]] = {
    "requests": ByRequests,
    "httpx2": ByHttpx,
}
