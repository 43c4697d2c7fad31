"""Alerts by Airflow's callbacks, with the receipts of the task that calls them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_paxos.emulator.server import RunningEmulator
from tests.airflow_runs.conftest import Runner
from tests.airflow_runs.settlement import ALERTS


@pytest.fixture
def alerts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file of alerts."""
    file = tmp_path / "alerts.jsonl"
    monkeypatch.setenv(ALERTS, str(file))
    return file


def read(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text().splitlines()]


def test_a_failure_shows_the_payments_that_need_attention(run: Runner, alerts: Path) -> None:
    run("alerting")
    (alert,) = read(alerts)
    assert alert["kind"] == "failure"
    assert alert["payments"] == {"1": "COMPLETED", "2": "COMPLETED", "3": "FAILED"}


def test_a_wait_that_exceeds_its_timeout_alerts_before_the_retry(
    run: Runner, alerts: Path, paxos: RunningEmulator
) -> None:
    paxos.configure(settle_seconds=600)
    run("alerting_late")
    first, second = read(alerts)
    assert [first["kind"], second["kind"]] == ["retry", "failure"]
    assert first["payments"] == second["payments"] == dict.fromkeys("123", "PROCESSING")
    assert first["error"] == "StillInProgress"
