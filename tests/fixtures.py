"""The fixtures that several folders share: a process of Airflow's, a connection, a Paxos, and what is run with them.

It is a plugin of pytest, loaded for all tests: a fixture itself imports what brings Airflow with it.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from tests.payments import REQUEST, payments

if TYPE_CHECKING:
    from pytest_mock import MockerFixture

    from airflow_provider_paxos.operators.orchestration import CreateOrchestrationOperator
    from airflow_provider_paxos.operators.orchestration_batch import CreateOrchestrationBatchOperator
    from airflow_provider_paxos.sensors.orchestration import OrchestrationSensor
    from tests.fake_paxos import FakePaxos

Define = Callable[..., None]
Logged = Callable[[], str]
Create = Callable[..., "CreateOrchestrationOperator"]
CreateBatch = Callable[..., "CreateOrchestrationBatchOperator"]
Sensor = Callable[..., "OrchestrationSensor"]

ID = "orchestration-1"
"""The orchestration that a sensor waits for."""

IN_A_TASK = {"execution", "hooks", "operators", "sensors", "triggers"}
"""The folders whose tests run as in a task's process."""

_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


@pytest.fixture(autouse=True)
def _task_process_where_one_is_needed(request: pytest.FixtureRequest) -> None:
    if request.path.parent.name in IN_A_TASK:
        request.getfixturevalue("task_process")


@pytest.fixture
def task_process(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Start with what a new process has: no token, no throttle, and a supervisor that has no connection."""
    from airflow.sdk.exceptions import ErrorType
    from airflow.sdk.execution_time.comms import ErrorResponse

    from airflow_provider_paxos.hooks.connection import forget_shared

    class Supervisor:
        """Answers what a task's environment leaves open; Airflow 3.1 cannot do without one."""

        def send(self, _: object) -> ErrorResponse:
            return ErrorResponse(error=ErrorType.CONNECTION_NOT_FOUND)

        async def asend(self, message: object) -> ErrorResponse:
            return self.send(message)

    monkeypatch.setattr("airflow.sdk.execution_time.task_runner.SUPERVISOR_COMMS", Supervisor(), raising=False)
    forget_shared()
    yield
    forget_shared()


@pytest.fixture
def define_connection(monkeypatch: pytest.MonkeyPatch) -> Define:
    """Define a connection in the environment."""
    from tests.fake_paxos import SECRET

    def define(conn_id: str = "paxos_default", **fields: Any) -> None:
        stated = {"conn_type": "paxos", "login": "the-client-id", "password": SECRET, **fields}
        monkeypatch.setenv(f"AIRFLOW_CONN_{conn_id.upper()}", json.dumps(stated))

    return define


@pytest.fixture
def connection(define_connection: Define) -> None:
    """The connection ``paxos_default``, to the sandbox."""
    define_connection()


@pytest.fixture
def naps(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds that a client or a wait would have slept; nothing sleeps.

    Tests patch on top of it. ``mocker`` would not do beside them: each would put back what the other had put there.
    """
    from airflow_provider_paxos.api.async_client import AsyncPaxosClient
    from airflow_provider_paxos.api.client import PaxosClient
    from airflow_provider_paxos.hooks import paxos as hooks

    naps: list[float] = []

    breathe = asyncio.sleep

    async def anap(seconds: float) -> None:
        naps.append(seconds)
        await breathe(0)

    monkeypatch.setattr(hooks, "PaxosClient", partial(PaxosClient, sleep=naps.append))
    monkeypatch.setattr(hooks, "AsyncPaxosClient", partial(AsyncPaxosClient, sleep=anap))
    monkeypatch.setattr("time.sleep", naps.append)
    monkeypatch.setattr("asyncio.sleep", anap)
    return naps


@pytest.fixture
def paxos(connection: None, naps: list[float], monkeypatch: pytest.MonkeyPatch) -> FakePaxos:
    """Paxos, in the place of the network."""
    from requests.adapters import HTTPAdapter

    from airflow_provider_paxos.hooks import paxos as hooks
    from tests.fake_paxos import FakePaxos, httpx_network, requests_network

    fake = FakePaxos()
    monkeypatch.setattr(HTTPAdapter, "send", requests_network(fake))
    monkeypatch.setattr(hooks, "AsyncPaxosClient", partial(hooks.AsyncPaxosClient, transport=httpx_network(fake)))
    return fake


@pytest.fixture
def masked(mocker: MockerFixture) -> list[object]:
    """What logs are to mask, by whichever function."""
    from airflow_provider_paxos.hooks import paxos as hooks

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
        return _COLOUR.sub("", "".join(said))

    return read


@pytest.fixture
def create() -> Create:
    """Make the operator, of a payment from one profile to another by default."""
    from airflow_provider_paxos.operators.orchestration import CreateOrchestrationOperator

    def make(**but: Any) -> CreateOrchestrationOperator:
        return CreateOrchestrationOperator(**{"task_id": "create", **REQUEST, **but})

    return make


@pytest.fixture
def create_batch() -> CreateBatch:
    """Make the batch's operator, of three payments that it does not wait for by default."""
    from airflow_provider_paxos.operators.orchestration_batch import CreateOrchestrationBatchOperator

    def make(**but: Any) -> CreateOrchestrationBatchOperator:
        stated = {
            "task_id": "settle",
            "payments": payments(3),
            "ref_id": "settle-{{ key }}",
            "wait_for_completion": False,
        }
        return CreateOrchestrationBatchOperator(**{**stated, **but})

    return make


@pytest.fixture
def at_nap(naps: list[float], monkeypatch: pytest.MonkeyPatch) -> Any:
    """Do something at each of the naps between two polls."""

    def plan(*deeds: Any) -> None:
        waiting = iter(deeds)

        def nap(seconds: float) -> None:
            naps.append(seconds)
            next(waiting, lambda: None)()

        monkeypatch.setattr("time.sleep", nap)

    return plan


@pytest.fixture
def sensor() -> Sensor:
    """Make the sensor, of the orchestration ``orchestration-1`` by default."""
    from airflow_provider_paxos.sensors.orchestration import OrchestrationSensor

    def make(**but: Any) -> OrchestrationSensor:
        which = {} if "ref_id" in but else {"orchestration_id": ID}
        return OrchestrationSensor(**{"task_id": "wait", **which, **but})

    return make
