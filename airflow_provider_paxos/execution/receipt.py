"""Leave a task's receipts in its XCom, and read back those that it left before it was deferred."""

from __future__ import annotations

from typing import Any

from airflow.sdk import Context

from airflow_provider_paxos.execution.task import Task
from airflow_provider_paxos.hooks.paxos import PaxosHook
from airflow_provider_paxos.receipts import DASHBOARD_KEY, RECEIPT_KEY, receipts_in


def leave(task: Task, context: Context, value: Any) -> None:
    """Leave a receipt, or the packed receipts of a batch, unless the author wants no XCom."""
    if task.do_xcom_push:
        context["ti"].xcom_push(key=RECEIPT_KEY, value=value)


def leave_dashboard(task: Task, context: Context, hook: PaxosHook) -> None:
    """Leave the pattern of a payment's address in Paxos' dashboard, if the connection states one."""
    if task.do_xcom_push and (pattern := hook.get_conn().settings.dashboard_url):
        context["ti"].xcom_push(key=DASHBOARD_KEY, value=pattern)


def left_by(task: Task, context: Context) -> list[dict[str, Any]]:
    """Return the receipts that this task instance has left so far; Airflow clears them before each attempt."""
    ti = context["ti"]
    return receipts_in(ti.xcom_pull(task_ids=task.task_id, key=RECEIPT_KEY, map_indexes=ti.map_index))
