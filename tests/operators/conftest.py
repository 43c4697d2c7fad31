"""The fixtures that the hooks' tests have, and an operator to run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from airflow_provider_paxos.operators.orchestration import CreateOrchestrationOperator
from airflow_provider_paxos.operators.orchestration_batch import CreateOrchestrationBatchOperator
from tests.hooks.conftest import (  # noqa: F401 - fixtures
    connection,
    define_connection,
    logged,
    naps,
    no_token_yet,
    paxos,
    supervisor,
)
from tests.hooks.fake_paxos import REQUEST

Create = Callable[..., CreateOrchestrationOperator]
CreateBatch = Callable[..., CreateOrchestrationBatchOperator]

PAYMENT: dict[str, Any] = {name: value for name, value in REQUEST.items() if name != "ref_id"}


@pytest.fixture
def create() -> Create:
    """Make the operator, of a payment from one profile to another by default."""

    def make(**but: Any) -> CreateOrchestrationOperator:
        return CreateOrchestrationOperator(**{"task_id": "create", **REQUEST, **but})

    return make


@pytest.fixture
def create_batch() -> CreateBatch:
    """Make the batch's operator, of three payments that it does not wait for by default."""

    def make(**but: Any) -> CreateOrchestrationBatchOperator:
        stated = {
            "task_id": "settle",
            "payments": payments(3),
            "ref_id": "settle-{{ key }}",
            "wait_for_completion": False,
        }
        return CreateOrchestrationBatchOperator(**{**stated, **but})

    return make


def payments(count: int, **but: Any) -> list[dict[str, Any]]:
    """Return payments with the keys 1, 2, …"""
    return [{"key": str(number), **PAYMENT, **but} for number in range(1, count + 1)]


@pytest.fixture
def at_nap(naps: list[float], monkeypatch: pytest.MonkeyPatch) -> Any:  # noqa: F811 - the fixture that is imported
    """Do something at each of the naps between two polls."""

    def plan(*deeds: Any) -> None:
        waiting = iter(deeds)

        def nap(seconds: float) -> None:
            naps.append(seconds)
            next(waiting, lambda: None)()

        monkeypatch.setattr("time.sleep", nap)

    return plan
