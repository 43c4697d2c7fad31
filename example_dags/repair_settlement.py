"""Pay again what has failed of a settlement: each payment once, as it was or with an explicit change.

Trigger it with either

- `run_id`: a run of `settlement_batch`. All of its payments that are FAILED or REJECTED at Paxos now are repaired; with
  `payments`, those of these names; or
- `ref_ids`: the payments' own ref_ids, whoever has made them.

`changes` says what is to differ, by payment name or ref_id, as in
`{"supplier-closed-account": {"destination": {"fiat": {"bank_account_id": "…"}}}}`. Everything else is as Paxos shows
it.

Unless `approve` is off, a person approves exactly what will be sent in Airflow's *Required Actions*, other than the one
who triggered the run.

**Idempotency.** The repair of `settle-2026-11-20-rent` has the ref_id `settle-2026-11-20-rent-r1`, whoever starts it:
two people who repair a payment at once pay it once. A retry or a clear of this run sends nothing more. If the repair
has failed, too, another run pays it again, as `…-r2`. A payment that is in progress or COMPLETED is never repaired. One
that Paxos has not accepted keeps its ref_id: clear the task `settle` of its own run.
"""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import Param, dag

from airflow_provider_paxos.operators.approval import Approval
from airflow_provider_paxos.operators.repair import RepairOrchestrationsOperator

PAXOS_CONN_ID = "paxos_default"

# A worker cannot look up the tasks of another run. It can read the receipts that they have left.
RECEIPTS = """{{ (ti.xcom_pull(
    dag_id=params.settlement_dag, run_id=params.run_id, task_ids=params.settlement_task, key="orchestration"
) if params.run_id else none) | tojson }}"""


@dag(
    schedule=None,
    params={
        "run_id": Param(
            None,
            type=["null", "string"],
            minLength=1,
            title="Run",
            description="The id of the Dag run whose failed payments are to be repaired.",
        ),
        "payments": Param(
            None,
            type=["null", "array"],
            items={"type": "string"},
            title="Payments",
            description="Names of payments of that run, one a line. By default all that have failed.",
        ),
        "ref_ids": Param(
            None,
            type=["null", "array"],
            items={"type": "string"},
            title="ref_ids",
            description="Instead of a run, the ref_ids of the payments, one a line.",
        ),
        "changes": Param(
            None,
            type=["null", "object"],
            title="Changes",
            description="By name or ref_id a new destination, or a new source_amount as a text.",
        ),
        "settlement_dag": Param("settlement_batch", type="string", minLength=1, title="Dag of the run"),
        "settlement_task": Param("settle", type="string", minLength=1, title="Task of the run that pays"),
        "approve": Param(
            True,
            type="boolean",
            title="Approve",
            description="Whether a person approves the payments in Required Actions before any money moves.",
        ),
    },
    default_args={"owner": "treasury", "retries": 3, "retry_delay": timedelta(seconds=30)},
    tags=["paxos", "example", "settlement"],
    doc_md=__doc__,
)
def repair_settlement() -> None:
    RepairOrchestrationsOperator(
        task_id="repair",
        paxos_conn_id=PAXOS_CONN_ID,
        records=RECEIPTS,
        ref_ids="{{ params.ref_ids | tojson }}",
        keys="{{ params.payments | tojson }}",
        changes="{{ params.changes | tojson }}",
        approval=Approval(when="{{ params.approve }}"),
        timeout=timedelta(hours=5),
    )


repair_settlement()
