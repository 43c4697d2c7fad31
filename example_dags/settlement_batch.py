"""Settle the payments that a file lists, thousands of them as one task: every payment once, and all of them reported.

1. **read_file** checks the whole file. One bad line, and all of it is refused before any money moves; the task's log
   names every bad line. The columns are described in `paxos_settlement/file.py`.
2. **settle** looks at the payments before any money moves: if something stands against one of them, none is submitted.
   With `approve`, a person then approves the plan in Airflow's *Required Actions*, other than the one who triggered the
   run. It creates an orchestration per payment and waits, without a worker, until all are terminal. Payments are
   independent: a failed one does not stop the others.
3. **write_report** reads each orchestration from Paxos and writes `<report_folder>/<run_id>.json` and `.txt`.
4. **all_settled** fails unless every payment is COMPLETED, and names those that are not, with the reason.

**Idempotency.** A payment's ref_id, its idempotency key, is `settle-<business date>-<payment>`. Retries, cleared tasks
and further runs of the same business date adopt the orchestration that exists already. If a payment was edited in the
meantime, the batch is refused before anything is submitted, with both values. The ref_id of an orchestration that is
FAILED or REJECTED is never paid again: `repair_settlement` pays it under the next one.

**To run an earlier day again,** trigger the Dag with that day as its business date. Without one, the business date is
the day (UTC) that the run was scheduled or triggered for.

**This form or `settlement_mapped`?** This one for thousands of payments: one task, one log, little load on Airflow. The
mapped one for up to some hundreds, where each payment needs a task with its own log, retries and clear. Both make the
same ref_ids: changing from one to the other pays nothing twice.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

from airflow.sdk import Param, dag, get_current_context, task
from paxos_settlement.run import due, params, report, require_all_settled

from airflow_provider_paxos.operators.approval import Approval
from airflow_provider_paxos.operators.orchestration_batch import CreateOrchestrationBatchOperator
from airflow_provider_paxos.receipts import receipts_in

PAXOS_CONN_ID = "paxos_default"
APPROVE = Param(
    False,
    type="boolean",
    title="Approve",
    description="Whether a person approves the payments in Required Actions before any money moves.",
)


@dag(
    # No start_date: with one, unpausing the Dag would start the latest scheduled run, which would pay.
    schedule="@daily",
    catchup=False,
    max_active_runs=1,
    params={**params(), "approve": APPROVE},
    default_args={"owner": "treasury", "retries": 3, "retry_delay": timedelta(seconds=30)},
    tags=["paxos", "example", "settlement"],
    doc_md=__doc__,
)
def settlement_batch() -> None:
    @task
    def read_file() -> list[dict[str, Any]]:
        requests = due(get_current_context(), Path(__file__).parent)
        return [{"key": request["metadata"]["payment"], **request} for request in requests]

    @task(trigger_rule="all_done")
    def write_report() -> dict[str, Any]:
        context = get_current_context()
        payments = context["ti"].xcom_pull(task_ids="read_file")
        receipts = receipts_in(context["ti"].xcom_pull(task_ids="settle", key="orchestration"))
        return report(
            context,
            payments,
            ids=[receipt["id"] for receipt in receipts if "id" in receipt],
            refusals={receipt["ref_id"]: receipt["error"] for receipt in receipts if "error" in receipt},
            conn_id=PAXOS_CONN_ID,
        )

    @task
    def all_settled(report: dict[str, Any]) -> None:
        require_all_settled(report)

    settle = CreateOrchestrationBatchOperator(
        task_id="settle",
        paxos_conn_id=PAXOS_CONN_ID,
        payments=read_file(),
        # The default: what stands against a new payment stops all of them.
        preflight="fail",
        approval=Approval(when="{{ params.approve }}"),
        # The report lists failed payments, and the last task fails.
        on_failed_payments="report",
        # Four tries of five hours end before the next day's run is due. A bank payment that takes longer is reported
        # as in progress.
        timeout=timedelta(hours=5),
    )
    report_ = write_report()
    settle >> report_
    all_settled(report_)


settlement_batch()
