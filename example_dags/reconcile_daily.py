"""Reconcile yesterday's settlement: is what was meant what happened, and nothing else?

1. **read_expected** reads the settlement file of the business date once more: what was meant.
2. **reconcile** compares it with all that Paxos has of that day in the paying profiles, and with the receipts that
   `settlement_batch` has left, if a run of it is named. It writes `<report_folder>/reconciliation-<date>.jsonl` and
   `.txt`, and fails if anything does not match. Nothing is paid.

What a repair or a later run has mended is no exception any more: clear the run to reconcile the day again.

For fees, hashes and the statuses of transfers, the connection's `scopes` have to name `transfer:read_transfer`, beside
those for orchestrations.
"""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from typing import Any

from airflow.sdk import Param, dag, get_current_context, task
from paxos_settlement.run import business_date_of, due, params

from airflow_provider_paxos.operators.reconcile import ReconcileOrchestrationsOperator

HOME = Path(os.environ.get("AIRFLOW_HOME", "~/airflow")).expanduser()


@dag(
    # In the morning, for the day before: most of its payments have ended by then.
    schedule="0 6 * * *",
    catchup=False,
    max_active_runs=1,
    params={
        **params(),
        "report_folder": Param(
            str(HOME / "reports"),
            type="string",
            minLength=1,
            title="Report folder",
            description="A path on the workers, or of an object store, such as s3://aws_default@treasury/reports.",
        ),
        "settlement_run": Param(
            None,
            type=["null", "string"],
            title="Run of the settlement",
            description="The run id whose receipts are compared as well. If empty, none.",
        ),
    },
    default_args={"owner": "treasury", "retries": 3, "retry_delay": timedelta(seconds=30)},
    tags=["paxos", "example", "settlement"],
    doc_md=__doc__,
)
def reconcile_daily() -> None:
    @task
    def business_date() -> str:
        return business_date_of(get_current_context(), days_before=1)

    @task
    def read_expected(day: str) -> list[dict[str, Any]]:
        return due(get_current_context(), Path(__file__).parent, day)

    @task
    def paying_profiles(payments: list[dict[str, Any]]) -> list[str]:
        return sorted({payment["source"]["profile"]["profile_id"] for payment in payments})

    @task
    def receipts_to_read() -> list[dict[str, str]]:
        run_id = get_current_context()["params"]["settlement_run"]
        return [{"dag_id": "settlement_batch", "task_id": "settle", "run_id": run_id}] if run_id else []

    day = business_date()
    expected = read_expected(day)
    ReconcileOrchestrationsOperator(
        task_id="reconcile",
        profile_ids=paying_profiles(expected),
        day=day,
        timezone="UTC",
        expected=expected,
        receipts_of=receipts_to_read(),
        report="{{ params.report_folder }}/reconciliation-{{ ti.xcom_pull(task_ids='business_date') }}",
    )


reconcile_daily()
