"""OrchestrationSensor: what it waits for, and what it returns."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from airflow.sdk import DAG, task

from airflow_provider_paxos.sensors.orchestration import OrchestrationSensor
from airflow_provider_paxos.triggers.orchestration import OrchestrationTrigger
from airflow_provider_paxos.version_compat import AirflowFailException
from tests.fake_paxos import FakePaxos
from tests.fixtures import ID, Define, Logged, Sensor
from tests.task_instance import TaskDeferred, TaskInstance, resume, run

TERMINAL = {"terminal": [{"id": ID, "status": "COMPLETED", "reason": None}]}
ONE_OF = "wait: give one of orchestration_id, ref_id and orchestration_rule_id"


@pytest.mark.parametrize(
    "which",
    [
        {},
        {"orchestration_id": ID, "ref_id": "settle-1"},
        {"orchestration_id": ID, "orchestration_rule_id": "r-1", "since": "2026-11-26T00:00:00Z"},
        {"ref_id": "settle-1", "orchestration_rule_id": "r-1", "since": "2026-11-26T00:00:00Z"},
    ],
)
def test_it_wants_exactly_one_of_id_ref_id_and_rule(which: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=ONE_OF):
        OrchestrationSensor(task_id="wait", **which)


def test_what_it_waits_for_and_the_connection_are_templated() -> None:
    assert set(OrchestrationSensor.template_fields) == {
        "orchestration_id",
        "ref_id",
        "orchestration_rule_id",
        "since",
        "count",
        "paxos_conn_id",
    }


@pytest.mark.parametrize("value", ["", "None", None, 7, "two\nlines"])
@pytest.mark.parametrize("name", ["orchestration_id", "ref_id"])
@pytest.mark.parametrize("how", [{}, {"deferrable": False}, {"soft_fail": True}])
def test_what_renders_to_no_id_fails_before_any_request_and_is_never_skipped(
    paxos: FakePaxos, name: str, value: object, how: dict[str, bool]
) -> None:
    sensor: Any = OrchestrationSensor(task_id="wait", **{name: "{{ rendered_later }}"}, **how)
    setattr(sensor, name, value)
    context: Any = {"ti": TaskInstance(task_id="wait")}
    with pytest.raises(AirflowFailException, match=r"identifies no orchestration. No request was sent to Paxos"):
        sensor.execute(context)
    assert paxos.asked == []


@pytest.mark.parametrize("deferrable", [True, False])
@pytest.mark.parametrize("which", [{"orchestration_id": ID}, {"ref_id": "settle-1"}])
def test_what_is_terminal_already_is_returned_at_the_first_poke(
    paxos: FakePaxos, sensor: Sensor, deferrable: bool, which: dict[str, str]
) -> None:
    paxos.add(1, status="COMPLETED", source_amount="12345678901234567.890")
    found = run(sensor(**which, deferrable=deferrable))
    assert (found["id"], found["status"], found["source_amount"]) == (ID, "COMPLETED", "12345678901234567.890")
    assert paxos.calls() == ["list"]


class TestAnIdInCapitals:
    """Paxos' ids are lower case; a person may paste one from elsewhere."""

    UUID = "0191b6a2-7c3d-7e4f-8a1b-2c3d4e5f6a7b"

    @pytest.mark.parametrize("deferrable", [True, False])
    def test_it_is_the_same_id(self, paxos: FakePaxos, sensor: Sensor, deferrable: bool) -> None:
        paxos.add(1, status="COMPLETED", id=self.UUID)
        found = run(sensor(orchestration_id=self.UUID.upper(), deferrable=deferrable, timeout=0))
        assert found["id"] == self.UUID

    def test_it_is_so_in_the_triggerer_and_after_the_wait(self, paxos: FakePaxos, sensor: Sensor) -> None:
        paxos.add(1, id=self.UUID)
        waiting = sensor(orchestration_id=self.UUID.upper())
        with pytest.raises(TaskDeferred) as deferred:
            run(waiting)
        assert deferred.value.trigger.serialize()[1]["orchestration_ids"] == [self.UUID]
        paxos.end(self.UUID, "COMPLETED")
        event = {"terminal": [{"id": self.UUID, "status": "COMPLETED", "reason": None}]}
        assert resume(waiting, event=event)["status"] == "COMPLETED"


def test_the_log_holds_a_receipt(paxos: FakePaxos, sensor: Sensor, logged: Logged) -> None:
    paxos.add(1, status="COMPLETED")
    run(sensor())
    for fact in ("settle-1", ID, "100.25 USD to USDG", "profile-b", "COMPLETED"):
        assert fact in logged()


def test_it_takes_the_connection_that_it_is_given(paxos: FakePaxos, sensor: Sensor, define_connection: Define) -> None:
    define_connection("paxos_eu", extra={"environment": "production"})
    paxos.add(1, status="COMPLETED")
    run(sensor(paxos_conn_id="{{ 'paxos_eu' }}"))
    assert paxos.only("list").url.startswith("https://api.paxos.com/v2/")


def test_what_is_rendered_is_waited_for(paxos: FakePaxos, sensor: Sensor) -> None:
    paxos.add(1, status="COMPLETED", ref_id="settle-2026-11-21")
    assert run(sensor(ref_id="settle-{{ ds }}"))["id"] == ID


@pytest.mark.parametrize(
    ("which", "ids", "ref_ids"), [({"orchestration_id": ID}, [ID], []), ({"ref_id": "settle-1"}, [], ["settle-1"])]
)
def test_by_default_it_waits_in_the_triggerer(
    paxos: FakePaxos, sensor: Sensor, which: dict[str, str], ids: list[str], ref_ids: list[str]
) -> None:
    paxos.add(1)
    with pytest.raises(TaskDeferred) as deferred:
        run(sensor(**which, poke_interval=7, timeout=25))
    assert isinstance(deferred.value.trigger, OrchestrationTrigger)
    assert deferred.value.trigger.serialize()[1] == {
        "paxos_conn_id": "paxos_default",
        "orchestration_ids": ids,
        "ref_ids": ref_ids,
        "poll_interval": 7.0,
        "silent_fail": False,
        "progress": True,
    }
    assert (deferred.value.method_name, deferred.value.timeout) == ("execute_complete", timedelta(seconds=25))


def test_without_a_poke_interval_the_age_decides_while_deferred(paxos: FakePaxos, sensor: Sensor) -> None:
    paxos.add(1)
    with pytest.raises(TaskDeferred) as deferred:
        run(sensor())
    assert deferred.value.trigger.serialize()[1]["poll_interval"] is None
    assert sensor().poke_interval == 10.0


def test_timedeltas_count_as_seconds_while_deferred_as_well(paxos: FakePaxos, sensor: Sensor) -> None:
    paxos.add(1)
    with pytest.raises(TaskDeferred) as deferred:
        run(sensor(poke_interval=timedelta(minutes=1), timeout=timedelta(hours=1)))
    assert deferred.value.timeout == timedelta(hours=1)
    assert deferred.value.trigger.serialize()[1]["poll_interval"] == 60.0


def test_a_ref_id_that_does_not_exist_yet_is_waited_for(paxos: FakePaxos, sensor: Sensor) -> None:
    with pytest.raises(TaskDeferred):
        run(sensor(ref_id="settle-1"))


def test_resumed_it_returns_the_final_orchestration_read_afresh(paxos: FakePaxos, sensor: Sensor) -> None:
    paxos.add(1, status="COMPLETED")
    assert resume(sensor(), event=TERMINAL)["status"] == "COMPLETED"
    assert paxos.calls() == ["get"]


def test_a_mapped_instance_waits_for_its_own_orchestration(paxos: FakePaxos) -> None:
    one, two = paxos.add(1, status="COMPLETED"), paxos.add(2, status="COMPLETED")
    with DAG("payments", schedule=None):
        mapped = OrchestrationSensor.partial(task_id="wait").expand(orchestration_id=[one, two])
    found = [run(mapped.unmap({"orchestration_id": each}))["id"] for each in (one, two)]
    assert found == [one, two]


@task
def result_of_another_task() -> Any:
    """Stand for whatever a task returns."""


@pytest.mark.parametrize("name", ["orchestration_id", "ref_id"])
def test_another_tasks_result_is_waited_for(sensor: Sensor, name: str) -> None:
    with DAG("payments", schedule=None):
        result = result_of_another_task()
        waiting = OrchestrationSensor(task_id="wait", **{name: result})
    assert waiting.upstream_task_ids == {"result_of_another_task"}


@pytest.mark.parametrize(
    ("which", "expected"),
    [({"orchestration_id": ID}, "orchestration orchestration-1"), ({"ref_id": "s-1"}, "ref_id s-1")],
)
def test_killed_it_says_that_the_orchestration_goes_on(
    sensor: Sensor, logged: Logged, which: dict[str, str], expected: str
) -> None:
    sensor(**which).on_kill()
    assert f"No longer waiting for {expected}. Paxos cannot cancel it: it goes on." in logged()


@pytest.mark.parametrize("name", ["orchestration_id", "ref_id"])
@pytest.mark.parametrize("how", [{}, {"deferrable": False}, {"soft_fail": True}])
def test_a_template_without_a_value_fails_before_any_request_and_is_never_skipped(
    paxos: FakePaxos, name: str, how: dict[str, bool]
) -> None:
    sensor = OrchestrationSensor(task_id="wait", **{name: "settle-{{ params.nothing }}"}, **how)
    with pytest.raises(AirflowFailException, match=rf"^{name}: .* yields None"):
        run(sensor, TaskInstance(task_id="wait"), params={"nothing": None})
    assert paxos.asked == []
