"""Render a batch for a log: the totals, and the failed payments."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from airflow_provider_paxos.api.amounts import plain
from airflow_provider_paxos.api.errors import quoted, with_more
from airflow_provider_paxos.api.statuses import amount_of
from airflow_provider_paxos.batch.state import PaymentState
from airflow_provider_paxos.batch.totals import Settled, totals_of

LONGEST_TABLE = 50
"""Rows of failed payments; the XComs hold all of them."""

_LONGEST_CELL = 250
_UNKNOWN = "UNKNOWN"
_WITHOUT_ORCHESTRATION = {"refused": "NOT ACCEPTED", "not_sent": "NOT SENT"}


def status_of(payment_state: PaymentState) -> str:
    """Return the orchestration's status, NOT ACCEPTED, NOT SENT, or UNKNOWN if it is not shown or not certain."""
    if payment_state.orchestration:
        return quoted(payment_state.status or _UNKNOWN)
    return _WITHOUT_ORCHESTRATION.get(payment_state.acceptance, _UNKNOWN)


def settled(state: Iterable[PaymentState]) -> list[Settled]:
    """Return each payment as it was asked for, with its status in a word."""
    return [(each.payment.request, status_of(each)) for each in state]


def totals(state: Iterable[PaymentState]) -> str:
    """Return a table of payments and exact amounts by asset pair and status."""
    rows = [
        (total.source_asset, total.destination_asset, total.status, f"{total.payments:,}", plain(total.amount))
        for total in totals_of(settled(state))
    ]
    return table(("from", "to", "status", "payments", "amount"), rows)


def failures(state: Sequence[PaymentState]) -> str:
    """Return a table with a row for each failed payment, up to 50."""
    rows = [
        (
            each.payment.key,
            status_of(each),
            amount_of(each.payment.request),
            each.ref_id,
            each.orchestration.id if each.orchestration else "-",
            each.reason or "Paxos gave no reason",
        )
        for each in state[:LONGEST_TABLE]
    ]
    shown = table(("key", "status", "amount", "ref_id", "id", "reason"), rows)
    return with_more(shown, len(state) - len(rows), "\n")


def table(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return left-aligned columns below their headings. No value can add a row: each is cut to one bounded line."""
    cells = [[_cell(value) for value in row] for row in (headings, *rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in cells)
    return "\n".join(line.rstrip() for line in lines)


def _cell(value: object) -> str:
    text = quoted(value)
    return text if len(text) <= _LONGEST_CELL else text[:_LONGEST_CELL] + "…"
