"""What is emitted, in the place of Airflow's statistics."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from airflow_provider_paxos.observability import metrics


class Emitted:
    """Keeps metrics as they are emitted: the name, the value and the tags."""

    def __init__(self) -> None:
        self.counters: list[tuple[str, int, dict[str, str]]] = []
        self.timings: list[tuple[str, float, dict[str, str]]] = []

    def incr(self, name: str, count: int, *, tags: dict[str, str]) -> None:
        self.counters.append((name, count, tags))

    def timing(self, name: str, value: timedelta, *, tags: dict[str, str]) -> None:
        self.timings.append((name, value.total_seconds(), tags))

    def counts(self) -> dict[str, int]:
        """Return the sum of each counter."""
        names = {name for name, _, _ in self.counters}
        return {each: sum(count for name, count, _ in self.counters if name == each) for each in sorted(names)}


@pytest.fixture
def emitted(monkeypatch: pytest.MonkeyPatch) -> Emitted:
    """Everything that is emitted."""
    kept: Any = Emitted()
    monkeypatch.setattr(metrics, "Stats", kept)
    return kept
