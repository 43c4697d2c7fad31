"""The same payments twice: as one task, and as a create and a sensor for each of them."""

from __future__ import annotations

from typing import Any

from airflow.sdk import Param, dag, get_current_context, task

from airflow_provider_paxos.operators.orchestration import CreateOrchestrationOperator
from airflow_provider_paxos.operators.orchestration_batch import CreateOrchestrationBatchOperator
from airflow_provider_paxos.sensors.orchestration import OrchestrationSensor

PARAMS = {"payments": Param(100, type="integer")}
FROM, TO = ({"profile": {"profile_id": f"00000000-0000-4000-8000-00000000000{number}"}} for number in (1, 2))


def _amounts() -> list[str]:
    return [f"{1 + number / 100:.2f}" for number in range(get_current_context()["params"]["payments"])]


@dag(schedule=None, params=PARAMS)
def settle_as_one() -> None:
    """A batch."""

    @task
    def due() -> list[dict[str, Any]]:
        return [{"key": f"payment-{number}", "source_amount": amount} for number, amount in enumerate(_amounts())]

    defaults = {"source_asset": "USD", "destination_asset": "PYUSD", "source": FROM, "destination": TO}
    # max_map_length does not bound a batch.
    CreateOrchestrationBatchOperator(task_id="settle", payments=due(), defaults=defaults)


@dag(schedule=None, params=PARAMS)
def settle_mapped() -> None:
    """Mapped tasks."""

    @task
    def due() -> list[dict[str, str]]:
        run = get_current_context()["run_id"]
        return [{"ref_id": f"{run}-{number}", "source_amount": amount} for number, amount in enumerate(_amounts())]

    create = CreateOrchestrationOperator.partial(
        task_id="create", source_asset="USD", destination_asset="PYUSD", source=FROM, destination=TO
    ).expand_kwargs(due())
    OrchestrationSensor.partial(task_id="wait").expand(orchestration_id=create.output)


settle_as_one()
settle_mapped()
