"""The example Dags at work: run by Airflow, against a local Paxos."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from airflow.sdk import DAG

from airflow_provider_paxos.api.models import Orchestration
from airflow_provider_paxos.emulator.server import RunningEmulator
from airflow_provider_paxos.hooks.paxos import PaxosHook

SAMPLE = "settlement_sample.csv"
CLOSED = "beneficiary bank returned the payment: account closed"
DATE = "2026-11-20"
BATCH, MAPPED = "settlement_batch", "settlement_mapped"


@dataclass(frozen=True)
class Run:
    """A finished Dag run: its state, and its task instances' states and names by task and map index."""

    id: str
    state: str
    states: dict[tuple[str, int], str]
    names: dict[tuple[str, int], str | None]

    def states_of(self, task_id: str) -> list[str]:
        return [state for (task, _), state in sorted(self.states.items()) if task == task_id]


Runner = Callable[..., Run]
Settlement = Callable[..., str]


@pytest.fixture
def run(dags: dict[str, DAG], airflow_home: Path, paxos_emulator: RunningEmulator) -> Runner:
    paxos_emulator.configure(settle_seconds=0.2)

    def run_dag(dag_id: str, logical_date: datetime | None = None, **params: Any) -> Run:
        dag = dags[dag_id]
        for task in dag.tasks:
            task.retry_delay = timedelta(0)
            for interval in ("poke_interval", "poll_interval"):
                if hasattr(task, interval):
                    setattr(task, interval, 0.05)
        finished = dag.test(logical_date=logical_date, run_conf=params)
        instances = finished.get_task_instances()
        return Run(
            id=finished.run_id,
            state=str(finished.state),
            states={(ti.task_id, ti.map_index): str(ti.state) for ti in instances},
            names={(ti.task_id, ti.map_index): ti.rendered_map_index for ti in instances},
        )

    return run_dag


def at_paxos(*ref_ids: str) -> dict[str, Orchestration]:
    """Return what Paxos holds under these ref_ids."""
    return {str(found.ref_id): found for found in PaxosHook().list_orchestrations(ref_id=list(ref_ids))}


def report_of(run: Run, home: Path) -> dict[str, Any]:
    name = run.id.replace(":", "_").replace("+", "_")
    assert (home / "reports" / f"{name}.txt").is_file()
    report: dict[str, Any] = json.loads((home / "reports" / f"{name}.json").read_text())
    return report


def payments_of(report: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {payment["payment"]: payment for payment in report["payments"]}


@pytest.fixture
def settlement(tmp_path: Path, example_dags: Path) -> Callable[..., str]:
    """Write a settlement file with some of the sample's payments, and return its path."""

    def write(*payments: str, but: dict[str, str] | None = None) -> str:
        header, *lines = (example_dags / SAMPLE).read_text().splitlines()
        text = "\n".join([header, *(line for line in lines if line.partition(",")[0] in payments)])
        for old, new in (but or {}).items():
            assert old in text
            text = text.replace(old, new)
        path = tmp_path / "settlement.csv"
        path.write_text(text)
        return str(path)

    return write


@pytest.fixture(params=[BATCH, MAPPED])
def form(request: pytest.FixtureRequest) -> str:
    """The Dag's id, in either form of the settlement."""
    return str(request.param)


def test_a_conversion_is_created_and_waited_for(run: Runner) -> None:
    finished = run("convert_and_wait", amount=" 250.25 ", destination_asset="USDG")
    assert finished.state == "success"
    assert finished.states == {("create", -1): "success", ("wait", -1): "success"}


def test_the_sample_settles_nineteen_payments_and_reports_the_one_that_failed(
    run: Runner, form: str, airflow_home: Path
) -> None:
    finished = run(form, business_date=DATE)
    report = report_of(finished, airflow_home)

    assert report["payments_by_status"] == {"COMPLETED": 19, "FAILED": 1}
    failed = payments_of(report)["supplier-closed-account"]
    assert (failed["status"], failed["reason"]) == ("FAILED", CLOSED)
    assert failed["ref_id"] == f"settle-{DATE}-supplier-closed-account"
    at_fault = at_paxos(failed["ref_id"])[failed["ref_id"]]
    assert (at_fault.id, at_fault.status) == (failed["id"], "FAILED")
    assert sum(Decimal(total["amount"]) for total in report["totals"] if total["status"] == "FAILED") == 8500

    assert finished.state == "failed"
    assert finished.states["write_report", -1] == "success"
    assert finished.states["all_settled", -1] == "failed"
    if form == MAPPED:
        assert finished.states_of("settle.create") == ["success"] * 20
        assert sorted(finished.states_of("settle.wait")) == ["failed"] + ["success"] * 19
    else:
        assert finished.states["settle", -1] == "success"


def test_the_grid_shows_the_payments_names_on_create_and_wait(run: Runner, settlement: Settlement) -> None:
    finished = run(MAPPED, settlement_file=settlement("payroll-us", "merchant-0001"), business_date=DATE)
    assert {finished.names["settle.create", index] for index in (0, 1)} == {"payroll-us", "merchant-0001"}
    assert {finished.names["settle.wait", index] for index in (0, 1)} == {"payroll-us", "merchant-0001"}


def test_a_run_whose_payments_all_settle_is_green(
    run: Runner, form: str, settlement: Settlement, airflow_home: Path
) -> None:
    finished = run(form, settlement_file=settlement("payroll-us", "merchant-0001"), business_date=DATE)
    assert finished.state == "success"
    assert report_of(finished, airflow_home)["payments_by_status"] == {"COMPLETED": 2}


def test_another_run_of_the_same_business_date_pays_nothing_again(
    run: Runner, form: str, settlement: Settlement, airflow_home: Path
) -> None:
    payments = settlement("payroll-us", "supplier-closed-account")
    reports = [report_of(run(form, settlement_file=payments, business_date=DATE), airflow_home) for _ in range(2)]
    first, second = reports
    assert first["run_id"] != second["run_id"]
    assert first["payments"] == second["payments"]
    assert len(list(PaxosHook().list_orchestrations())) == 2


@pytest.mark.parametrize("forms", [(BATCH, MAPPED), (MAPPED, BATCH)])
def test_the_other_form_of_the_dag_pays_nothing_again_either(
    run: Runner, forms: tuple[str, str], settlement: Settlement, airflow_home: Path
) -> None:
    payments = settlement("payroll-us", "merchant-0001")
    first = run(forms[0], settlement_file=payments, business_date=DATE)
    again = run(forms[1], settlement_file=payments, business_date=DATE)
    assert report_of(first, airflow_home)["payments"] == report_of(again, airflow_home)["payments"]
    assert len(list(PaxosHook().list_orchestrations())) == 2


def test_a_list_that_lags_behind_makes_no_accepted_payment_look_as_if_it_were_not_submitted(
    run: Runner, form: str, settlement: Settlement, airflow_home: Path, paxos_emulator: RunningEmulator
) -> None:
    paxos_emulator.configure(list_lag_seconds=3600)
    finished = run(form, settlement_file=settlement("payroll-us", "merchant-0001"), business_date=DATE)
    assert report_of(finished, airflow_home)["payments_by_status"] == {"COMPLETED": 2}


def test_an_amount_that_was_edited_after_it_was_paid_is_refused_with_both_amounts(
    run: Runner, form: str, settlement: Settlement, airflow_home: Path
) -> None:
    names = ("payroll-us", "supplier-aurora")
    run(form, settlement_file=settlement(*names), business_date=DATE)
    edited = settlement(*names, but={"31400.10": "99.00"})
    finished = run(form, settlement_file=edited, business_date=DATE)
    payments = payments_of(report_of(finished, airflow_home))
    assert finished.state == "failed"
    assert payments["payroll-us"]["status"] == "CONFLICT"
    assert "31400.1" in payments["payroll-us"]["reason"]
    assert "99.00" in payments["payroll-us"]["reason"]
    assert payments["supplier-aurora"]["status"] == "COMPLETED"
    assert len(list(PaxosHook().list_orchestrations())) == 2


def test_a_payment_that_paxos_refuses_stops_no_other_and_is_reported_with_the_reason(
    run: Runner, form: str, settlement: Settlement, airflow_home: Path
) -> None:
    payments = settlement("payroll-us", "supplier-aurora", but={"31400.10": "99000000.00"})
    finished = run(form, settlement_file=payments, business_date=DATE)
    reported = payments_of(report_of(finished, airflow_home))
    assert reported["payroll-us"]["status"] == "NOT SUBMITTED"
    assert "99000000" in reported["payroll-us"]["reason"]
    assert reported["supplier-aurora"]["status"] == "COMPLETED"
    assert finished.states["all_settled", -1] == "failed"
    if form == MAPPED:
        assert sorted(finished.states_of("settle.wait")) == ["success", "upstream_failed"]


def test_one_bad_line_refuses_the_file_before_any_money_moves(
    run: Runner, form: str, settlement: Settlement, airflow_home: Path
) -> None:
    payments = settlement("payroll-us", "supplier-aurora", but={"31400.10": "3.14E4"})
    finished = run(form, settlement_file=payments, business_date=DATE)
    assert finished.state == "failed"
    assert finished.states["read_file", -1] == "failed"
    assert {*finished.states_of("settle.create"), *finished.states_of("settle")} == {"upstream_failed"}
    assert list(PaxosHook().list_orchestrations()) == []
    assert not (airflow_home / "reports").exists()


def test_what_a_file_says_is_never_rendered_as_a_template(run: Runner, form: str, settlement: Settlement) -> None:
    memo = "{{ 7 * 7 }} {{ conn.paxos_default }}"
    payments = settlement("payroll-us", but={"Payroll US": memo})
    run(form, settlement_file=payments, business_date=DATE)
    (paid,) = PaxosHook().list_orchestrations()
    assert paid.to_dict()["destination"]["fiat"]["memo"] == memo


@pytest.mark.parametrize("logical_date", [None, datetime(2026, 3, 4, 5, tzinfo=UTC)])
def test_a_run_without_a_business_date_stands_for_its_own_day(
    run: Runner, form: str, settlement: Settlement, airflow_home: Path, logical_date: datetime | None
) -> None:
    before = datetime.now(UTC).date().isoformat()
    finished = run(form, logical_date, settlement_file=settlement("payroll-us"))
    day = report_of(finished, airflow_home)["business_date"]
    if logical_date:
        assert day == "2026-03-04"
    else:
        assert before <= day <= datetime.now(UTC).date().isoformat()


def test_the_file_of_a_day_can_be_named_by_its_date(
    run: Runner, form: str, settlement: Settlement, airflow_home: Path
) -> None:
    path = Path(settlement("payroll-us"))
    path.rename(path.with_name(f"payments-{DATE}.csv"))
    finished = run(form, settlement_file=str(path.with_name("payments-{date}.csv")), business_date=DATE)
    assert finished.state == "success"


def test_the_report_goes_where_the_param_says(run: Runner, form: str, settlement: Settlement, tmp_path: Path) -> None:
    folder = tmp_path / "elsewhere"
    run(form, settlement_file=settlement("payroll-us"), business_date=DATE, report_folder=str(folder))
    assert sorted(path.suffix for path in folder.iterdir()) == [".json", ".txt"]


def test_a_file_with_more_payments_than_airflow_maps_is_refused(
    run: Runner, settlement: Settlement, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIRFLOW__CORE__MAX_MAP_LENGTH", "1")
    finished = run(MAPPED, settlement_file=settlement("payroll-us", "payroll-eu"), business_date=DATE)
    assert finished.states["read_file", -1] == "failed"
    assert list(PaxosHook().list_orchestrations()) == []
