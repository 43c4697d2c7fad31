"""Dags that the tests run: batches whose asset events say what was settled."""

from __future__ import annotations

from airflow.sdk import Asset, AssetAlias, dag

from airflow_provider_paxos.assets import profile_asset
from airflow_provider_paxos.operators.orchestration_batch import CreateOrchestrationBatchOperator
from tests.airflow_runs.settlement import BATCH, TREASURY


@dag(schedule=None)
def announced() -> None:
    """A batch that reports its failed payment and has events, and one that fails and has none."""
    CreateOrchestrationBatchOperator(
        task_id="reports",
        on_failed_payments="report",
        outlets=[Asset("settled"), AssetAlias("moved")],
        **BATCH,
    )
    CreateOrchestrationBatchOperator(task_id="fails", outlets=[Asset("settled_in_full")], **BATCH)


@dag(schedule=None)
def announced_by_date() -> None:
    """A batch whose event has the business date as its partition key."""
    CreateOrchestrationBatchOperator(
        task_id="settle",
        on_failed_payments="report",
        outlets=[profile_asset(profile_id=TREASURY, asset="USD")],
        outlet_partition_key="{{ task.business_date(dag_run) }}",
        **BATCH,
    )


@dag(schedule=None)
def counted() -> None:
    """A batch whose metrics and spans are received, in a process of its own."""
    CreateOrchestrationBatchOperator(task_id="settle", on_failed_payments="report", **BATCH)


announced()
announced_by_date()
counted()
