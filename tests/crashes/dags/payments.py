"""Payments whose workers stop where a test wants to kill them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from airflow.sdk import dag, task

from airflow_provider_paxos.operators.orchestration import CreateOrchestrationOperator
from airflow_provider_paxos.sensors.orchestration import OrchestrationSensor
from tests.crashes.points import reach

if TYPE_CHECKING:
    from airflow.sdk import Context

PAYMENT = {
    "source_asset": "USD",
    "destination_asset": "PYUSD",
    "source": {"profile": {"profile_id": "00000000-0000-4000-8000-000000000001"}},
    "destination": {"profile": {"profile_id": "00000000-0000-4000-8000-000000000002"}},
    "retries": 3,
    "retry_delay": timedelta(seconds=1),
}


class CreateWithStops(CreateOrchestrationOperator):
    """Leaves a note at each point, and stops there if the run's conf says so."""

    def execute(self, context: Context) -> str:
        """Stop before the request, and after its answer."""
        reach("before_post", context)
        orchestration_id = super().execute(context)
        reach("answered", context)
        return orchestration_id

    def execute_complete(self, context: Context, event: Any = None, **submitted: Any) -> str:
        """Stop before what the triggerer says is looked at."""
        reach("resuming", context)
        return super().execute_complete(context, event, **submitted)


@dag(schedule=None)
def pay() -> None:
    """One payment; nothing waits for its end."""
    CreateWithStops(task_id="create", source_amount="100.00", **PAYMENT)


@dag(schedule=None)
def pay_and_wait() -> None:
    """One payment, whose end the operator awaits in the triggerer."""
    CreateWithStops(
        task_id="create",
        source_amount="100.00",
        wait_for_completion=True,
        deferrable=True,
        poll_interval=0.5,
        **PAYMENT,
    )


@dag(schedule=None)
def pay_and_wait_in_pods() -> None:
    """The same in pods: one that submits, and one that concludes."""
    CreateWithStops(
        task_id="create",
        executor="pods",
        source_amount="100.00",
        wait_for_completion=True,
        deferrable=True,
        poll_interval=0.5,
        **PAYMENT,
    )


@dag(schedule=None)
def pay_then_sense() -> None:
    """One payment, whose end a sensor awaits."""
    create = CreateWithStops(task_id="create", source_amount="100.00", **PAYMENT)
    OrchestrationSensor(
        task_id="wait",
        orchestration_id=create.output,
        poke_interval=0.5,
        timeout=600,
        retries=3,
        retry_delay=timedelta(seconds=1),
    )


@dag(schedule=None)
def pay_payments() -> None:
    """Four payments of one mapped task."""
    amounts = ["10.01", "20.02", "30.03", "40.04"]
    CreateWithStops.partial(task_id="create", **PAYMENT).expand_kwargs(
        [{"ref_id": f"{{{{ run_id }}}}-{number}", "source_amount": amount} for number, amount in enumerate(amounts)]
    )


@task
def due(dag_run: Any = None) -> list[dict[str, str]]:
    """Return the payments: as many as the run's conf says; of 0.01, 0.02 and so on."""
    return [
        {"ref_id": f"{dag_run.run_id}-{number}", "source_amount": f"{number / 100:.2f}"}
        for number in range(1, dag_run.conf["payments"] + 1)
    ]


@dag(schedule=None)
def pay_and_sense_payments() -> None:
    """Payments of a mapped task, of which each is awaited by a sensor of its own."""
    create = CreateWithStops.partial(task_id="create", **PAYMENT).expand_kwargs(due())
    sensor = OrchestrationSensor.partial(task_id="wait", timeout=3600, retries=3, retry_delay=timedelta(seconds=1))
    sensor.expand(orchestration_id=create.output)


pay()
pay_and_sense_payments()
pay_and_wait()
pay_and_wait_in_pods()
pay_then_sense()
pay_payments()
