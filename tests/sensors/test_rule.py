"""OrchestrationSensor with a rule: it waits until so many of the rule's orchestrations are terminal."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from airflow_provider_paxos.api import errors
from airflow_provider_paxos.sensors.orchestration import OrchestrationSensor
from airflow_provider_paxos.sensors.rule_arguments import MOST
from airflow_provider_paxos.triggers.made_by_rule import MadeByRuleTrigger
from airflow_provider_paxos.version_compat import AirflowFailException, AirflowSensorTimeout, AirflowSkipException
from airflow_provider_paxos.waiting import made_by_rule
from airflow_provider_paxos.xcom import unpacked
from tests.fake_paxos import BROKEN, UNAUTHORIZED, FakePaxos
from tests.fixtures import Logged
from tests.task_instance import TaskDeferred, TaskInstance, left_by, resume, resume_failed, run

RULE = "rule-1"
SINCE = "2026-11-26T12:00:00+00:00"
TERMINAL = {"terminal": {"COMPLETED": 2}}


def sensor(**but: Any) -> OrchestrationSensor:
    which = {"orchestration_rule_id": RULE, "since": SINCE, "count": 2}
    return OrchestrationSensor(**{"task_id": "wait", **which, **but})


def make(paxos: FakePaxos, number: int, status: str = "COMPLETED", *, rule: str | None = RULE, minute: int = 0) -> str:
    """Let the rule make an orchestration, some minutes after the moment that is asked for."""
    created = datetime.fromisoformat(SINCE) + timedelta(minutes=minute)
    return paxos.add(number, status=status, orchestration_rule_id=rule, created_at=created.isoformat())


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"since": None}, "orchestration_rule_id needs since"),
        ({"since": "yesterday"}, "since is 'yesterday'; it has to be a time with a time zone"),
        ({"since": "2026-11-26T12:00:00"}, "it has to be a time with a time zone"),
        ({"since": datetime(2026, 11, 26)}, "it has to be a time with a time zone"),
        *[({"count": each}, f"count is {each!r}; it has to be") for each in (0, -1, 1001, True, 2.0, "none", "0")],
        ({"orchestration_rule_id": None, "ref_id": "a", "since": None}, "belong to orchestration_rule_id"),
        ({"orchestration_rule_id": None, "ref_id": "a", "count": 1}, "belong to orchestration_rule_id"),
    ],
)
def test_wrong_arguments_fail_when_the_dag_is_parsed(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        sensor(**wrong)


@pytest.mark.parametrize(
    ("rendered", "message"),
    [
        ({"orchestration_rule_id": "None"}, "identifies no rule"),
        ({"orchestration_rule_id": None}, "identifies no rule"),
        ({"since": "2026-11-26"}, "it has to be a time with a time zone"),
        ({"since": None}, "it has to be a time with a time zone"),
        ({"count": "0"}, "it has to be a whole number from 1 to 1,000"),
        ({"count": "two"}, "it has to be a whole number from 1 to 1,000"),
        ({"count": None}, "it has to be a whole number from 1 to 1,000"),
    ],
)
@pytest.mark.parametrize("how", [{}, {"deferrable": False}, {"soft_fail": True}])
def test_what_renders_to_nothing_usable_fails_before_any_request_and_is_never_skipped(
    paxos: FakePaxos, rendered: dict[str, Any], message: str, how: dict[str, bool]
) -> None:
    one: Any = sensor(**how)
    for name, value in rendered.items():
        setattr(one, name, value)
    context: Any = {"ti": TaskInstance(task_id="wait")}
    with pytest.raises(AirflowFailException, match=f"{message}.* No request was sent to Paxos"):
        one.execute(context)
    assert paxos.asked == []


def test_it_waits_for_as_many_as_one_page_shows() -> None:
    assert made_by_rule.MOST == MOST


@pytest.mark.parametrize("deferrable", [True, False])
def test_what_is_terminal_already_is_returned_at_the_first_poke(paxos: FakePaxos, deferrable: bool) -> None:
    for number in (1, 2, 3):
        make(paxos, number)

    found = run(sensor(deferrable=deferrable))

    assert [each["id"] for each in found] == ["orchestration-1", "orchestration-2"]
    assert {each["source_amount"] for each in found} == {"100.25"}
    assert paxos.calls() == ["list"]


def test_a_poll_is_one_request_for_no_more_than_it_needs(paxos: FakePaxos) -> None:
    with pytest.raises(TaskDeferred):
        run(sensor())

    assert paxos.only("list").query == {
        "orchestration_rule_id": [RULE],
        "status": ["COMPLETED", "FAILED", "REJECTED"],
        "created_at.gte": [SINCE],
        "order": ["ASC"],
        "limit": ["2"],
    }


@pytest.mark.parametrize(
    "other",
    [{"rule": "rule-2"}, {"rule": None}, {"minute": -1}, {"status": "PROCESSING"}, {"status": "SETTLING"}],
)
def test_others_do_not_count_though_paxos_should_ignore_a_filter(paxos: FakePaxos, other: dict[str, Any]) -> None:
    make(paxos, 1)
    make(paxos, 2, **other)
    with pytest.raises(TaskDeferred):
        run(sensor())


def test_by_default_it_waits_in_the_triggerer(paxos: FakePaxos) -> None:
    with pytest.raises(TaskDeferred) as deferred:
        run(sensor(timeout=25, since=datetime(2026, 11, 26, 12, tzinfo=UTC), count="{{ 1 + 1 }}"))

    assert isinstance(deferred.value.trigger, MadeByRuleTrigger)
    assert deferred.value.trigger.serialize()[1] == {
        "paxos_conn_id": "paxos_default",
        "orchestration_rule_id": RULE,
        "since": SINCE,
        "count": 2,
        "poll_interval": 10.0,
        "silent_fail": False,
    }
    assert (deferred.value.method_name, deferred.value.timeout) == ("execute_complete", timedelta(seconds=25))


def test_resumed_it_returns_what_it_reads_afresh(paxos: FakePaxos) -> None:
    ti = TaskInstance(task_id="wait")
    make(paxos, 1)
    make(paxos, 2)

    found = resume(sensor(), ti, event=TERMINAL)

    assert [each["id"] for each in found] == ["orchestration-1", "orchestration-2"]
    assert [(each["id"], each["status"]) for each in left_by(ti)] == [
        ("orchestration-1", "COMPLETED"),
        ("orchestration-2", "COMPLETED"),
    ]


@pytest.mark.parametrize(
    ("event", "message"),
    [
        (TERMINAL, "2 terminal orchestrations of rule rule-1, but Paxos returns 1"),
        ({"error": "Paxos answered 401."}, "Paxos answered 401"),
        ({"done": True}, "does not understand"),
    ],
)
def test_an_event_alone_ends_no_wait(paxos: FakePaxos, event: dict[str, Any], message: str) -> None:
    make(paxos, 1)
    with pytest.raises(errors.WaitAborted, match=message):
        resume(sensor(), event=event)


@pytest.mark.parametrize("status", ["FAILED", "REJECTED"])
def test_one_that_has_not_completed_fails_the_task_and_leaves_the_receipts_of_all(
    paxos: FakePaxos, status: str
) -> None:
    ti = TaskInstance(task_id="wait")
    make(paxos, 1)
    make(paxos, 2, status)

    with pytest.raises(AirflowFailException, match=rf"orchestration-2.*it is {status}"):
        run(sensor(), ti)
    assert [each["status"] for each in left_by(ti)] == ["COMPLETED", status]


def test_soft_fail_skips_it(paxos: FakePaxos) -> None:
    make(paxos, 1, "FAILED")
    with pytest.raises(AirflowSkipException, match="it is FAILED"):
        run(sensor(count=1, soft_fail=True))


def test_a_refused_credential_is_raised_at_once(paxos: FakePaxos) -> None:
    paxos.always["list"] = UNAUTHORIZED
    with pytest.raises(errors.BadCredentials):
        run(sensor(soft_fail=True))


def test_a_timeout_is_airflows_after_a_last_poll(paxos: FakePaxos, logged: Logged) -> None:
    with pytest.raises(AirflowSensorTimeout):
        resume_failed(sensor(), "Trigger timeout")
    assert paxos.calls() == ["list"]
    assert "Gave up waiting for 2 of what rule rule-1 makes" in logged()


def test_on_the_worker_it_polls_until_there_are_enough(
    paxos: FakePaxos, naps: list[float], monkeypatch: pytest.MonkeyPatch, logged: Logged
) -> None:
    ti = TaskInstance(task_id="wait")
    deeds: list[Callable[[], object]] = [
        lambda: make(paxos, 1),
        lambda: paxos.replies["list"].extend([BROKEN] * 10),
        lambda: make(paxos, 2),
    ]

    def nap(seconds: float) -> None:
        naps.append(seconds)
        if seconds == 7 and deeds:
            deeds.pop(0)()

    monkeypatch.setattr("time.sleep", nap)

    found = run(sensor(deferrable=False, poke_interval=7), ti)

    assert [each["id"] for each in found] == ["orchestration-1", "orchestration-2"]
    assert "1 of 2 of rule rule-1 reached a terminal status: COMPLETED 1" in logged()
    assert "Transient error while polling; will retry" in logged()


def test_the_result_and_the_receipts_of_many_are_packed(paxos: FakePaxos) -> None:
    ti = TaskInstance(task_id="wait")
    for number in range(600):
        make(paxos, number)

    found = run(sensor(count=600), ti)

    assert found["records"] == 600
    assert len(unpacked(found)) == len(left_by(ti)) == 600
