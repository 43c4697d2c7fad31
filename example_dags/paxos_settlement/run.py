"""Run the settlement, in either form of the Dag: its params, the payments that are due, and its report."""

from __future__ import annotations

import logging
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from airflow.sdk import Param

from paxos_settlement.file import SettlementFileError, read_settlement_file

try:
    from airflow.sdk.exceptions import AirflowFailException
except ImportError:  # Airflow 3.1
    from airflow.exceptions import AirflowFailException

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from airflow.sdk import Context

log = logging.getLogger("settlement")


def params() -> dict[str, Param]:
    """Return the params of a run."""
    return {
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
    }


def business_date_of(context: Context, *, days_before: int = 0) -> str:
    """Return the business date that a run was triggered with, or else the one that it was scheduled for.

    :param days_before: how many days before that a run without one is meant for.
    """
    run = context["dag_run"]
    # Since Airflow 3 a run that is triggered can be without a logical date, and then `ds` is not there.
    run_date = (run.logical_date or run.run_after).astimezone(UTC) - timedelta(days=days_before)
    return context["params"]["business_date"] or f"{run_date:%Y-%m-%d}"


def due(context: Context, folder: Path, business_date: str | None = None) -> list[dict[str, Any]]:
    """Return the requests of the file's payments, in its order.

    :param folder: of the Dag file.
    :param business_date: that of the run by default.
    :raises AirflowFailException: if anything at all is wrong with the file.
    """
    business_date = business_date or business_date_of(context)
    path = folder / context["params"]["settlement_file"].replace("{date}", business_date)
    try:
        payments = read_settlement_file(path)
    except SettlementFileError as error:
        raise AirflowFailException(f"{path}: {error}") from None
    log.info("%s: %d payments for %s", path, len(payments), business_date)
    return [payment.request(business_date) for payment in payments]


def report(
    context: Context,
    requests: Sequence[Mapping[str, Any]] | None,
    *,
    ids: Sequence[str],
    refusals: Mapping[str, str],
    conn_id: str,
) -> dict[str, Any]:
    """Read the orchestrations from Paxos, write the report, and return its path and counts.

    :param requests: of the payments; none if the file was refused.
    :param ids: of the orchestrations that the tasks created or adopted.
    :param refusals: the error of a failed create, by ref_id.
    """
    # Imported here: what they need in turn would slow every parse of a Dag file down.
    from airflow_provider_paxos.hooks.paxos import PaxosHook  # noqa: PLC0415
    from paxos_settlement.report import Report, outcome_of, outcomes_table  # noqa: PLC0415

    if not requests:
        raise AirflowFailException("There is nothing to report: read_file did not succeed; see its log.")
    with PaxosHook(conn_id) as hook:
        held = hook.read_orchestrations(ref_ids=[request["ref_id"] for request in requests])
        shown = {orchestration.id for orchestration in held}
        # Paxos does not promise that List shows at once what Create has accepted.
        held += hook.read_orchestrations(ids=[each for each in ids if each not in shown])
    found: dict[str | None, list[Any]] = {}
    for orchestration in held:
        found.setdefault(orchestration.ref_id, []).append(orchestration)
    written = Report(
        business_date=requests[0]["metadata"]["business_date"],
        settlement_file=context["params"]["settlement_file"],
        run_id=context["run_id"],
        written_at=datetime.now(UTC).isoformat(timespec="seconds"),
        outcomes=tuple(
            outcome_of(request, found.get(request["ref_id"], []), refusals.get(request["ref_id"]))
            for request in requests
        ),
    )
    home = Path(os.environ.get("AIRFLOW_HOME", "~/airflow")).expanduser()
    path = written.write(home / context["params"]["report_folder"])
    for line in written.to_text().splitlines():
        log.info("%s", line)
    return {
        "report": f"{path}.json",
        "payments_by_status": written.payments_by_status,
        # XComs are kept in Airflow's database: the report has all of them.
        "unsettled": outcomes_table(written.unsettled[:50]),
    }


def require_all_settled(report: Mapping[str, Any]) -> None:
    """Fail unless every payment is COMPLETED.

    :param report: what ``report`` has returned.
    """
    counts = report["payments_by_status"]
    if set(counts) != {"COMPLETED"}:
        unsettled = sum(payments for status, payments in counts.items() if status != "COMPLETED")
        raise AirflowFailException(
            f"{unsettled} of {sum(counts.values())} payments are not settled. Report: {report['report']}\n"
            + report["unsettled"]
        )
