"""Render a batch for a log: the totals, and the failed payments."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from decimal import Decimal

from airflow_provider_paxos.api.amounts import exact_sum, plain
from airflow_provider_paxos.api.errors import quoted, with_more
from airflow_provider_paxos.api.statuses import amount_of
from airflow_provider_paxos.batch.state import PaymentState

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


def totals(state: Iterable[PaymentState]) -> str:
    """Return a table of payments and exact amounts by asset pair and status."""
    amounts: dict[tuple[str, str, str], list[Decimal]] = defaultdict(list)
    for each in state:
        request = each.payment.request
        amounts[request.source_asset, request.destination_asset, status_of(each)].append(request.source_amount)
    rows = [(*pair, f"{len(parts):,}", plain(exact_sum(parts))) for pair, parts in sorted(amounts.items())]
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
