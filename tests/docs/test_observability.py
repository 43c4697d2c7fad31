"""The page on observability names every metric, span and tag, and no other."""

from __future__ import annotations

import json
import re

import pytest

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


DASHBOARD = json.loads((DOCS / "grafana" / "paxos.json").read_text())
EXPRESSIONS = [target["expr"] for panel in DASHBOARD["panels"] for target in panel.get("targets", ())]
VARIABLES = {each["name"]: str(each.get("query")) for each in DASHBOARD["templating"]["list"]}
IN_PROMETHEUS = {name.replace(".", "_"): tags for name, tags in METRICS.items()}
"""Metrics as an exporter names them; a timing has its sum and its count besides."""


def metrics_in(text: str) -> set[str]:
    """Return the metrics that an expression names, without prefix and suffixes."""
    return {name.removesuffix("_sum") for name in re.findall(r"\$\{prefix\}(\w+)", text)}


def test_the_dashboard_shows_every_metric_and_no_other() -> None:
    assert set().union(*map(metrics_in, EXPRESSIONS)) == IN_PROMETHEUS.keys()


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_an_expression_of_the_dashboard_uses_tags_that_its_metric_has(expression: str) -> None:
    grouped = {tag.strip() for tags in re.findall(r"by \((.*?)\)", expression) for tag in tags.split(",")}
    filtered = set(re.findall(r"[{,] ?(\w+)=~", expression))
    (metric,) = metrics_in(expression)
    assert (grouped | filtered) - {"quantile"} <= set(IN_PROMETHEUS[metric])


@pytest.mark.parametrize("expression", [*EXPRESSIONS, *VARIABLES.values()])
def test_an_expression_of_the_dashboard_uses_variables_that_exist(expression: str) -> None:
    assert set(re.findall(r"\$\{?(?!__)(\w+)", expression)) <= VARIABLES.keys()


def test_the_panels_of_the_dashboard_do_not_overlap() -> None:
    places = [panel["gridPos"] for panel in DASHBOARD["panels"]]
    cells = [
        (x, y) for at in places for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])
    ]
    assert len(cells) == len(set(cells))
    assert max(x for x, _ in cells) < 24
    assert len({panel["id"] for panel in DASHBOARD["panels"]}) == len(places)
