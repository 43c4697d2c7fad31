"""Look at a batch, and move nothing: what ``PlanOrchestrationBatchOperator`` runs on a worker."""

from __future__ import annotations

from typing import Any

from airflow.sdk import Context

from airflow_provider_paxos.api.creators import Adopt
from airflow_provider_paxos.execution.payments import payments_of
from airflow_provider_paxos.execution.task import PlanBatchTask
from airflow_provider_paxos.hooks.paxos import PaxosHook
from airflow_provider_paxos.planning.refusal import refusal_of
from airflow_provider_paxos.planning.text import in_log, in_markdown
from airflow_provider_paxos.retries import non_retryable_fails
from airflow_provider_paxos.xcom import packed


def plan_batch(task: PlanBatchTask, context: Context) -> dict[str, Any]:
    """Make the plan of a batch, and log it.

    :returns: the plan, as JSON can hold it.
    :raises AirflowFailException: for a non-retryable error.
    :raises PaxosError: for a retryable one.
    """
    with non_retryable_fails(), PaxosHook(task.paxos_conn_id) as hook:
        payments = payments_of(task, context, hook, task_id=task.for_task_id)
        plan = hook.plan_orchestrations(payments, adopt=Adopt(task.adopt))
        log = task.log.info if plan.is_clear else task.log.warning
        log("%s", in_log(plan, whole=True))
        if task.on_problems == "fail" and (refusal := refusal_of(plan)):
            raise refusal
        return {**plan.to_dict(), "markdown": in_markdown(plan), "rows": packed(plan.rows())}
