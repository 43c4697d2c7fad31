"""The ledger of a run, as a task writes it, beside the book of the local Paxos."""

from __future__ import annotations

import json
import os
from collections import defaultdict
from decimal import Decimal
from pathlib import Path

import pytest

from airflow_provider_paxos.emulator.server import RunningEmulator
from tests.airflow_runs.conftest import Runner

SCOPES = "orchestration:read_orchestration orchestration:write_orchestration transfer:read_transfer"


def test_the_file_of_a_run_moves_what_paxos_has_moved(
    run: Runner, paxos: RunningEmulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection = json.loads(os.environ["AIRFLOW_CONN_PAXOS_DEFAULT"])
    connection["extra"]["scopes"] = SCOPES
    monkeypatch.setenv("AIRFLOW_CONN_PAXOS_DEFAULT", json.dumps(connection))
    paxos.configure(fees={"WIRE_WITHDRAWAL": "0.25"})
    before, file = paxos.balances(), tmp_path / "ledger.jsonl"
    assert run("booked", file=str(file)).state == "success"

    changes: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for line in file.read_text().splitlines():
        row = json.loads(line)
        changes[row["debit"], row["asset"]] -= Decimal(row["amount"])
        changes[row["credit"], row["asset"]] += Decimal(row["amount"])
    at_paxos: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for sign, accounts in ((-1, before), (1, paxos.balances())):
        for account, assets in accounts.items():
            for asset, amount in assets.items():
                at_paxos[account.removesuffix(":available").removesuffix(":held"), asset] += sign * Decimal(amount)
    assert changes["paxos:fees", "USD"] == Decimal("0.25")
    assert {each: change for each, change in changes.items() if change} == {
        each: change for each, change in at_paxos.items() if change
    }
