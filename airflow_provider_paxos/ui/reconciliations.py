"""From the XComs ``reconciliation`` to the newest reports. Any writer may have left one: each value is checked."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from airflow_provider_paxos.ui import responses
from airflow_provider_paxos.ui.query import Row
from airflow_provider_paxos.ui.receipt_values import amount_text, format_time, text, time_text
from airflow_provider_paxos.ui.shapes import (
    ReconciliationException,
    ReconciliationReport,
    Reconciliations,
    ReconciliationTotal,
)
from airflow_provider_paxos.ui.urls import payment_path
from airflow_provider_paxos.xcom import may_be_decoded

MOST_REPORTS = 20
"""Reports of one answer."""

_MOST_EXCEPTIONS = 100
_MOST_TOTALS = 200
_MOST_LINES = 20
_LONGEST = 1024 * 1024
"""Characters: the provider's own summaries are shorter."""


def reconciliations(rows: Iterable[Row]) -> Reconciliations:
    """Return the reports of XComs.

    :param rows: newest first.
    """
    items = []
    unreadable = 0
    for row in rows:
        summary = _summary(row.value)
        if summary is None:
            unreadable += 1
        else:
            items.append(_report(row, summary))
    return Reconciliations(items=items, unreadable=unreadable, live=False)


def _summary(value: str | None) -> dict[str, Any] | None:
    if value is None or len(value) > _LONGEST or not may_be_decoded(value):
        return None
    try:
        found = json.loads(value)
        if isinstance(found, str):
            found = json.loads(found)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) and isinstance(found.get("exceptions"), int) else None


def _report(row: Row, summary: Mapping[str, Any]) -> ReconciliationReport:
    complete = summary.get("complete") is True
    return ReconciliationReport(
        task=responses.task(row.task),
        written_at=format_time(row.written_at),
        clean=summary.get("clean") is True and complete,
        complete=complete,
        environment=text(summary.get("environment"), longest=100),
        since=time_text(summary.get("since")),
        until=time_text(summary.get("until")),
        orchestrations=_count(summary.get("orchestrations")),
        exceptions=_count(summary.get("exceptions")),
        incomplete=_lines(summary.get("incomplete")),
        not_checked=_lines(summary.get("not_checked")),
        files=_lines(summary.get("files")),
        first_exceptions=[_exception(each) for each in _mappings(summary.get("first_exceptions"), _MOST_EXCEPTIONS)],
        totals=[_total(each) for each in _mappings(summary.get("totals"), _MOST_TOTALS)],
    )


def _exception(found: Mapping[str, Any]) -> ReconciliationException:
    orchestration_id, ref_id = text(found.get("id")), text(found.get("ref_id"))
    return ReconciliationException(
        kind=text(found.get("kind"), longest=100) or "unknown",
        what=text(found.get("what")) or "",
        what_to_do=text(found.get("what_to_do")),
        ref_id=ref_id,
        id=orchestration_id,
        profile_id=text(found.get("profile_id")),
        asset=text(found.get("asset"), longest=100),
        amount=amount_text(found.get("amount")),
        status=text(found.get("status"), longest=100),
        payment_path=payment_path(orchestration_id, ref_id) if orchestration_id or ref_id else None,
    )


def _total(found: Mapping[str, Any]) -> ReconciliationTotal:
    books = ("meant", "paxos", "completed", "transferred", "reported", "fees")
    return ReconciliationTotal(
        profile_id=text(found.get("profile_id")) or "unknown",
        asset=text(found.get("asset"), longest=100) or "unknown",
        **{name: amount_text(found.get(name)) for name in books},
    )


def _count(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**12 else 0


def _lines(value: object) -> list[str]:
    lines = [text(each) for each in value[:_MOST_LINES]] if isinstance(value, list) else []
    return [line for line in lines if line]


def _mappings(value: object, most: int) -> list[Mapping[str, Any]]:
    return [each for each in value[:most] if isinstance(each, dict)] if isinstance(value, list) else []
