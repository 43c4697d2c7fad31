"""Reconcile on a worker: what ``ReconcileOrchestrationsOperator`` runs.

A worker has no access to Airflow's database. Airflow's own book is what the author hands over, and the XComs of the
tasks that the author names.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from airflow.sdk import Context

from airflow_provider_paxos.execution.given_rows import given_rows
from airflow_provider_paxos.execution.reconciliation_files import read_texts, write_report
from airflow_provider_paxos.execution.task import ReconcileTask
from airflow_provider_paxos.hooks.paxos import PaxosHook
from airflow_provider_paxos.receipts import RECEIPT_KEY, RECONCILIATION_KEY
from airflow_provider_paxos.reconciliation.daily_report import DailyReport, daily_report
from airflow_provider_paxos.reconciliation.expected import meant_payments, recorded_payments
from airflow_provider_paxos.reconciliation.progress import USUAL
from airflow_provider_paxos.reconciliation.reconcile import Books
from airflow_provider_paxos.reconciliation.report import Report
from airflow_provider_paxos.reconciliation.text import in_words
from airflow_provider_paxos.reconciliation.window import Window, day, invalid
from airflow_provider_paxos.retries import non_retryable_fails
from airflow_provider_paxos.version_compat import AirflowFailException
from airflow_provider_paxos.xcom import NotCompact, packed, unpacked

IN_PROGRESS_KEY = "reconciliation_in_progress"
"""The XCom that holds the ids which the next run of the task reads again."""

_MOST_IN_PROGRESS = 50_000


def reconcile(task: ReconcileTask, context: Context) -> dict[str, Any]:
    """Reconcile, and leave the report in files, in XCom and in the log.

    :returns: the summary, without the exceptions: those are in the XCom ``reconciliation``, and in the files.
    :raises AirflowFailException: for exceptions, if the author wants that, and for a non-retryable error.
    :raises PaxosError: for a retryable one; what had been read until then is reported as incomplete.
    """
    with non_retryable_fails(), PaxosHook(task.paxos_conn_id) as hook:
        now = datetime.now(UTC)
        window = _window(task, now)
        profile_ids = _names("profile_ids", task.profile_ids)
        books, absent = _books(task, context, profile_ids, window)
        report = hook.reconcile_orchestrations(profile_ids, window, books, now=now)
        report = replace(report, not_checked=(*report.not_checked, *absent))
        summary = _leave(task, context, report)
        if report.fault:
            raise report.fault
    if task.on_exceptions == "fail" and not report.is_clean:
        raise AirflowFailException(in_words(report))
    return {name: value for name, value in summary.items() if name not in ("first_exceptions", "totals")}


def _window(task: ReconcileTask, now: datetime) -> Window:
    overlap = timedelta(seconds=task.overlap)
    if task.day is not None:
        window = day(_date(task.day), task.zone(), overlap=overlap)
    else:
        window = Window(_moment("since", task.since), _moment("until", task.until or now), overlap)
    # What is created from now on belongs to a later window.
    return replace(window, until=min(window.until, now))


def _books(task: ReconcileTask, context: Context, profile_ids: list[str], window: Window) -> tuple[Books, list[str]]:
    """Return the books, and what was asked for and is not there, in sentences."""
    receipts, absent = _receipts(task, context)
    recorded = recorded_payments([*given_rows("records", task.records), *receipts])
    meant = None if task.expected is None else meant_payments(given_rows("expected", task.expected), recorded)
    dag_ids = None if task.dag_ids is None else _names("dag_ids", task.dag_ids)
    books = Books(
        meant=meant,
        recorded=recorded,
        in_progress=_in_progress_before(context),
        daily_report=_daily_report(task, profile_ids, window),
        dag_ids=dag_ids,
        usual={**USUAL, **{rail: timedelta(seconds=seconds) for rail, seconds in task.usual.items()}},
    )
    return books, absent


def _receipts(task: ReconcileTask, context: Context) -> tuple[list[Mapping[str, Any]], list[str]]:
    found: list[Mapping[str, Any]] = []
    absent = []
    for each in given_rows("receipts_of", task.receipts_of):
        ti = context["ti"]
        dag_id, run_id = each.get("dag_id") or ti.dag_id, each.get("run_id") or ti.run_id
        if "task_id" not in each:
            raise invalid(f"receipts_of names no task_id: {dict(each)}.")
        # Without map indexes: of a mapped task, the receipts of all its instances.
        value = ti.xcom_pull(task_ids=each["task_id"], dag_id=dag_id, run_id=run_id, key=RECEIPT_KEY)
        rows = given_rows("receipts_of", value)
        found += rows
        if not rows:
            absent.append(f"receipts of {dag_id}.{each['task_id']} {run_id}: it has left none")
    return found, absent


def _in_progress_before(context: Context) -> list[str]:
    """Return the ids that the last run before this one has left to be read again."""
    ti = context["ti"]
    value = ti.xcom_pull(task_ids=ti.task_id, key=IN_PROGRESS_KEY, include_prior_dates=True, map_indexes=ti.map_index)
    try:
        rows = unpacked(value or [])
    except NotCompact:
        return []
    return [each["id"] for each in rows if isinstance(each.get("id"), str)]


def _daily_report(task: ReconcileTask, profile_ids: list[str], window: Window) -> DailyReport | None:
    if task.daily_reports is None:
        return None
    return daily_report(read_texts(_names("daily_reports", task.daily_reports)), profile_ids, window)


def _leave(task: ReconcileTask, context: Context, report: Report) -> dict[str, Any]:
    log = task.log.info if report.is_clean else task.log.warning
    log("%s", in_words(report))
    files = write_report(report, task.report) if task.report else []
    summary = {**report.summary(), "files": files}
    if task.do_xcom_push:
        ti = context["ti"]
        ti.xcom_push(key=RECONCILIATION_KEY, value=summary)
        ids = report.in_progress[:_MOST_IN_PROGRESS]
        ti.xcom_push(key=IN_PROGRESS_KEY, value=packed([{"id": each} for each in ids]))
        if len(ids) < len(report.in_progress):
            left_out = len(report.in_progress) - len(ids)
            task.log.warning("%s orchestrations in progress do not fit into the XCom; give them as records", left_out)
    return summary


def _names(argument: str, value: object) -> list[str]:
    """Return a name, several names, or JSON of those, as a list."""
    if isinstance(value, str) and value.startswith("["):
        try:
            value = json.loads(value)
        except ValueError:
            raise invalid(f"{argument} is a string that begins like a list, but is not valid JSON.") from None
    names = [value] if isinstance(value, str) else list(value) if isinstance(value, Iterable) else [value]
    if not all(isinstance(each, str) and each for each in names):
        raise invalid(f"{argument} is not a name, or a list of names.")
    return [str(each) for each in names]


def _date(value: str | date) -> date:
    try:
        return value if isinstance(value, date) else date.fromisoformat(value)
    except ValueError:
        raise invalid(f"day is {value!r}; it is a date such as 2026-11-21.") from None


def _moment(name: str, value: object) -> datetime:
    try:
        return value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    except ValueError:
        raise invalid(f"{name} is {value!r}; it is a time such as 2026-11-21T00:00:00Z.") from None
