"""Settle the payments that a file lists, each payment a task of its own: every payment once, and all of them reported.

1. **read_file** checks the whole file. One bad line, and all of it is refused before any money moves; the task's log
   names every bad line. The columns are described in `paxos_settlement/file.py`.
2. **settle** creates an orchestration per payment and waits for it. Payments are independent: a failed one does not
   stop the others.
3. **write_report** reads each orchestration from Paxos and writes `<report_folder>/<run_id>.json` and `.txt`.
4. **all_settled** fails unless every payment is COMPLETED, and names those that are not, with the reason.

**Idempotency.** A payment's ref_id, its idempotency key, is `settle-<business date>-<payment>`. Retries, cleared tasks
and further runs of the same business date adopt the orchestration that exists already. A payment that was edited in the
meantime is refused, with both values. The ref_id of an orchestration that is FAILED or REJECTED is never paid again:
`repair_settlement` pays it under the next one.

**This form or `settlement_batch`?** This one for up to some hundreds of payments, where each needs a task in the grid
with its own log, retries and clear. The batch for thousands: one task, and little load on Airflow. Both make the same
ref_ids: changing from one to the other pays nothing twice.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from airflow.configuration import conf
from airflow.sdk import dag, get_current_context, task, task_group
from paxos_settlement.run import due, params, report, require_all_settled

from airflow_provider_paxos.operators.orchestration import CreateOrchestrationOperator
from airflow_provider_paxos.sensors.orchestration import OrchestrationSensor

try:
    from airflow.sdk.exceptions import AirflowFailException
except ImportError:  # Airflow 3.1
    from airflow.exceptions import AirflowFailException

if TYPE_CHECKING:
    from airflow.sdk import Context

PAXOS_CONN_ID = "paxos_default"


def note_refusal(context: Context) -> None:
    """Keep for the report why a create failed: Paxos has nothing on a payment that it did not accept."""
    context["ti"].xcom_push(key="refusal", value=str(context.get("exception"))[:1000])


@dag(
    # Not scheduled: settlement_batch settles the same file every day.
    schedule=None,
    max_active_runs=1,
    params=params(),
    default_args={"owner": "treasury", "retries": 3, "retry_delay": timedelta(seconds=30)},
    tags=["paxos", "example", "settlement"],
    doc_md=__doc__,
)
def settlement_mapped() -> None:
    @task
    def read_file() -> list[dict[str, Any]]:
        payments = due(get_current_context(), Path(__file__).parent)
        most = conf.getint("core", "max_map_length")
        if len(payments) > most:
            raise AirflowFailException(
                f"The file has {len(payments)} payments, and [core] max_map_length lets Airflow map {most} at most. "
                "Nothing is submitted. Split the file, use settlement_batch, or raise the limit."
            )
        return payments

    # A mapped group, not two mapped tasks in sequence: there, one create that fails would stop every wait.
    @task_group
    def settle(
        *,
        ref_id: str,
        source_asset: str,
        destination_asset: str,
        source_amount: str,
        source: dict[str, Any],
        destination: dict[str, Any],
        metadata: dict[str, str],
        duplicate_of_ok: list[str],
    ) -> None:
        create = CreateOrchestrationOperator(
            task_id="create",
            paxos_conn_id=PAXOS_CONN_ID,
            ref_id=ref_id,
            source_asset=source_asset,
            destination_asset=destination_asset,
            source_amount=source_amount,
            source=source,
            destination=destination,
            metadata=metadata,
            duplicate_of_ok=duplicate_of_ok,
            map_index_template="{{ task.metadata.payment }}",
            max_active_tis_per_dag=8,
            on_failure_callback=note_refusal,
        )
        OrchestrationSensor(
            task_id="wait",
            paxos_conn_id=PAXOS_CONN_ID,
            orchestration_id=create.output,
            map_index_template=(
                "{{ ti.xcom_pull('settle.create', key='orchestration', map_indexes=ti.map_index).metadata.payment }}"
            ),
            poke_interval=15,
            # A bank payment that takes longer is reported as in progress.
            timeout=timedelta(hours=20),
        )

    @task(trigger_rule="all_done")
    def write_report() -> dict[str, Any]:
        context = get_current_context()
        ti = context["ti"]
        requests: list[dict[str, Any]] = ti.xcom_pull(task_ids="read_file") or []
        ids, refusals = [], {}
        for index, request in enumerate(requests):
            if id_ := ti.xcom_pull(task_ids="settle.create", map_indexes=index):
                ids.append(id_)
            if refusal := ti.xcom_pull(task_ids="settle.create", key="refusal", map_indexes=index):
                refusals[request["ref_id"]] = refusal
        return report(context, requests, ids=ids, refusals=refusals, conn_id=PAXOS_CONN_ID)

    @task
    def all_settled(report: dict[str, Any]) -> None:
        require_all_settled(report)

    settled = settle.expand_kwargs(read_file())
    report_ = write_report()
    settled >> report_
    all_settled(report_)


settlement_mapped()
