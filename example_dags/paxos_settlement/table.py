"""Tables for people: in a task's log, in an error message, in a report."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


def _cell(value: object) -> str:
    # Values come from files and banks: a line break or an escape sequence in one would forge table rows.
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in str(value))


def render_table(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return left-aligned columns below their headings, without a line break at the end."""
    cells = [[_cell(value) for value in row] for row in (headings, *rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    cells.insert(1, ["-" * width for width in widths])
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in cells)
    return "\n".join(line.rstrip() for line in lines)
