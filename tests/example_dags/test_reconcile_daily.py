"""The example Dag that reconciles a day, run by Airflow after the settlement of that day."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from airflow.sdk import DAG

from airflow_provider_paxos.emulator.control_client import Controls
from airflow_provider_paxos.emulator.models import PAYOUTS_PROFILE, TREASURY_PROFILE
from airflow_provider_paxos.emulator.server import RunningEmulator
from airflow_provider_paxos.hooks.paxos import PaxosHook

SCOPES = "orchestration:read_orchestration orchestration:write_orchestration transfer:read_transfer"
HEADER = (
    "payment,source_asset,destination_asset,amount,source_profile,"
    "destination_rail,destination_id,destination_network,memo"
)
PAYMENTS = (
    f"first,USDC,USDC,1500.25,{TREASURY_PROFILE},profile,{PAYOUTS_PROFILE},,",
    f"second,USDC,USDG,0.000001,{TREASURY_PROFILE},profile,{PAYOUTS_PROFILE},,",
    f"third,PYUSD,PYUSD,7,{PAYOUTS_PROFILE},profile,{TREASURY_PROFILE},,",
)
Run = Callable[..., Any]


@pytest.fixture
def paxos(paxos_emulator: RunningEmulator, monkeypatch: pytest.MonkeyPatch) -> Controls:
    """A Paxos that settles at once, and a connection with the scope of transfers."""
    connection = json.loads(paxos_emulator.connection_json)
    extra = {"token_cache": "memory", "scopes": SCOPES}
    monkeypatch.setenv("AIRFLOW_CONN_PAXOS_DEFAULT", json.dumps({**connection, "extra": extra}))
    paxos_emulator.configure(settle_seconds=0.2)
    return paxos_emulator


@pytest.fixture
def run(dags: dict[str, DAG], airflow_home: Path, paxos: Controls) -> Run:
    """Run a Dag for today, and return the finished run."""

    def run_dag(dag_id: str, *, wait: bool = True, **params: Any) -> Any:
        dag = dags[dag_id]
        for task in dag.tasks:
            task.retries = 0
            if hasattr(task, "poll_interval"):
                task.poll_interval = 0.05
                task.wait_for_completion = wait  # type: ignore[attr-defined]
        today = f"{datetime.now(UTC):%Y-%m-%d}"
        file = airflow_home / "settlement.csv"
        file.write_text("\n".join([HEADER, *PAYMENTS]))
        own = {"settlement_file": str(file), "report_folder": str(airflow_home / "reports")}
        return dag.test(run_conf={"business_date": today, **own, **params})

    return run_dag


def lines_in(home: Path, day: str = "*") -> list[dict[str, Any]]:
    (file,) = (home / "reports").glob(f"reconciliation-{day}.jsonl")
    return [json.loads(line) for line in file.read_text().splitlines()]


def test_the_day_of_a_settlement_is_clean(run: Run, airflow_home: Path) -> None:
    settled = run("settlement_batch")

    reconciled = run("reconcile_daily", settlement_run=settled.run_id)

    assert str(reconciled.state) == "success"
    (summary,) = lines_in(airflow_home)
    assert (summary["clean"], summary["complete"], summary["not_checked"]) == (True, True, [])
    assert summary["statuses"] == {"COMPLETED": 3}
    assert all(
        total["meant"] == total["paxos"] == total["transferred"] for total in summary["totals"] if "meant" in total
    )


def test_what_does_not_match_fails_the_run_and_is_in_its_report(run: Run, airflow_home: Path, paxos: Controls) -> None:
    paxos.outcome("FAILED", reason="the account is closed")
    run("settlement_batch")

    reconciled = run("reconcile_daily")

    assert str(reconciled.state) == "failed"
    _, *found = lines_in(airflow_home)
    assert [each["kind"] for each in found] == ["unsuccessful", "totals"]
    assert "the account is closed" in found[0]["what"]


def test_what_was_in_progress_is_read_again_by_the_next_run(run: Run, airflow_home: Path, paxos: Controls) -> None:
    paxos.outcome("COMPLETED", settle_seconds=3600)
    run("settlement_batch", wait=False)
    assert str(run("reconcile_daily").state) == "success"
    (slow,) = PaxosHook().list_orchestrations(status="PROCESSING")
    paxos.set_status(slow.id, "FAILED", "the account is closed")

    # Of another day, so that the window does not show it.
    run("reconcile_daily", business_date="2026-01-01")

    found = [each for each in lines_in(airflow_home, "2026-01-01") if each["kind"] == "unsuccessful"]
    assert [each["id"] for each in found] == [slow.id]


def test_a_day_without_a_settlement_misses_every_payment(run: Run, airflow_home: Path) -> None:
    reconciled = run("reconcile_daily")

    assert str(reconciled.state) == "failed"
    summary, *_ = lines_in(airflow_home)
    assert summary["by_kind"] == {"missing": 3, "totals": 2}
