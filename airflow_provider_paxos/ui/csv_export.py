"""The list of orchestrations as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

from airflow_provider_paxos.ui.shapes import Receipt

_COLUMNS = (
    "group",
    "status",
    "label",
    "reason",
    "id",
    "ref_id",
    "key",
    "amount",
    "source_asset",
    "destination_asset",
    "source",
    "destination",
    "created_at",
    "updated_at",
    "read_at",
    "adopted",
    "creator",
    "acceptance",
    "dropped",
)
_TASK = ("dag_id", "run_id", "task_id", "map_index")
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def as_csv(receipts: Iterable[Receipt]) -> Iterable[str]:
    """Return the lines of a table of receipts.

    A cell that a spreadsheet would take for a formula begins with an apostrophe.
    """
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer)
    writer.writerow((*_COLUMNS, *_TASK))
    for receipt in receipts:
        cells = [getattr(receipt, name) for name in _COLUMNS]
        task = [getattr(receipt.task, name) for name in _TASK]
        if receipt.task.map_index < 0:
            task[-1] = None
        writer.writerow([_cell(value) for value in (*cells, *task)])
        yield _taken(buffer)
    yield _taken(buffer)


def _cell(value: str | int | bool | None) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    cell = str(value)
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def _taken(buffer: io.StringIO) -> str:
    line = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return line
