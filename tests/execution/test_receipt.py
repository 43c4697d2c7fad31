"""CreateOrchestrationOperator leaves a receipt in the XCom ``orchestration``, however the task ends."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from airflow_provider_paxos.api.errors import ServiceUnavailable
from airflow_provider_paxos.version_compat import AirflowFailException
from tests.fake_paxos import BROKEN, FakePaxos, problem
from tests.fixtures import Create, CreateBatch, Define
from tests.task_instance import TaskDeferred, TaskInstance, resume, run

TERMINAL = {"terminal": [{"id": "orchestration-1", "status": "COMPLETED", "reason": None}]}


def left_by(ti: TaskInstance) -> dict[str, Any]:
    return dict(ti.xcom_pull(task_ids="create", key="orchestration", map_indexes=-1))


def test_it_says_whether_the_orchestration_was_adopted(create: Create, paxos: FakePaxos) -> None:
    first, second = TaskInstance(), TaskInstance(try_number=2)
    run(create(), first)
    run(create(), second)

    assert (left_by(first)["adopted"], left_by(second)["adopted"]) == (False, True)


def test_it_says_when_it_was_read(create: Create, paxos: FakePaxos) -> None:
    ti = TaskInstance()
    before = datetime.now(UTC).replace(microsecond=0)
    run(create(), ti)

    assert before <= datetime.fromisoformat(left_by(ti)["read_at"]) <= datetime.now(UTC)


def test_after_a_wait_it_still_says_whether_the_orchestration_was_adopted(create: Create, paxos: FakePaxos) -> None:
    ti, task = TaskInstance(), create(wait_for_completion=True, deferrable=True)
    with pytest.raises(TaskDeferred) as deferred:
        run(task, ti)
    paxos.end("orchestration-1", "COMPLETED")
    resume(task, ti, event=TERMINAL, **(deferred.value.kwargs or {}))

    assert (left_by(ti)["status"], left_by(ti)["adopted"]) == ("COMPLETED", False)


def test_the_pattern_of_the_dashboard_is_left_beside_it(
    create: Create, paxos: FakePaxos, define_connection: Define
) -> None:
    define_connection(extra={"dashboard_url": "https://dashboard.paxos.com/{id}"})
    ti, silent = TaskInstance(), TaskInstance()
    run(create(), ti)
    run(create(do_xcom_push=False), silent)

    assert ti.xcom_pull(task_ids="create", key="paxos_dashboard", map_indexes=-1) == "https://dashboard.paxos.com/{id}"
    assert silent.xcoms == {}


def test_a_batch_leaves_it_as_well(create_batch: CreateBatch, paxos: FakePaxos, define_connection: Define) -> None:
    define_connection(extra={"dashboard_url": "https://dashboard.paxos.com/{id}"})
    ti = TaskInstance(task_id="settle")
    run(create_batch(), ti)

    assert ti.xcoms["paxos_dashboard"] == '"https://dashboard.paxos.com/{id}"'


def test_one_that_has_failed_before_is_left_whole(create: Create, paxos: FakePaxos) -> None:
    paxos.add(1, status="FAILED", fail_reason={"detail": "account closed"})
    ti = TaskInstance()
    with pytest.raises(AirflowFailException):
        run(create(), ti)

    assert (left_by(ti)["id"], left_by(ti)["status"]) == ("orchestration-1", "FAILED")
    assert left_by(ti)["fail_reason"] == {"detail": "account closed"}


@pytest.mark.usefixtures("naps")
@pytest.mark.parametrize(
    ("answer", "raised", "expected"),
    [
        (problem(403, "insufficient-funds", needed="100.25", available="7"), Exception, "Paxos did not accept"),
        (BROKEN, ServiceUnavailable, "Whether Paxos accepted the orchestration is unknown"),
    ],
)
def test_an_error_leaves_what_was_asked_for_and_what_is_known_of_the_money(
    create: Create, paxos: FakePaxos, answer: Any, raised: type[Exception], expected: str
) -> None:
    paxos.always["create"] = answer
    ti = TaskInstance()
    with pytest.raises(raised):
        run(create(), ti)

    receipt = left_by(ti)
    assert expected in receipt["error"]
    assert (receipt["ref_id"], receipt["source_amount"], receipt["source_asset"]) == ("settle-1", "100.25", "USD")
    assert "id" not in receipt
