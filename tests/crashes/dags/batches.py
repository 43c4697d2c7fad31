"""A batch whose worker says which processes it has, so that a test can kill it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from airflow.sdk import dag, task

from airflow_provider_paxos.operators.orchestration_batch import CreateOrchestrationBatchOperator
from tests.crashes.points import reach

if TYPE_CHECKING:
    from airflow.sdk import Context

SHARED = {
    "source_asset": "USD",
    "destination_asset": "PYUSD",
    "source": {"profile": {"profile_id": "00000000-0000-4000-8000-000000000001"}},
    "destination": {"profile": {"profile_id": "00000000-0000-4000-8000-000000000002"}},
}


class BatchWithNote(CreateOrchestrationBatchOperator):
    """Leaves a note with its process ids before it begins."""

    def execute(self, context: Context) -> Any:
        """Leave the note, and submit."""
        reach("before_posts", context)
        return super().execute(context)


@task
def due(dag_run: Any = None) -> list[dict[str, str]]:
    """Return the payments: as many as the run's conf says, a thousand by default; of 0.01, 0.02 and so on."""
    payments = (dag_run.conf or {}).get("payments", 1000)
    return [{"key": str(number), "source_amount": f"{number / 100:.2f}"} for number in range(1, payments + 1)]


def batch(**more: Any) -> None:
    """Make the task that settles them."""
    BatchWithNote(
        task_id="create",
        payments=due(),
        defaults=SHARED,
        ref_id="batch-{{ run_id }}-{{ key }}",
        retries=3,
        retry_delay=timedelta(seconds=1),
        **more,
    )


@dag(schedule=None)
def settle_payments() -> None:
    """A batch of payments, which waits until all have ended."""
    batch(poll_interval=2)


@dag(schedule=None)
def settle_payments_by_age() -> None:
    """The same, polled by the age of the payments: of as many at once as fit into Paxos' limits."""
    batch()


@dag(schedule=None)
def settle_payments_in_pods() -> None:
    """The same in pods: one that submits, and one that concludes."""
    batch(executor="pods", poll_interval=2)


settle_payments()
settle_payments_by_age()
settle_payments_in_pods()
