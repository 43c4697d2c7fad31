"""MadeByRuleTrigger waits until so many orchestrations of a rule are terminal; see tests/sensors/test_rule.py."""

from __future__ import annotations

import json
from typing import Any

import pytest

from airflow_provider_paxos.triggers.made_by_rule import MadeByRuleTrigger
from tests.fake_paxos import BROKEN, UNAUTHORIZED, FakePaxos
from tests.fixtures import Define, Logged
from tests.triggers.running import fired

SINCE = "2026-11-26T12:00:00+00:00"


@pytest.fixture(autouse=True)
def made(paxos: FakePaxos, waits_pass: None, define_connection: Define) -> FakePaxos:
    """Paxos with three orchestrations of the rule that are in progress."""
    for number in (1, 2, 3):
        paxos.add(number, orchestration_rule_id="r-1", created_at=SINCE)
    return paxos


def trigger(**but: Any) -> MadeByRuleTrigger:
    which = {"orchestration_rule_id": "r-1", "since": SINCE, "count": 2, "poll_interval": 60.0}
    return MadeByRuleTrigger(**{"paxos_conn_id": "paxos_default", **which, **but})


def test_it_polls_until_there_are_enough(made: FakePaxos, logged: Logged) -> None:
    at = {30: lambda: made.end("orchestration-3", "COMPLETED"), 150: lambda: made.end("orchestration-1", "FAILED")}

    assert fired(trigger(), at=at) == {"terminal": {"FAILED": 1, "COMPLETED": 1}}
    assert made.calls() == ["list"] * 3
    assert "1 of 2 of rule r-1 reached a terminal status: COMPLETED 1" in logged()


def test_it_reads_no_more_than_it_needs(made: FakePaxos) -> None:
    for number in (1, 2, 3):
        made.end(f"orchestration-{number}", "COMPLETED")

    assert fired(trigger(count=1)) == {"terminal": {"COMPLETED": 1}}
    assert made.only("list").query["limit"] == ["1"]


def test_the_uuid_of_the_rule_may_be_given_in_any_case(made: FakePaxos) -> None:
    rule = "0f8fad5b-d9cb-469f-a165-70867728950e"
    made.add(4, orchestration_rule_id=rule, created_at=SINCE, status="COMPLETED")

    assert fired(trigger(orchestration_rule_id=rule.upper(), count=1)) == {"terminal": {"COMPLETED": 1}}


def test_a_transient_error_does_not_end_the_wait(made: FakePaxos, logged: Logged) -> None:
    made.replies["list"].extend([BROKEN] * 5)

    at = {90: lambda: [made.end(f"orchestration-{number}", "COMPLETED") for number in (1, 2)]}
    assert fired(trigger(), at=at) == {"terminal": {"COMPLETED": 2}}
    assert "Transient error while polling; will retry" in logged()


def test_another_error_ends_it(made: FakePaxos) -> None:
    made.always["list"] = UNAUTHORIZED

    assert "Paxos answered 401" in fired(trigger())["error"]


def test_a_connection_that_cannot_be_read_for_a_while_does_not_end_the_wait(
    made: FakePaxos, logged: Logged, define_connection: Define, monkeypatch: pytest.MonkeyPatch
) -> None:
    def mend() -> None:
        define_connection()
        for number in (1, 2):
            made.end(f"orchestration-{number}", "COMPLETED")

    at = {90: lambda: monkeypatch.delenv("AIRFLOW_CONN_PAXOS_DEFAULT"), 210: mend}
    assert fired(trigger(), at=at) == {"terminal": {"COMPLETED": 2}}
    assert "Transient error while polling; will retry" in logged()


def test_a_connection_that_was_never_there_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AIRFLOW_CONN_PAXOS_DEFAULT")

    assert "is not defined" in fired(trigger())["error"]


def test_with_silent_fail_it_waits_on(made: FakePaxos, logged: Logged) -> None:
    made.always["list"] = UNAUTHORIZED
    at = {90: lambda: [made.always.clear(), *[made.end(f"orchestration-{each}", "COMPLETED") for each in (1, 2)]]}

    assert fired(trigger(silent_fail=True), at=at) == {"terminal": {"COMPLETED": 2}}
    assert "Error while polling; will retry" in logged()


def test_it_can_be_made_anew_of_what_airflow_stores() -> None:
    path, kwargs = trigger().serialize()
    again: Any = MadeByRuleTrigger(**json.loads(json.dumps(kwargs)))

    assert path == f"{MadeByRuleTrigger.__module__}.{MadeByRuleTrigger.__name__}"
    assert again.serialize() == (path, kwargs)
