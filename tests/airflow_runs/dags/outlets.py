"""Dags that the tests run: batches whose asset events say what was settled."""

from __future__ import annotations

from typing import Any

from airflow.sdk import Asset, AssetAlias, dag

from airflow_provider_paxos.assets import profile_asset
from airflow_provider_paxos.operators.orchestration_batch import CreateOrchestrationBatchOperator

TREASURY, PAYOUTS = "00000000-0000-4000-8000-000000000002", "00000000-0000-4000-8000-000000000003"
CLOSED_ACCOUNT = {"fiat": {"bank_account_id": "fa11ed00-0000-4000-8000-000000000001"}}
PAYMENTS: list[dict[str, Any]] = [
    {"key": "1", "source_amount": "1.10"},
    {"key": "2", "source_amount": "2.20"},
    {"key": "3", "source_amount": "3.30", "destination": CLOSED_ACCOUNT},
]
BATCH: dict[str, Any] = {
    "payments": PAYMENTS,
    "defaults": {
        "source_asset": "USD",
        "destination_asset": "USDG",
        "source": {"profile": {"profile_id": TREASURY}},
        "destination": {"profile": {"profile_id": PAYOUTS}},
    },
    "poll_interval": 0.05,
}


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


announced()
announced_by_date()
