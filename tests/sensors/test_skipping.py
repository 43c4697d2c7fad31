"""What soft_fail and never_fail turn into a skip, in every mode alike: FAILED, REJECTED and a timeout, nothing else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from airflow_provider_paxos.api import errors
from airflow_provider_paxos.version_compat import AirflowFailException, AirflowSensorTimeout, AirflowSkipException
from tests.fake_paxos import MISSING_SCOPE, UNAUTHORIZED, FakePaxos
from tests.fixtures import ID, Define, Logged, Sensor
from tests.task_instance import TaskDeferred, resume, resume_failed, run

TERMINAL = {"terminal": [{"id": ID, "status": "COMPLETED", "reason": None}]}
End = Callable[..., Any]
ASKED = [{}, {"soft_fail": True}, {"never_fail": True}]
SKIPS = ASKED[1:]


def poke(sensor: Sensor, **but: Any) -> Any:
    return run(sensor(deferrable=False, **but))


def reschedule(sensor: Sensor, **but: Any) -> Any:
    return run(sensor(deferrable=False, mode="reschedule", **but))


def first_poke(sensor: Sensor, **but: Any) -> Any:
    return run(sensor(**but))


def resumed(sensor: Sensor, **but: Any) -> Any:
    return resume(sensor(**but), event=TERMINAL)


def timed_out(sensor: Sensor, **but: Any) -> Any:
    return resume_failed(sensor(**but), "Trigger timeout")


MODES = [poke, reschedule, first_poke, resumed, timed_out]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("asked", SKIPS)
@pytest.mark.parametrize("status", ["FAILED", "REJECTED"])
def test_an_unsuccessful_orchestration_skips_and_the_reason_is_given(
    paxos: FakePaxos, sensor: Sensor, mode: End, asked: dict[str, bool], status: str
) -> None:
    paxos.add(1, status=status, fail_reason={"detail": "account closed"})
    with pytest.raises(AirflowSkipException, match=rf"Skipped.*it is {status}: account closed"):
        mode(sensor, **asked)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("status", ["FAILED", "REJECTED"])
def test_without_them_an_unsuccessful_orchestration_fails_without_retries(
    paxos: FakePaxos, sensor: Sensor, mode: End, status: str
) -> None:
    paxos.add(1, status=status)
    with pytest.raises(AirflowFailException, match=rf"it is {status}.*new ref_id"):
        mode(sensor)


@pytest.mark.parametrize("mode", MODES)
def test_an_unsuccessful_orchestration_is_not_said_to_go_on(
    paxos: FakePaxos, sensor: Sensor, mode: End, logged: Logged
) -> None:
    paxos.add(1, status="FAILED")
    with pytest.raises(AirflowSkipException, match="it is FAILED"):
        mode(sensor, soft_fail=True)
    assert "goes on" not in logged()


TIMING_OUT = [poke, reschedule, timed_out]


@pytest.mark.parametrize("mode", TIMING_OUT)
@pytest.mark.parametrize("asked", SKIPS)
def test_a_timeout_skips(paxos: FakePaxos, sensor: Sensor, mode: End, asked: dict[str, bool]) -> None:
    paxos.add(1)
    with pytest.raises(AirflowSkipException, match=r"^Skipped, as soft_fail or never_fail is set: .*timed out"):
        mode(sensor, timeout=0, **asked)


@pytest.mark.parametrize("mode", TIMING_OUT)
def test_without_them_a_timeout_is_airflows(paxos: FakePaxos, sensor: Sensor, mode: End) -> None:
    paxos.add(1)
    with pytest.raises(AirflowSensorTimeout):
        mode(sensor, timeout=0)


@pytest.mark.parametrize("mode", TIMING_OUT)
@pytest.mark.parametrize("asked", ASKED)
def test_whoever_gives_up_says_that_the_orchestration_goes_on(
    paxos: FakePaxos, sensor: Sensor, mode: End, asked: dict[str, bool], logged: Logged
) -> None:
    paxos.add(1)
    with pytest.raises((AirflowSensorTimeout, AirflowSkipException)):
        mode(sensor, timeout=0, **asked)
    assert "Gave up waiting for orchestration orchestration-1. Paxos cannot cancel it: it goes on." in logged()


def test_a_timeout_while_deferred_polls_once_more(paxos: FakePaxos, sensor: Sensor) -> None:
    paxos.add(1, status="COMPLETED")
    assert timed_out(sensor)["status"] == "COMPLETED"


def wrong_secret(paxos: FakePaxos, define: Define) -> None:
    paxos.secret = "another"


def refused_token(paxos: FakePaxos, define: Define) -> None:
    paxos.always.update({"list": UNAUTHORIZED, "get": UNAUTHORIZED})


def missing_scope(paxos: FakePaxos, define: Define) -> None:
    paxos.always.update({"list": MISSING_SCOPE, "get": MISSING_SCOPE})


def unreachable(paxos: FakePaxos, define: Define) -> None:
    paxos.unreachable = True


def invalid_connection(paxos: FakePaxos, define: Define) -> None:
    define(password=None)


FAULTS = {
    wrong_secret: errors.BadCredentials,
    refused_token: errors.BadCredentials,
    missing_scope: errors.MissingScope,
    invalid_connection: errors.InvalidConnection,
}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("asked", ASKED)
@pytest.mark.parametrize("fault", FAULTS)
def test_a_refusal_is_never_hidden(  # noqa: PLR0917
    paxos: FakePaxos,
    define_connection: Define,
    sensor: Sensor,
    mode: End,
    asked: dict[str, bool],
    fault: Callable[[FakePaxos, Define], None],
) -> None:
    paxos.add(1, status="COMPLETED")
    fault(paxos, define_connection)
    with pytest.raises(FAULTS[fault]):
        mode(sensor, **asked)


@pytest.mark.parametrize("mode", [poke, reschedule, resumed, timed_out])
@pytest.mark.parametrize("asked", SKIPS)
def test_an_unreachable_host_is_never_hidden(
    paxos: FakePaxos, sensor: Sensor, mode: End, asked: dict[str, bool]
) -> None:
    paxos.unreachable = True
    with pytest.raises(errors.Unreachable):
        mode(sensor, timeout=0, **asked)


def test_an_unreachable_host_at_the_first_poke_is_waited_for(paxos: FakePaxos, sensor: Sensor) -> None:
    paxos.unreachable = True
    with pytest.raises(TaskDeferred):
        run(sensor(soft_fail=True))


@pytest.mark.parametrize("mode", TIMING_OUT)
@pytest.mark.parametrize("asked", SKIPS)
def test_a_refusal_that_silent_fail_waits_through_is_not_hidden_by_the_timeout(
    paxos: FakePaxos, sensor: Sensor, mode: End, asked: dict[str, bool]
) -> None:
    paxos.secret = "another"
    with pytest.raises(errors.BadCredentials):
        mode(sensor, timeout=0, silent_fail=True, **asked)


def test_silent_fail_waits_in_the_triggerer_in_spite_of_a_refusal(
    paxos: FakePaxos, sensor: Sensor, logged: Logged
) -> None:
    paxos.secret = "another"
    with pytest.raises(TaskDeferred) as deferred:
        run(sensor(silent_fail=True))
    assert deferred.value.trigger.serialize()[1]["silent_fail"] is True
    assert "Error while polling; will retry: Token request" in logged()


@pytest.mark.parametrize("asked", ASKED)
def test_a_trigger_that_crashed_is_never_hidden(paxos: FakePaxos, sensor: Sensor, asked: dict[str, bool]) -> None:
    with pytest.raises(errors.WaitAborted, match="the trigger failed: Trigger failure"):
        resume_failed(sensor(**asked), "Trigger failure")


@pytest.mark.parametrize("asked", ASKED)
@pytest.mark.parametrize(
    "event", [None, {}, {"terminal": []}, {"terminal": [{"id": ID}, {"id": "orchestration-2"}]}, {"status": "success"}]
)
def test_an_event_that_is_not_understood_is_neither_success_nor_skip(
    paxos: FakePaxos, sensor: Sensor, asked: dict[str, bool], event: object
) -> None:
    paxos.add(1, status="COMPLETED")
    with pytest.raises(errors.WaitAborted, match="an event that this version does not understand"):
        resume(sensor(**asked), event=event)


@pytest.mark.parametrize("asked", ASKED)
def test_an_error_of_the_wait_is_neither_success_nor_skip(
    paxos: FakePaxos, sensor: Sensor, asked: dict[str, bool]
) -> None:
    with pytest.raises(errors.WaitAborted, match="ended with an error: no token"):
        resume(sensor(**asked), event={"error": "no token"})


@pytest.mark.parametrize("asked", ASKED)
def test_what_is_reported_as_terminal_but_is_not_is_neither_success_nor_skip(
    paxos: FakePaxos, sensor: Sensor, asked: dict[str, bool]
) -> None:
    paxos.add(1, status="PROCESSING")
    with pytest.raises(errors.StillInProgress, match="a terminal status was reported, but Paxos returns PROCESSING"):
        resume(sensor(**asked), event=TERMINAL)


@pytest.mark.parametrize("asked", SKIPS)
def test_an_error_that_nobody_foresaw_is_not_hidden(
    paxos: FakePaxos, sensor: Sensor, asked: dict[str, bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> Any:
        raise ZeroDivisionError

    monkeypatch.setattr(paxos, "answer", broken)
    with pytest.raises(ZeroDivisionError):
        poke(sensor, **asked)
