"""PaxosRetryPolicy at work, in a run by Airflow."""

from __future__ import annotations

import pytest

from airflow_provider_paxos.emulator.server import RunningEmulator
from tests.airflow_runs.conftest import Runner


@pytest.mark.parametrize(
    ("dag_id", "tries"), [("by_the_task_s_settings", 3), ("by_the_policy", 1), ("mapped_by_the_policy", 1)]
)
def test_a_sensor_whose_credential_is_refused_is_not_retried(
    run: Runner, paxos: RunningEmulator, dag_id: str, tries: int
) -> None:
    paxos.configure(client_secret="rotated")

    assert run(dag_id).state == "failed"
    assert [each["path"] for each in paxos.journal()] == ["/oauth2/token"] * tries
