"""A report in words: as a table for people, and as JSON Lines for programs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from airflow_provider_paxos.api.amounts import plain
from airflow_provider_paxos.api.errors import quoted, with_more
from airflow_provider_paxos.batch.tables import table
from airflow_provider_paxos.reconciliation.breaks import Break
from airflow_provider_paxos.reconciliation.report import Report

_MOST_LINES = 50
_TOTALS = ("profile_id", "asset", "meant", "paxos", "completed", "transferred", "reported", "fees")
_EXCEPTIONS = ("kind", "ref_id", "id", "amount", "status", "what")


def headline(report: Report) -> str:
    """Return the outcome in a line."""
    window = f"{report.window.since.isoformat()} to {report.window.until.isoformat()}"
    outcome = (
        "clean"
        if report.is_clean
        else f"exceptions: {len(report.exceptions):,}{'' if report.is_complete else ', INCOMPLETE'}"
    )
    return f"Reconciliation of {window} ({report.environment}): {report.orchestrations:,} orchestrations, {outcome}"


def in_words(report: Report, *, whole: bool = False) -> str:
    """Return a report as text.

    :param whole: whether to name every exception, however many there are.
    """
    kinds = dict.fromkeys(each.kind for each in report.breaks)
    return "\n".join(
        [
            headline(report),
            *(f"Incomplete: {quoted(line)}" for line in report.incomplete),
            *(f"Not checked: {quoted(line)}" for line in report.not_checked),
            *_breaks(report.breaks, None if whole else _MOST_LINES),
            *(f"{kind}: {kind.what_to_do}" for kind in kinds),
            *_totals(report),
        ]
    )


def json_lines(report: Report) -> Iterator[str]:
    """Yield the report as JSON Lines: its summary, then each exception and note."""
    summary = {name: value for name, value in report.summary().items() if name != "first_exceptions"}
    yield json.dumps({"kind": "summary", **summary}, ensure_ascii=False) + "\n"
    for each in report.breaks:
        yield json.dumps(each.to_dict(), ensure_ascii=False) + "\n"


def _totals(report: Report) -> list[str]:
    rows = [[getattr(each, name) for name in _TOTALS] for each in report.totals]
    shown = [["-" if cell is None else cell if isinstance(cell, str) else plain(cell) for cell in row] for row in rows]
    return [table(_TOTALS, shown)] if rows else []


def _breaks(breaks: Sequence[Break], most: int | None) -> list[str]:
    if not breaks:
        return []
    rows = [
        (each.kind, each.ref_id or "-", each.id or "-", _amount(each), each.status or "-", each.what)
        for each in breaks[:most]
    ]
    return [with_more(table(_EXCEPTIONS, rows), len(breaks) - len(rows), "\n")]


def _amount(found: Break) -> str:
    return "-" if found.amount is None else f"{plain(found.amount)} {found.asset or ''}".strip()
