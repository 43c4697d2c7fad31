"""The example Dag that saves addresses, run by Airflow: its database keeps nothing of a person."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from airflow.sdk import DAG

from airflow_provider_paxos.emulator.server import RunningEmulator
from airflow_provider_paxos.hooks.paxos import PaxosHook

SCOPES = (
    "orchestration:read_orchestration orchestration:write_orchestration "
    "transfer:read_crypto_destination_address transfer:write_crypto_destination_address"
)
PERSON = {
    "crypto_network": "ETHEREUM",
    "address": "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
    "nickname": "Plantedname",
    "travelrule_metadata": {
        "custodian_type": "PRIVATE",
        "beneficiary": {
            "person_details": {
                "first_name": "Plantedfirst",
                "last_name": "Plantedlast",
                "physical_address": {"country": "USA", "address1": "9 Planted Street"},
            }
        },
        "transfer_purpose": "Planted purpose",
    },
}

Run = Callable[..., str]


@pytest.fixture
def run(
    dags: dict[str, DAG], airflow_home: Path, paxos_emulator: RunningEmulator, monkeypatch: pytest.MonkeyPatch
) -> Run:
    """Run the Dag, and return its state."""
    connection = json.loads(paxos_emulator.connection_json)
    extra = {"token_cache": "memory", "scopes": SCOPES}
    monkeypatch.setenv("AIRFLOW_CONN_PAXOS_DEFAULT", json.dumps({**connection, "extra": extra}))

    def run_dag(**params: Any) -> str:
        dag = dags["saved_destinations"]
        for task in dag.tasks:
            task.retries = 0
            task.poll_interval = 0.05  # type: ignore[attr-defined]
        return str(dag.test(run_conf=params).state)

    return run_dag


def rows_in(folder: Path, *rows: dict[str, Any]) -> str:
    file = folder / "destinations.json"
    file.write_text(json.dumps(rows))
    return str(file)


def test_the_sample_is_saved_and_a_second_run_changes_nothing(run: Run, paxos_emulator: RunningEmulator) -> None:
    assert [run(), run()] == ["success", "success"]

    assert [each.missing_travel_rule_data for each in PaxosHook().list_crypto_destinations()] == [(), ()]
    assert [each["method"] for each in paxos_emulator.journal()].count("PUT") == 2


def test_it_waits_in_the_triggerer_until_paxos_has_approved_the_addresses(
    run: Run, paxos_emulator: RunningEmulator
) -> None:
    paxos_emulator.configure(address_approve_seconds=0.5)

    assert run() == "success"
    assert all(each.is_approved for each in PaxosHook().list_crypto_destinations())


@pytest.mark.parametrize(
    ("but", "state"),
    [({}, "success"), ({"crypto_network": "PLANTED_NETWORK"}, "failed"), ({"memo": "Planted"}, "failed")],
    ids=["saved", "refused by Paxos", "invalid"],
)
def test_airflows_database_keeps_nothing_of_a_person(
    run: Run, airflow_database: Path, tmp_path: Path, but: dict[str, str], state: str
) -> None:
    assert run(destinations_file=rows_in(tmp_path, {**PERSON, **but})) == state

    kept = b"".join(file.read_bytes() for file in airflow_database.glob("airflow.db*"))
    assert b"saved_destinations" in kept
    assert b"Planted" not in kept
