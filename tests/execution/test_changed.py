"""changed_orchestrations reads Paxos: what the run's events name, and what no event names, each once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest
from airflow.sdk import Context

from airflow_provider_paxos.execution.changed import changed_orchestrations
from tests.fake_paxos import FakePaxos


def context(*payloads: Any) -> Context:
    """Return the context of a run that asset events have started."""
    events = [SimpleNamespace(extra={"from_trigger": True, "payload": payload}) for payload in payloads]
    return cast("Context", {"triggering_asset_events": {"swept": events}})


def named(*ids: str, **more: Any) -> Mapping[str, Any]:
    return {"changed": len(ids), "orchestration_ids": list(ids), **more}


def since_of(paxos: FakePaxos) -> datetime:
    (since,) = paxos.asked[-1].query["created_at.gte"]
    return datetime.fromisoformat(since)


def test_what_events_name_and_what_none_names_is_returned_once_with_its_status(paxos: FakePaxos) -> None:
    for number, status in enumerate(["COMPLETED", "FAILED", "PROCESSING"], 1):
        paxos.add(number, status=status)
    paxos.unlisted = {"orchestration-3"}

    found = changed_orchestrations(context(named("orchestration-1", "orchestration-3"), named("orchestration-1")))
    assert {each.id: each.status for each in found} == {
        "orchestration-1": "COMPLETED",
        "orchestration-2": "FAILED",
        "orchestration-3": "PROCESSING",
    }
    assert len(found) == 3


def test_a_run_of_the_clock_has_no_event(paxos: FakePaxos) -> None:
    paxos.add(1)

    assert [each.id for each in changed_orchestrations(cast("Context", {}))] == ["orchestration-1"]
    assert paxos.calls() == ["list"]


def test_what_is_not_found_is_missing(paxos: FakePaxos) -> None:
    assert changed_orchestrations(context(named("unknown"))) == []


def test_an_event_that_reports_a_gap_extends_the_look_back(paxos: FakePaxos) -> None:
    changed_orchestrations(context(named(), named(since="2026-01-01T00:00:00+00:00")))

    assert since_of(paxos) == datetime(2026, 1, 1, tzinfo=UTC)


def test_a_later_moment_does_not_shorten_it(paxos: FakePaxos) -> None:
    before = datetime.now(UTC)
    changed_orchestrations(context(named(since=before.isoformat())), lookback=timedelta(hours=6))

    assert since_of(paxos) - before < timedelta(hours=-5)


@pytest.mark.parametrize(
    "payload", [None, [], "text", {"orchestration_ids": "o-1", "since": "yesterday"}, {"since": 7}]
)
def test_an_event_of_another_form_is_a_bell_all_the_same(paxos: FakePaxos, payload: Any) -> None:
    paxos.add(1)

    assert [each.id for each in changed_orchestrations(context(payload))] == ["orchestration-1"]


def test_only_orchestrations_of_the_rules_are_returned(paxos: FakePaxos) -> None:
    paxos.add(1, orchestration_rule_id="r-1")
    paxos.add(2, orchestration_rule_id="r-2")
    paxos.add(3)

    found = changed_orchestrations(context(named("orchestration-3")), orchestration_rule_ids=["r-1", "r-1"])
    assert [each.id for each in found] == ["orchestration-1"]
    assert paxos.asked[1].query["orchestration_rule_id"] == ["r-1"]


RULE = "0f8fad5b-d9cb-469f-a165-70867728950e"


@pytest.mark.parametrize("rule_ids", [RULE, RULE.upper(), [RULE.upper()]], ids=str)
def test_a_rule_may_be_given_alone_and_its_uuid_in_any_case(paxos: FakePaxos, rule_ids: str | list[str]) -> None:
    paxos.add(1, orchestration_rule_id=RULE)
    paxos.add(2)

    found = changed_orchestrations(context(), orchestration_rule_ids=rule_ids)
    assert [each.id for each in found] == ["orchestration-1"]
    assert paxos.only("list").query["orchestration_rule_id"] == [RULE]


def test_more_rules_than_a_request_takes_are_refused(paxos: FakePaxos) -> None:
    with pytest.raises(ValueError, match="holds 101 ids; it holds up to 100"):
        changed_orchestrations(context(), orchestration_rule_ids=[f"r-{number}" for number in range(101)])
    assert paxos.asked == []
