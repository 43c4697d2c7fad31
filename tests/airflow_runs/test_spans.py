"""Spans, as OpenTelemetry's console exporter prints them where Airflow traces."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from airflow_provider_paxos.emulator.server import RunningEmulator
from tests.airflow_runs.own_process import run_in_own_process


def spans_in(printed: str) -> list[dict[str, Any]]:
    """Return the spans among other lines: the exporter prints each as an object whose brackets stand alone."""
    spans, lines = [], printed.splitlines()
    starts = [number for number, line in enumerate(lines) if line == "{"]
    for start in starts:
        end = lines.index("}", start)
        spans.append(json.loads("\n".join(lines[start : end + 1])))
    return spans


def test_a_run_has_spans_of_its_look_ups_its_submit_and_its_polls(
    airflow_database: Path, paxos: RunningEmulator
) -> None:
    printed = run_in_own_process("counted", AIRFLOW__TRACES__OTEL_ON="True", OTEL_TRACES_EXPORTER="console")
    spans = [span for span in spans_in(printed) if span["name"].startswith("paxos.")]
    assert {span["name"] for span in spans} == {"paxos.look_up", "paxos.submit", "paxos.poll"}
    (submit,) = (span for span in spans if span["name"] == "paxos.submit")
    assert submit["attributes"] == {"paxos.conn_id": "paxos_default", "paxos.payments": 3}
    assert {span["status"]["status_code"] for span in spans} == {"UNSET"}
