"""The repair of a settlement, run by Airflow against a local Paxos."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from airflow_provider_paxos.hooks.paxos import PaxosHook
from tests.example_dags.test_example_dag_runs import (
    BATCH,
    DATE,
    MAPPED,
    Run,
    Runner,
    Settlement,
    at_paxos,
    run,
    settlement,
)
from tests.fixtures import Logged

__all__ = ["run", "settlement"]

NAME = "supplier-closed-account"
FAILED = f"settle-{DATE}-{NAME}"
ELSEWHERE = {"fiat": {"bank_account_id": "another-account"}}
FORM = {"approve": False, "changes": {NAME: {"destination": ELSEWHERE, "source_amount": "8499.50"}}}


def repair(run: Runner, **params: Any) -> Run:
    return run("repair_settlement", **{**FORM, **params})


def test_a_failed_payment_of_a_run_is_paid_again_with_its_change(run: Runner, settlement: Settlement) -> None:
    settled = run(BATCH, settlement_file=settlement("payroll-us", NAME), business_date=DATE)
    assert repair(run, run_id=settled.id).state == "success"
    held = at_paxos(FAILED, f"{FAILED}-r1")
    assert {ref_id: found.status for ref_id, found in held.items()} == {FAILED: "FAILED", f"{FAILED}-r1": "COMPLETED"}
    again = held[f"{FAILED}-r1"].to_dict()
    assert (again["destination"], Decimal(again["source_amount"])) == (ELSEWHERE, Decimal("8499.50"))
    assert (again["metadata"]["replaces"], again["metadata"]["payment"]) == (FAILED, NAME)
    assert len(list(PaxosHook().list_orchestrations())) == 3


def test_a_second_repair_pays_nothing_more(run: Runner, settlement: Settlement) -> None:
    settled = run(BATCH, settlement_file=settlement(NAME), business_date=DATE)
    states = [repair(run, run_id=settled.id, payments=[NAME]).state for _ in range(2)]
    assert (states, len(list(PaxosHook().list_orchestrations()))) == (["success"] * 2, 2)


def test_a_payment_of_the_mapped_form_is_repaired_from_its_receipts(run: Runner, settlement: Settlement) -> None:
    settled = run(MAPPED, settlement_file=settlement("payroll-us", NAME), business_date=DATE)
    changes = {FAILED: {"destination": ELSEWHERE}}
    form = {"run_id": settled.id, "settlement_dag": MAPPED, "settlement_task": "settle.create", "changes": changes}
    assert repair(run, **form).state == "success"
    assert at_paxos(f"{FAILED}-r1")[f"{FAILED}-r1"].status == "COMPLETED"


def test_payments_may_be_named_by_their_ref_ids(run: Runner, settlement: Settlement) -> None:
    run(BATCH, settlement_file=settlement("payroll-us", NAME), business_date=DATE)
    changes = {FAILED: {"destination": ELSEWHERE}}
    assert repair(run, ref_ids=[FAILED], changes=changes).state == "success"
    refused = repair(run, ref_ids=[FAILED, f"settle-{DATE}-payroll-us"], changes=None)
    assert (refused.state, len(list(PaxosHook().list_orchestrations()))) == ("failed", 3)


def test_a_run_that_left_no_receipts_is_refused(run: Runner, logged: Logged) -> None:
    assert repair(run, run_id="no_such_run", changes=None).state == "failed"
    assert "a task that left no such XCom has none" in logged()
