"""Counts what happened in all histories of a run."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SUMMARY = Path(__file__).parents[2] / ".chaos" / "summary.json"


class Tally:
    """The counts, by section and name."""

    def __init__(self) -> None:
        self.sections: dict[str, Counter[str]] = {}
        self._began = time.monotonic()
        self._counting = True

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Count nothing meanwhile."""
        self._counting = False
        try:
            yield
        finally:
            self._counting = True

    def count(self, section: str, name: str, times: int = 1) -> None:
        """Count something that happened."""
        if self._counting:
            self.sections.setdefault(section, Counter())[name] += times

    def table(self) -> str:
        """Return everything as text, a line for each count."""
        lines = []
        for section, counts in self.sections.items():
            lines += ["", section, *(f"  {name:<44}{count:>9,}" for name, count in sorted(counts.items()))]
        return "\n".join(lines)

    def write(self) -> Path:
        """Write everything as JSON, and return where."""
        seconds = round(time.monotonic() - self._began)
        SUMMARY.parent.mkdir(exist_ok=True)
        SUMMARY.write_text(json.dumps({"seconds": seconds, **self.sections}, indent=2, sort_keys=True) + "\n")
        return SUMMARY


TALLY = Tally()
