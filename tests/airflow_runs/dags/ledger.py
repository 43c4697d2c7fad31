"""A Dag that the tests run: a batch that is booked in a file, as the guide shows it."""

from __future__ import annotations

from typing import Any

from airflow.sdk import ObjectStoragePath, dag, get_current_context, task

from airflow_provider_paxos.hooks.paxos import PaxosHook
from airflow_provider_paxos.ledger.files import write_ledger
from airflow_provider_paxos.ledger.rows import ledger_rows, transfer_ids
from airflow_provider_paxos.operators.orchestration_batch import CreateOrchestrationBatchOperator
from airflow_provider_paxos.receipts import receipts_in
from tests.airflow_runs.settlement import BATCH

BANK = {"fiat": {"bank_account_id": "b5e0cf1a-0d5c-4c6e-9a76-0b0c2bdb6c1e"}}
PAYMENTS = [*BATCH["payments"], {"key": "4", "source_amount": "4.40", "destination_asset": "USD", "destination": BANK}]


@dag(schedule=None)
def booked() -> None:
    """A batch with a conversion, a fee and a failed payment, and its ledger."""
    settle = CreateOrchestrationBatchOperator(
        task_id="settle", on_failed_payments="report", **{**BATCH, "payments": PAYMENTS}
    )

    @task
    def book(receipts: Any) -> int:
        records, file = receipts_in(receipts), get_current_context()["dag_run"].conf["file"]
        with PaxosHook() as hook:
            transfers = hook.read_transfers(transfer_ids(records))
        return write_ledger(ledger_rows(records, transfers), ObjectStoragePath(f"file://{file}"))

    book(settle.output["orchestration"])


booked()
