"""Dags that the tests run: batches whose payments another task gives."""

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
    """Return payments of 1.01, 2.01, …; the first one's account is closed, if one is to fail."""
    payments: list[dict[str, Any]] = [{"key": f"payment-{n}", "source_amount": f"{n}.01"} for n in range(1, count + 1)]
    return [{**payments[0], "destination": CLOSED_ACCOUNT}, *payments[1:]] if failing else payments


@dag(schedule=None)
def batch() -> None:
    """A batch that waits in the triggerer, and one that waits on the worker."""
    payments = due()
    CreateOrchestrationBatchOperator(task_id="deferred", payments=payments, **OFTEN)
    CreateOrchestrationBatchOperator(task_id="on_the_worker", payments=payments, deferrable=False, **OFTEN)


@dag(schedule=None, render_template_as_native_obj=True)
def batch_by_template() -> None:
    """A batch whose payments and ref_ids are templates, in a Dag that renders to native objects."""
    payments = due(3)
    settle = CreateOrchestrationBatchOperator(
        task_id="settle",
        payments="{{ ti.xcom_pull(task_ids='due') | tojson }}",
        ref_id="settle-{{ ds }}-{{ key }}",
        **OFTEN,
    )
    payments >> settle


@dag(schedule=None)
def batch_with_a_failing_payment() -> None:
    """A batch that fails because of a payment, and one that reports it."""
    payments = due(3, failing=True)
    CreateOrchestrationBatchOperator(task_id="fails", payments=payments, retries=2, **OFTEN)
    report = CreateOrchestrationBatchOperator(
        task_id="reports", payments=payments, on_failed_payments="report", **OFTEN
    )

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
    batches = [
        [{"key": "payment-1", "source_amount": "5"}, {"key": "payment-2", "source_amount": "6"}],
        [{"key": "payment-1", "source_amount": "7"}, {"key": "payment-2", "source_amount": "8"}],
    ]
    CreateOrchestrationBatchOperator.partial(
        task_id="settle", ref_id="settle-{{ payment.source_amount }}-{{ key }}", **OFTEN
    ).expand(payments=batches)


batch()
batch_by_template()
batch_with_a_failing_payment()
mapped_batches()
