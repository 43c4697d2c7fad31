"""Dags that the tests run: callbacks that alert on payments, as the page on observability shows them."""

from __future__ import annotations

import json
import os
from datetime import timedelta
from pathlib import Path
from typing import Any

from airflow.sdk import dag

from airflow_provider_paxos.operators.orchestration_batch import CreateOrchestrationBatchOperator
from airflow_provider_paxos.receipts import receipts_in
from tests.airflow_runs.settlement import ALERTS, BATCH


def alert(kind: str, context: Any) -> None:
    """Write down which payments are not COMPLETED."""
    ti = context["ti"]
    receipts = receipts_in(ti.xcom_pull(task_ids=ti.task_id, key="orchestration", map_indexes=ti.map_index))
    shown = {each["key"]: each.get("status") or each["acceptance"] for each in receipts}
    line = json.dumps({"kind": kind, "payments": shown, "error": type(context.get("exception")).__name__})
    with Path(os.environ[ALERTS]).open("a") as file:
        file.write(f"{line}\n")


def failed(context: Any) -> None:
    """Alert on a failure."""
    alert("failure", context)


def late(context: Any) -> None:
    """Alert before a retry."""
    alert("retry", context)


@dag(schedule=None)
def alerting() -> None:
    """A batch whose third payment fails."""
    CreateOrchestrationBatchOperator(task_id="settle", on_failure_callback=failed, on_retry_callback=late, **BATCH)


@dag(schedule=None)
def alerting_late() -> None:
    """A batch that is in progress for longer than its timeout."""
    CreateOrchestrationBatchOperator(
        task_id="settle",
        timeout=timedelta(seconds=0.3),
        deferrable=False,
        retries=1,
        on_failure_callback=failed,
        on_retry_callback=late,
        **BATCH,
    )


alerting()
alerting_late()
