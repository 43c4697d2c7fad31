"""The table: a row for each measure, with ours, the peer's, their ratio, what is to be reached, and whether it is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

_HEAD = ("measure", "ours", "peer", "ratio", "to reach", "reached")


@dataclass(frozen=True)
class Row:
    """One line of the table.

    :param reached: None where nothing was to be reached.
    """

    measure: str
    ours: str
    peer: str = ""
    ratio: str = ""
    target: str = ""
    reached: bool | None = None

    @property
    def cells(self) -> tuple[str, ...]:
        """The texts of the line."""
        reached = {True: "yes", False: "**no**", None: ""}[self.reached]
        return self.measure, self.ours, self.peer, self.ratio, self.target, reached


def table(rows: Iterable[Row]) -> str:
    """Return the rows as a Markdown table."""
    lines = [_HEAD, tuple("---" for _ in _HEAD), *(row.cells for row in rows)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def share(ours: float, theirs: float) -> str:
    """Return a ratio as 1/x."""
    return f"1/{theirs / ours:,.0f}" if ours else "0"
