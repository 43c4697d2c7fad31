"""A batch between two profiles, of which everything that others observe is read back."""

from __future__ import annotations

from airflow.sdk import dag

from airflow_provider_paxos.assets import profile_asset
from airflow_provider_paxos.operators.orchestration_batch import CreateOrchestrationBatchOperator

TREASURY, PAYOUTS = "00000000-0000-4000-8000-000000000002", "00000000-0000-4000-8000-000000000003"


@dag(schedule=None)
def observed() -> None:
    """Two payments, awaited in the triggerer."""
    CreateOrchestrationBatchOperator(
        task_id="settle",
        payments=[{"key": "1", "source_amount": "1.10"}, {"key": "2", "source_amount": "2.20"}],
        defaults={
            "source_asset": "USD",
            "destination_asset": "USDG",
            "source": {"profile": {"profile_id": TREASURY}},
            "destination": {"profile": {"profile_id": PAYOUTS}},
        },
        outlets=[profile_asset(profile_id=PAYOUTS, asset="USDG")],
        poll_interval=1,
    )


observed()
