"""The page on observability names every metric, span and tag, and no other."""

from __future__ import annotations

import re

from airflow_provider_paxos.observability.metrics import METRICS
from airflow_provider_paxos.observability.spans import LOOK_UP, POLL, SUBMIT, WAIT
from tests.docs.pages import DOCS

ROWS = [line for line in (DOCS / "observability.md").read_text().splitlines() if line.startswith("| `")]


def test_every_metric_and_every_span_has_a_row() -> None:
    assert [row.split("`")[1] for row in ROWS if row.startswith("| `paxos.")] == [
        *METRICS,
        SUBMIT,
        LOOK_UP,
        WAIT,
        POLL,
    ]


def test_every_tag_has_a_row() -> None:
    first_cells = " ".join(row.split("|")[1] for row in ROWS if not row.startswith("| `paxos."))
    assert {tag for tags in METRICS.values() for tag in tags} <= set(re.findall(r"`(\w+)`", first_cells))
