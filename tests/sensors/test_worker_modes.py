"""OrchestrationSensor with deferrable=False: the modes poke and reschedule, as Airflow documents them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from airflow_provider_paxos.api import errors
from airflow_provider_paxos.execution import sense_one
from airflow_provider_paxos.version_compat import AirflowSensorTimeout
from airflow_provider_paxos.waiting.watch import Watch
from tests.fake_paxos import BROKEN, UNAUTHORIZED, FakePaxos
from tests.fixtures import ID, Logged, Sensor
from tests.task_instance import AirflowRescheduleException, TaskInstance, run

Plan = Callable[..., None]


@pytest.fixture
def sensor(sensor: Sensor) -> Sensor:
    return lambda **but: sensor(**{"deferrable": False, **but})


@pytest.fixture
def at_nap(naps: list[float], paxos: FakePaxos, monkeypatch: pytest.MonkeyPatch) -> Plan:
    """Do something at each of the naps between two pokes; time passes by naps alone."""

    def plan(*deeds: Callable[[], object]) -> None:
        planned = iter(deeds)

        def nap(seconds: float) -> None:
            naps.append(seconds)
            next(planned, lambda: None)()

        monkeypatch.setattr("time.sleep", nap)

        def clock() -> float:
            return 1000 + sum(naps)

        monkeypatch.setattr("time.monotonic", clock)
        monkeypatch.setattr(sense_one, "Watch", partial(Watch, clock=clock))

    return plan


def test_it_pokes_until_the_orchestration_is_completed(
    paxos: FakePaxos, sensor: Sensor, at_nap: Plan, naps: list[float]
) -> None:
    paxos.add(1, status="PENDING")
    at_nap(lambda: paxos.end(ID, "PROCESSING"), lambda: paxos.end(ID, "COMPLETED"))
    assert run(sensor(poke_interval=7))["status"] == "COMPLETED"
    assert naps == [7, 7]


def test_each_change_of_the_status_is_logged_once(
    paxos: FakePaxos, sensor: Sensor, at_nap: Plan, logged: Logged
) -> None:
    paxos.add(1, status="PENDING")
    at_nap(lambda: None, lambda: paxos.end(ID, "COMPLETED"))
    run(sensor())
    assert logged().count("is PENDING: it awaits an approval at Paxos") == 1


def test_transient_errors_do_not_end_the_wait(paxos: FakePaxos, sensor: Sensor, at_nap: Plan, logged: Logged) -> None:
    paxos.add(1, status="COMPLETED")
    paxos.always["list"] = BROKEN
    at_nap(paxos.always.clear)
    assert run(sensor())["status"] == "COMPLETED"
    assert "Transient error while polling; will retry: " in logged()


def test_a_timeout_is_airflows_and_says_that_the_orchestration_goes_on(
    paxos: FakePaxos, sensor: Sensor, at_nap: Plan, logged: Logged
) -> None:
    paxos.add(1)
    at_nap()
    with pytest.raises(AirflowSensorTimeout):
        run(sensor(timeout=25))
    assert "Gave up waiting for orchestration orchestration-1. Paxos cannot cancel it: it goes on." in logged()


def test_silent_fail_waits_on_after_a_refusal(paxos: FakePaxos, sensor: Sensor, at_nap: Plan) -> None:
    paxos.add(1, status="COMPLETED")
    paxos.always["list"] = UNAUTHORIZED
    at_nap(paxos.always.clear)
    assert run(sensor(silent_fail=True))["status"] == "COMPLETED"


def test_an_id_may_be_unknown_for_a_minute(paxos: FakePaxos, sensor: Sensor, at_nap: Plan) -> None:
    at_nap(lambda: None, lambda: paxos.add(1, status="COMPLETED"))
    assert run(sensor(poke_interval=29))["status"] == "COMPLETED"


def test_an_id_that_stays_unknown_ends_the_wait(paxos: FakePaxos, sensor: Sensor, at_nap: Plan) -> None:
    at_nap()
    with pytest.raises(
        errors.OrchestrationMissing, match=r"id orchestration-1.*no orchestration with this id for 60 s"
    ):
        run(sensor(poke_interval=30))


class TestReschedule:
    """Mode reschedule: each poke is a new process."""

    @pytest.fixture
    def sensor(self, sensor: Sensor) -> Sensor:
        return lambda **but: sensor(**{"mode": "reschedule", **but})

    def rescheduled(self, seconds: float) -> TaskInstance:
        return TaskInstance(task_id="wait", first_reschedule=datetime.now(UTC) - timedelta(seconds=seconds))

    def test_it_frees_the_worker_between_two_pokes(self, paxos: FakePaxos, sensor: Sensor) -> None:
        paxos.add(1)
        before = datetime.now(UTC)
        with pytest.raises(AirflowRescheduleException) as later:
            run(sensor(poke_interval=3600))
        assert timedelta(minutes=59) < later.value.reschedule_date - before < timedelta(minutes=61)

    def test_a_later_poke_returns_the_final_orchestration(self, paxos: FakePaxos, sensor: Sensor) -> None:
        paxos.add(1, status="COMPLETED")
        assert run(sensor(), self.rescheduled(600))["status"] == "COMPLETED"

    def test_the_timeout_counts_from_the_first_poke(self, paxos: FakePaxos, sensor: Sensor) -> None:
        paxos.add(1)
        with pytest.raises(AirflowSensorTimeout):
            run(sensor(timeout=500), self.rescheduled(600))

    def test_at_the_first_poke_an_id_may_be_unknown(self, paxos: FakePaxos, sensor: Sensor) -> None:
        with pytest.raises(AirflowRescheduleException):
            run(sensor())

    @pytest.mark.parametrize(("seconds", "end"), [(30, AirflowRescheduleException), (61, errors.OrchestrationMissing)])
    def test_the_minute_of_an_unknown_id_counts_from_the_first_poke(
        self, paxos: FakePaxos, sensor: Sensor, seconds: float, end: type[Exception]
    ) -> None:
        with pytest.raises(end):
            run(sensor(), self.rescheduled(seconds))
