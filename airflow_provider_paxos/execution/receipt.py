"""Leave a task's receipts in its XCom, and read back those that it left before it was deferred."""

from __future__ import annotations

from typing import Any

from airflow.sdk import Context

from airflow_provider_paxos.execution.task import Task
from airflow_provider_paxos.receipts import RECEIPT_KEY, receipts_in


def leave(task: Task, context: Context, value: Any) -> None:
    """Leave a receipt, or the packed receipts of a batch, unless the author wants no XCom."""
    if task.do_xcom_push:
        context["ti"].xcom_push(key=RECEIPT_KEY, value=value)


def left_by(task: Task, context: Context) -> list[dict[str, Any]]:
    """Return the receipts that this task instance has left so far; Airflow clears them before each attempt."""
    ti = context["ti"]
    return receipts_in(ti.xcom_pull(task_ids=task.task_id, key=RECEIPT_KEY, map_indexes=ti.map_index))
