"""Settle what a file says is due: every leg once, and all of them reported, also when one fails.

1. **read_file** checks the whole file. One bad line, and all of it is refused before any money moves; the task's log
   names every bad line. The columns are described in `paxos_settlement/file.py`.
2. **settle** creates an orchestration per leg and waits for it. Legs are independent: one that fails stops no other.
3. **write_report** asks Paxos what became of each leg and writes `<report_folder>/<run_id>.json` and `.txt`.
4. **all_settled** fails unless every leg is COMPLETED, and names those that are not, with the reason.

**Once.** A leg's ref_id is `settle-<business date>-<leg>`. Retries, cleared tasks and further runs of the same business
date find the payment that is there already. A leg that was edited in the meantime is refused, with both values. A leg
that FAILED or was REJECTED is never paid again under its ref_id: put it under a new name into a later file.

**To run an earlier day again,** trigger the Dag with that day as its business date: without one, a run stands for the
day (UTC) that it was scheduled or triggered for.
"""

from __future__ import annotations

import logging
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from airflow.configuration import conf
from airflow.sdk import Param, dag, get_current_context, task, task_group
from paxos_settlement.file import SettlementFileError, read_settlement_file

from airflow_provider_paxos.operators.orchestration import CreateOrchestrationOperator
from airflow_provider_paxos.sensors.orchestration import OrchestrationSensor

try:
    from airflow.sdk.exceptions import AirflowFailException
except ImportError:  # Airflow 3.1
    from airflow.exceptions import AirflowFailException

if TYPE_CHECKING:
    from airflow.sdk import Context

PAXOS_CONN_ID = "paxos_default"

log = logging.getLogger("settlement")


def note_refusal(context: Context) -> None:
    """Keep why a create failed for the report, which finds nothing at Paxos about a leg that was never accepted."""
    context["ti"].xcom_push(key="refusal", value=str(context.get("exception"))[:1000])


@dag(
    # Without a start_date, so that unpausing the Dag does not make up for the latest run that was due: it would pay.
    schedule="@daily",
    catchup=False,
    max_active_runs=1,
    params={
        "settlement_file": Param(
            "settlement_sample.csv",
            type="string",
            minLength=1,
            title="Settlement file",
            description="A path on the workers, relative to the Dag's folder. {date} stands for the business date.",
        ),
        "business_date": Param(
            None,
            type=["null", "string"],
            format="date",
            # The format alone lets 20261120 pass, which would make another ref_id of the same day.
            pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$",
            title="Business date",
            description="Part of every ref_id. If empty, the day that the run was scheduled or triggered for.",
        ),
        "report_folder": Param(
            "reports",
            type="string",
            minLength=1,
            title="Report folder",
            description="A path on the workers, relative to AIRFLOW_HOME.",
        ),
    },
    default_args={"owner": "treasury", "retries": 3, "retry_delay": timedelta(seconds=30)},
    tags=["paxos", "example", "settlement"],
    doc_md=__doc__,
)
def settlement_batch() -> None:
    @task
    def read_file() -> list[dict[str, Any]]:
        context = get_current_context()
        run = context["dag_run"]
        # Since Airflow 3 a run that is triggered can be without a logical date, and then `ds` is not there.
        run_date = (run.logical_date or run.run_after).astimezone(UTC)
        business_date = context["params"]["business_date"] or f"{run_date:%Y-%m-%d}"
        path = Path(__file__).parent / context["params"]["settlement_file"].replace("{date}", business_date)
        try:
            legs = read_settlement_file(path)
        except SettlementFileError as error:
            raise AirflowFailException(f"{path}: {error}") from None
        most = conf.getint("core", "max_map_length")
        if len(legs) > most:
            raise AirflowFailException(
                f"{path} has {len(legs)} legs, and [core] max_map_length lets Airflow map {most} at most. "
                "Nothing is submitted. Split the file, or raise the limit."
            )
        log.info("%s: %d legs for %s", path, len(legs), business_date)
        return [leg.request(business_date) for leg in legs]

    # A mapped group, not two mapped tasks one after the other: there, one create that fails would stop every wait.
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
            map_index_template="{{ task.metadata.leg }}",
            max_active_tis_per_dag=8,
            on_failure_callback=note_refusal,
        )
        OrchestrationSensor(
            task_id="wait",
            paxos_conn_id=PAXOS_CONN_ID,
            orchestration_id=create.output,
            map_index_template=(
                "{{ ti.xcom_pull('settle.create', key='orchestration', map_indexes=ti.map_index).metadata.leg }}"
            ),
            poke_interval=15,
            # Ends before the next day's run is due: a bank payment that takes longer is reported as under way.
            timeout=timedelta(hours=20),
        )

    @task(trigger_rule="all_done")
    def write_report() -> dict[str, Any]:
        # Imported here: what they need in turn would slow every parse of this file down.
        from paxos_settlement.report import Report, outcome_of, outcomes_table  # noqa: PLC0415

        from airflow_provider_paxos.hooks.paxos import PaxosHook  # noqa: PLC0415

        context = get_current_context()
        ti, params = context["ti"], context["params"]
        requests: list[dict[str, Any]] | None = ti.xcom_pull(task_ids="read_file")
        if not requests:
            raise AirflowFailException("Nothing to report: read_file did not succeed, and its log says why.")

        created: list[str | None] = []
        refusals: list[str | None] = []
        for index in range(len(requests)):
            created.append(ti.xcom_pull(task_ids="settle.create", map_indexes=index))
            refusals.append(ti.xcom_pull(task_ids="settle.create", key="refusal", map_indexes=index))
        with PaxosHook(PAXOS_CONN_ID) as hook:
            held = hook.read_orchestrations(ref_ids=[request["ref_id"] for request in requests])
            shown = {orchestration.id for orchestration in held}
            # Paxos does not promise that List shows at once what Create has accepted.
            held += hook.read_orchestrations(ids=[id_ for id_ in created if id_ and id_ not in shown])

        report = Report(
            business_date=requests[0]["metadata"]["business_date"],
            settlement_file=params["settlement_file"],
            run_id=context["run_id"],
            written_at=datetime.now(UTC).isoformat(timespec="seconds"),
            outcomes=tuple(
                outcome_of(request, [each for each in held if each.ref_id == request["ref_id"]], refusal)
                for request, refusal in zip(requests, refusals, strict=True)
            ),
        )
        home = Path(os.environ.get("AIRFLOW_HOME", "~/airflow")).expanduser()
        written = report.write(home / params["report_folder"])
        for line in report.to_text().splitlines():
            log.info("%s", line)
        return {
            "report": f"{written}.json",
            "legs_by_status": report.legs_by_status,
            # XComs are kept in Airflow's database: the report has all of them.
            "unsettled": outcomes_table(report.unsettled[:50]),
        }

    @task
    def all_settled(report: dict[str, Any]) -> None:
        counts = report["legs_by_status"]
        if set(counts) != {"COMPLETED"}:
            unsettled = sum(legs for status, legs in counts.items() if status != "COMPLETED")
            raise AirflowFailException(
                f"{unsettled} of {sum(counts.values())} legs are not settled. Report: {report['report']}\n"
                + report["unsettled"]
            )

    settled = settle.expand_kwargs(read_file())
    report = write_report()
    settled >> report
    all_settled(report)


settlement_batch()
