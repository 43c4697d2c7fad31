"""OrchestrationSensor leaves a receipt in the XCom ``orchestration``: what it has last seen, and when."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_provider_paxos.version_compat import AirflowFailException
from tests.fake_paxos import FakePaxos
from tests.fixtures import ID, Define, Sensor
from tests.task_instance import TaskDeferred, TaskInstance, resume, run


def left_by(ti: TaskInstance) -> dict[str, Any]:
    return dict(ti.xcom_pull(task_ids="wait", key="orchestration", map_indexes=-1))


def test_while_it_waits_it_says_as_of_when_the_orchestration_is_in_progress(paxos: FakePaxos, sensor: Sensor) -> None:
    paxos.add(1)
    ti = TaskInstance(task_id="wait")
    with pytest.raises(TaskDeferred):
        run(sensor(), ti)

    assert (left_by(ti)["id"], left_by(ti)["status"]) == (ID, "PROCESSING")
    assert left_by(ti)["read_at"]


def test_after_the_wait_it_holds_the_end(paxos: FakePaxos, sensor: Sensor) -> None:
    paxos.add(1)
    task, ti = sensor(), TaskInstance(task_id="wait")
    with pytest.raises(TaskDeferred):
        run(task, ti)
    paxos.end(ID, "FAILED")
    with pytest.raises(AirflowFailException):
        resume(task, ti, event={"terminal": [{"id": ID, "status": "FAILED", "reason": None}]})

    assert left_by(ti)["status"] == "FAILED"


def test_it_is_written_again_only_when_the_status_changes(paxos: FakePaxos, sensor: Sensor) -> None:
    paxos.add(1)
    task, ti = sensor(deferrable=False), TaskInstance(task_id="wait")
    context: Any = {"ti": ti}
    task.poke(context)
    ti.xcoms.clear()
    task.poke(context)
    assert ti.xcoms == {}

    paxos.end(ID, "COMPLETED")
    task.poke(context)
    assert left_by(ti)["status"] == "COMPLETED"


def test_the_pattern_of_the_dashboard_is_left_at_the_first_poke(
    paxos: FakePaxos, sensor: Sensor, define_connection: Define
) -> None:
    define_connection(extra={"dashboard_url": "https://dashboard.paxos.com/{id}"})
    paxos.add(1)
    task, ti = sensor(deferrable=False), TaskInstance(task_id="wait")
    context: Any = {"ti": ti}
    task.poke(context)
    assert ti.xcoms.pop("paxos_dashboard") == '"https://dashboard.paxos.com/{id}"'
    task.poke(context)
    assert "paxos_dashboard" not in ti.xcoms


def test_none_is_left_where_the_author_wants_no_xcom(paxos: FakePaxos, sensor: Sensor) -> None:
    paxos.add(1, status="COMPLETED")
    ti = TaskInstance(task_id="wait")
    run(sensor(do_xcom_push=False), ti)

    assert ti.xcoms == {}
