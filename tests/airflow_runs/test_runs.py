"""Operator, sensor, trigger and hook at work: run by Airflow, against a local Paxos, over HTTP."""

from __future__ import annotations

from typing import Any

import pytest
from airflow.sdk import DAG

from airflow_provider_paxos.api.models import Orchestration
from airflow_provider_paxos.emulator.server import RunningEmulator
from airflow_provider_paxos.hooks.paxos import PaxosHook
from airflow_provider_paxos.receipts import receipts_in
from tests.airflow_runs.conftest import Runner, xcom_of

CREATE = "/v2/orchestration/orchestrations"


def booked() -> list[Orchestration]:
    return list(PaxosHook().list_orchestrations(order="ASC"))


def test_an_orchestration_is_created_and_waited_for(run: Runner) -> None:
    finished = run("create_and_sense", amount="100.25")
    assert finished.states == {("create", -1): "success", ("wait", -1): "success"}
    (paid,) = booked()
    assert (paid.status, str(paid.source_amount)) == ("COMPLETED", "100.25")


def test_metadata_leads_back_to_the_run(run: Runner) -> None:
    finished = run("create_and_sense", amount="100.25")
    (paid,) = booked()
    metadata = dict(paid.metadata or {})
    assert metadata.pop("airflow_creator").startswith(f"create_and_sense.create {finished.id} ")
    assert metadata == {
        "airflow_dag_id": "create_and_sense",
        "airflow_run_id": finished.id,
        "airflow_task_id": "create",
    }


def test_an_orchestration_is_waited_for_by_its_ref_id(run: Runner) -> None:
    assert run("sense_by_ref_id").state == "success"


def test_an_operator_waits_itself_on_the_worker_and_in_the_triggerer(run: Runner) -> None:
    finished = run("wait_for_completion")
    assert finished.states == {("deferred", -1): "success", ("on_the_worker", -1): "success"}
    assert [paid.status for paid in booked()] == ["COMPLETED", "COMPLETED"]


def test_mapped_payments_are_payments_of_their_own_each_waited_for(run: Runner) -> None:
    finished = run("mapped")
    assert finished.states == {(name, index): "success" for name in ("create", "wait") for index in range(3)}
    paid = {(each.metadata or {})["airflow_map_index"]: str(each.source_amount) for each in booked()}
    assert paid == {"0": "1.10", "1": "2.20", "2": "3"}


def test_code_of_a_task_pays_by_the_hook(run: Runner) -> None:
    finished = run("hook_code")
    assert finished.state == "success"
    (paid,) = booked()
    assert paid.ref_id == "by-hand"
    (receipt,) = receipts_in(xcom_of("hook_code", "pay", "paxos_receipts"))
    assert (receipt["id"], receipt["adopted"]) == (paid.id, False)


def test_a_lost_payment_fails_or_skips_the_sensor_as_asked(run: Runner) -> None:
    finished = run("lost")
    assert finished.states == {("create", -1): "success", ("fails", -1): "failed", ("skips", -1): "skipped"}


@pytest.mark.parametrize("dag_id", ["create_and_sense", "wait_for_completion", "mapped", "hook_code"])
def test_a_run_that_is_cleared_books_nothing_new(run: Runner, paxos: RunningEmulator, dag_id: str) -> None:
    first = run(dag_id, amount="100.25")
    before = paxos.accepted_creates()
    second = run(dag_id, amount="100.25")
    assert (first.id, first.state, second.state) == (second.id, "success", "success")
    assert paxos.accepted_creates() == before


def test_a_lost_answer_books_once(run: Runner, paxos: RunningEmulator) -> None:
    paxos.fault("drop_after", method="POST", path="/v2/orchestration")
    assert run("create_and_sense", amount="100.25").state == "success"
    assert [len(ids) for ids in paxos.accepted_creates().values()] == [1]


def test_an_amount_that_was_changed_between_tries_is_refused_with_both_amounts(
    run: Runner, paxos: RunningEmulator, capsys: pytest.CaptureFixture[str]
) -> None:
    run("create_and_sense", amount="100.25")
    capsys.readouterr()
    again = run("create_and_sense", amount="250")
    assert again.states == {("create", -1): "failed", ("wait", -1): "upstream_failed"}
    assert "source_amount: asked for 250, exists with 100.25" in capsys.readouterr().out
    assert [len(ids) for ids in paxos.accepted_creates().values()] == [1]


@pytest.mark.parametrize(
    ("amount", "creates"), [("1e3", 0), ("99000000", 2)], ids=["wrong in itself", "more than there is"]
)
def test_airflow_retries_only_what_a_retry_may_mend(
    run: Runner, dags: dict[str, DAG], paxos: RunningEmulator, amount: str, creates: int
) -> None:
    create: Any = dags["create_and_sense"].get_task("create")
    create.retries = 1
    finished = run("create_and_sense", amount=amount)
    assert finished.states["create", -1] == "failed"
    assert [each["status"] for each in paxos.journal() if each.get("path") == CREATE and each["method"] == "POST"] == [
        403
    ] * creates
