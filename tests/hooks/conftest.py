"""What the tests of Airflow's side stand on: a connection, and a Paxos in the place of the network."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
from airflow.sdk.exceptions import ErrorType
from airflow.sdk.execution_time.comms import ErrorResponse
from pytest_mock import MockerFixture
from requests.adapters import HTTPAdapter

from airflow_provider_paxos.api.async_client import AsyncPaxosClient
from airflow_provider_paxos.api.client import PaxosClient
from airflow_provider_paxos.hooks import paxos as hooks
from airflow_provider_paxos.hooks.connection import forget_shared
from tests.hooks.fake_paxos import SECRET, FakePaxos, httpx_network, requests_network

Define = Callable[..., None]
Logged = Callable[[], str]
COLOUR = re.compile(r"\x1b\[[0-9;]*m")


@pytest.fixture(autouse=True)
def no_token_yet() -> Iterator[None]:
    """Start with what a new process has: no token, and no throttle."""
    forget_shared()
    yield
    forget_shared()


class _KnowsNothing:
    """Airflow's supervisor, which a task asks for what its environment does not tell."""

    def send(self, _: object) -> ErrorResponse:
        return ErrorResponse(error=ErrorType.CONNECTION_NOT_FOUND)

    async def asend(self, message: object) -> ErrorResponse:
        return self.send(message)


@pytest.fixture(autouse=True)
def supervisor(monkeypatch: pytest.MonkeyPatch) -> None:
    """A supervisor without any connection; Airflow 3.1 cannot do without one."""
    monkeypatch.setattr("airflow.sdk.execution_time.task_runner.SUPERVISOR_COMMS", _KnowsNothing(), raising=False)


@pytest.fixture
def define_connection(monkeypatch: pytest.MonkeyPatch) -> Define:
    """Define a connection in the environment."""

    def define(conn_id: str = "paxos_default", **fields: Any) -> None:
        stated = {"conn_type": "paxos", "login": "the-client-id", "password": SECRET, **fields}
        monkeypatch.setenv(f"AIRFLOW_CONN_{conn_id.upper()}", json.dumps(stated))

    return define


@pytest.fixture
def connection(define_connection: Define) -> None:
    """The connection ``paxos_default``, to the sandbox."""
    define_connection()


@pytest.fixture
def naps(mocker: MockerFixture) -> list[float]:
    """The seconds that a client or a wait would have slept; nothing sleeps."""
    naps: list[float] = []

    breathe = asyncio.sleep

    async def anap(seconds: float) -> None:
        naps.append(seconds)
        await breathe(0)

    mocker.patch.object(hooks, "PaxosClient", partial(PaxosClient, sleep=naps.append))
    mocker.patch.object(hooks, "AsyncPaxosClient", partial(AsyncPaxosClient, sleep=anap))
    mocker.patch("time.sleep", naps.append)
    mocker.patch("asyncio.sleep", anap)
    return naps


@pytest.fixture
def paxos(connection: None, naps: list[float], mocker: MockerFixture) -> FakePaxos:
    """Paxos, in the place of the network."""
    fake = FakePaxos()
    mocker.patch.object(HTTPAdapter, "send", requests_network(fake))
    mocker.patch.object(hooks, "AsyncPaxosClient", partial(hooks.AsyncPaxosClient, transport=httpx_network(fake)))
    return fake


@pytest.fixture
def masked(mocker: MockerFixture) -> list[object]:
    """What logs are to mask, by whichever function."""
    masked: list[object] = []

    async def amask_secret(secret: object) -> None:
        masked.append(secret)

    mocker.patch.object(hooks, "mask_secret", masked.append)
    mocker.patch.object(hooks, "amask_secret", amask_secret)
    return masked


@pytest.fixture
def logged(capsys: pytest.CaptureFixture[str]) -> Logged:
    """What a task's log says so far."""
    said: list[str] = []

    def read() -> str:
        said.extend(capsys.readouterr())
        return COLOUR.sub("", "".join(said))

    return read
