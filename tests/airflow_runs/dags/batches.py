"""Dags that the tests run: batches whose legs another task gives."""

from __future__ import annotations

from typing import Any

from airflow.sdk import dag, task

from airflow_provider_paxos.operators.orchestration_batch import CreateOrchestrationBatchOperator

SHARED: dict[str, Any] = {
    "source_asset": "USD",
    "destination_asset": "USD",
    "source": {"profile": {"profile_id": "00000000-0000-4000-8000-000000000002"}},
    "destination": {"profile": {"profile_id": "00000000-0000-4000-8000-000000000003"}},
}
CLOSED_ACCOUNT = {"fiat": {"bank_account_id": "fa11ed00-0000-4000-8000-000000000001"}}
OFTEN: dict[str, Any] = {"defaults": SHARED, "poll_interval": 0.05}


@task
def due(count: int = 30, failing: bool = False) -> list[dict[str, Any]]:
    """Return legs of 1.01, 2.01, …; the first one's account is closed, if one is to fail."""
    legs: list[dict[str, Any]] = [{"key": f"leg-{n}", "source_amount": f"{n}.01"} for n in range(1, count + 1)]
    return [{**legs[0], "destination": CLOSED_ACCOUNT}, *legs[1:]] if failing else legs


@dag(schedule=None)
def batch() -> None:
    """A batch that waits in the triggerer, and one that waits on the worker."""
    legs = due()
    CreateOrchestrationBatchOperator(task_id="deferred", legs=legs, **OFTEN)
    CreateOrchestrationBatchOperator(task_id="on_the_worker", legs=legs, deferrable=False, **OFTEN)


@dag(schedule=None, render_template_as_native_obj=True)
def batch_by_template() -> None:
    """A batch whose legs and ref_ids are templates, in a Dag that renders to native objects."""
    legs = due(3)
    settle = CreateOrchestrationBatchOperator(
        task_id="settle",
        legs="{{ ti.xcom_pull(task_ids='due') | tojson }}",
        ref_id="settle-{{ ds }}-{{ key }}",
        **OFTEN,
    )
    legs >> settle


@dag(schedule=None)
def batch_with_a_failing_leg() -> None:
    """A batch that fails because of a leg, and one that reports it."""
    legs = due(3, failing=True)
    CreateOrchestrationBatchOperator(task_id="fails", legs=legs, retries=2, **OFTEN)
    report = CreateOrchestrationBatchOperator(task_id="reports", legs=legs, on_failed_legs="report", **OFTEN)

    @task
    def failed(records: list[dict[str, Any]]) -> list[str]:
        return [record["reason"] for record in records if record["status"] != "COMPLETED"]

    @task
    def check(reasons: list[str]) -> None:
        if reasons != ["beneficiary bank returned the payment: account closed"]:
            raise ValueError(reasons)

    check(failed(report.output))


@dag(schedule=None)
def mapped_batches() -> None:
    """Two batches of one mapped task; their keys are the same."""
    legs = [{"key": "leg-1", "source_amount": "5"}, {"key": "leg-2", "source_amount": "6"}]
    CreateOrchestrationBatchOperator.partial(task_id="settle", **OFTEN).expand(legs=[legs, legs])


batch()
batch_by_template()
batch_with_a_failing_leg()
mapped_batches()
