"""A batch as one task submits it, without Airflow's processes: its payments, its operator and its task instance."""

from __future__ import annotations

import asyncio
from typing import Any

from airflow.sdk.exceptions import TaskDeferred

from airflow_provider_paxos.operators.orchestration_batch import CreateOrchestrationBatchOperator

PROFILE = "8f0e1d2c-1111-4222-8333-444455556666"
TASK = "settle"


def payments(count: int) -> list[dict[str, Any]]:
    """Return so many payments."""
    return [
        {
            "key": f"payment-{number}",
            "source_asset": "USDG",
            "destination_asset": "PYUSD",
            "source_amount": f"{100 + number}.00",
            "source": {"profile": {"profile_id": PROFILE}},
            "destination": {"profile": {"profile_id": PROFILE.replace("8f", "9f")}},
        }
        for number in range(count)
    ]


class Instance:
    """A task instance that keeps its XComs itself.

    :param run_id: of the Dag run; payments of two runs differ by it.
    """

    dag_id = "settle"
    task_id = TASK
    map_index = -1
    try_number = 1
    max_tries = 0

    def __init__(self, run_id: str) -> None:
        self.run_id = run_id
        self._xcoms: dict[str, Any] = {}

    def xcom_push(self, *, key: str, value: Any) -> None:
        """Keep a value."""
        self._xcoms[key] = value

    def xcom_pull(self, *, key: str, **_: Any) -> Any:
        """Return a value that was kept."""
        return self._xcoms.get(key)


def submit(values: list[dict[str, Any]], run_id: str = "benchmark") -> int:
    """Submit payments without waiting for them, and return how often the task deferred until there was room.

    The trigger of a deferral runs in this process; then the task resumes with an operator of its own, as in Airflow.
    """
    context: Any = {"ti": Instance(run_id)}
    deferrals, method = 0, "execute"
    arguments: dict[str, Any] = {}
    while True:
        operator = CreateOrchestrationBatchOperator(task_id=TASK, payments=values, wait_for_completion=False)
        try:
            getattr(operator, method)(context, **arguments)
        except TaskDeferred as deferred:
            deferrals, method, arguments = deferrals + 1, deferred.method_name, _resumption(deferred)
        else:
            return deferrals


def _resumption(deferred: TaskDeferred) -> dict[str, Any]:
    async def fired() -> Any:
        return await anext(deferred.trigger.run())

    return {**(deferred.kwargs or {}), "event": asyncio.run(fired()).payload}
