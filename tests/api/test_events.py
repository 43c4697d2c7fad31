"""Events: listed to the last page, and read for what they are about."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_provider_paxos.api.errors import InvalidRequest, MissingScope
from airflow_provider_paxos.api.events import Event, Events
from tests.api.script import Script, answer, query_of

EVENT: dict[str, Any] = {
    "id": "e-1",
    "type": "orchestration.completed",
    "object_type": "orchestration_status_change",
    "object": {"id": "o-1", "ref_id": "r", "status": "COMPLETED", "orchestration_rule_id": "rule-1"},
    "created_at": "2026-07-01T14:15:22.648489333Z",
    "undelivered_webhooks": 0,
}


def listed(script: Script, **filters: Any) -> list[Event]:
    return script.run(script.part(Events).pages(**filters).rest())


def one(**but: Any) -> Event:
    return listed(Script(answer({"events": [{**EVENT, **but}], "next_page_cursor": ""})))[0]


def test_it_is_listed_to_the_last_page() -> None:
    pages = [answer({"events": [{**EVENT, "id": f"e-{n}"}], "next_page_cursor": f"c{n}"}) for n in range(3)]
    script = Script(*pages, answer({"events": [], "next_page_cursor": ""}))

    assert [each.id for each in listed(script, limit=100)] == ["e-0", "e-1", "e-2"]
    assert [dict(query_of(sent)).get("page_cursor") for sent in script.sent] == [None, "c0", "c1", "c2"]


def test_it_names_the_orchestration_and_its_rule() -> None:
    assert (one().orchestration_id, one().orchestration_rule_id) == ("o-1", "rule-1")


@pytest.mark.parametrize(
    "but", [{"type": "identity.approved"}, {"object": None}, {"object": []}, {"object": {"id": 7}}]
)
def test_what_is_about_nothing_of_ours_names_none(but: dict[str, Any]) -> None:
    assert one(**but).orchestration_id is None


def test_nanoseconds_are_read() -> None:
    moment = one().created_at

    assert moment is not None
    assert moment.microsecond == 648489


@pytest.mark.parametrize("filters", [{"limit": 101}, {"type": ["a", "b"]}, {"types": "a"}])
def test_what_the_list_does_not_take_is_refused_before_anything_is_sent(filters: dict[str, Any]) -> None:
    script = Script()

    with pytest.raises(InvalidRequest):
        listed(script, **filters)
    assert script.steps == []


def test_without_the_scope_nothing_is_sent() -> None:
    script = Script()

    with pytest.raises(MissingScope, match="List Events: it needs events:read_event"):
        script.run(script.part(Events, []).pages().rest())
    assert script.steps == []
