"""The batch at work: run by Airflow, against a local Paxos, over HTTP."""

from __future__ import annotations

import json

import pytest

from airflow_provider_paxos.emulator.auth import TOKEN_PREFIX
from airflow_provider_paxos.emulator.server import RunningEmulator
from tests.airflow_runs.conftest import Runner
from tests.airflow_runs.test_runs import CREATE, booked


def test_a_batch_is_settled_from_the_triggerer_and_from_the_worker(run: Runner, paxos: RunningEmulator) -> None:
    finished = run("batch")
    assert finished.states == {("due", -1): "success", ("deferred", -1): "success", ("on_the_worker", -1): "success"}
    assert [paid.status for paid in booked()] == ["COMPLETED"] * 60
    assert [len(ids) for ids in paxos.accepted_creates().values()] == [1] * 60


def test_metadata_leads_back_to_the_payment(run: Runner) -> None:
    run("mapped_batches")
    metadata = [paid.metadata or {} for paid in booked()]
    assert {(each["airflow_map_index"], each["airflow_payment_key"]) for each in metadata} == {
        (index, key) for index in "01" for key in ("payment-1", "payment-2")
    }


def test_payments_and_ref_ids_may_be_templates(run: Runner) -> None:
    assert run("batch_by_template").state == "success"
    assert sorted(str(paid.ref_id) for paid in booked()) == [f"settle-2026-11-20-payment-{n}" for n in (1, 2, 3)]


@pytest.mark.parametrize("dag_id", ["batch", "batch_by_template", "mapped_batches"])
def test_a_run_that_is_cleared_books_nothing_new(run: Runner, paxos: RunningEmulator, dag_id: str) -> None:
    run(dag_id)
    before, asked = paxos.accepted_creates(), len(creates(paxos))
    assert run(dag_id).state == "success"
    assert paxos.accepted_creates() == before
    assert len(creates(paxos)) == asked


def test_a_failed_payment_fails_the_task_without_retries_or_is_reported(
    run: Runner, paxos: RunningEmulator, capsys: pytest.CaptureFixture[str]
) -> None:
    finished = run("batch_with_a_failing_payment")
    assert (finished.states["fails", -1], finished.states["reports", -1]) == ("failed", "success")
    assert finished.states["check", -1] == "success"
    assert "1 of 3 payments have failed." in capsys.readouterr().out
    assert len(creates(paxos)) == 6


def test_answers_that_are_lost_book_once(run: Runner, paxos: RunningEmulator) -> None:
    paxos.fault("drop_after", method="POST", path="/v2/orchestration", times=5)
    assert run("batch").state == "success"
    assert [len(ids) for ids in paxos.accepted_creates().values()] == [1] * 60


def test_the_token_is_nowhere_in_what_the_log_says(
    run: Runner, paxos: RunningEmulator, capsys: pytest.CaptureFixture[str]
) -> None:
    run("batch_by_template")
    assert TOKEN_PREFIX not in json.dumps(capsys.readouterr())


def creates(paxos: RunningEmulator) -> list[object]:
    """Return the requests to create."""
    return [each for each in paxos.journal() if each.get("path") == CREATE and each["method"] == "POST"]
