"""The feed of changes: each once, though events come twice, late and in any order."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from airflow_provider_paxos.api.events import Event
from airflow_provider_paxos.api.models import Orchestration
from airflow_provider_paxos.waiting.event_feed import OVERLAP, Change, EventFeed

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)


def event(number: int, at: float = 0, kind: str = "completed", **but: Any) -> Event:
    """Return an event of an orchestration, some seconds after NOW."""
    return Event.model_validate(
        {
            "id": f"e-{number}-{at}",
            "type": f"orchestration.{kind}",
            "object": {"id": f"o-{number}", "orchestration_rule_id": "r-1"},
            "created_at": NOW + timedelta(seconds=at),
            **but,
        }
    )


def listed(number: int, status: str) -> Orchestration:
    return Orchestration.model_validate({"id": f"o-{number}", "status": status, "orchestration_rule_id": "r-2"})


def test_a_change_is_named_once_with_its_status_and_its_rule() -> None:
    feed = EventFeed(NOW)

    assert feed.observe([event(1, 1), event(1, 1, id="another")], []).changes == (Change("o-1", "COMPLETED", "r-1"),)
    assert feed.observe([event(1, 1)], []).changes == ()


def test_the_uuid_of_a_rule_is_the_same_in_any_case() -> None:
    rule = "0f8fad5b-d9cb-469f-a165-70867728950e"

    assert Change("o-1", "COMPLETED", rule).may_be_of([rule.upper()])
    assert not Change("o-1", "COMPLETED", rule).may_be_of(["r-2"])


def test_each_status_is_a_change_of_its_own() -> None:
    feed = EventFeed(NOW)
    feed.observe([event(1, 1, "processing")], [])

    assert [each.status for each in feed.observe([event(1, 1, "processing"), event(1, 2, "failed")], []).changes] == [
        "FAILED"
    ]


def test_the_cursor_stays_behind_the_newest_event_and_never_goes_back() -> None:
    feed = EventFeed(NOW)
    assert feed.cursor == NOW - OVERLAP

    assert feed.observe([event(1, 60)], []).cursor == NOW + timedelta(seconds=60) - OVERLAP
    poll = feed.observe([event(2, -500)], [])
    assert (poll.cursor, poll.since) == (NOW + timedelta(seconds=60) - OVERLAP,) * 2


def test_an_event_that_is_late_by_less_than_the_overlap_is_not_missed() -> None:
    feed = EventFeed(NOW)
    feed.observe([event(1, 60)], [])

    assert [each.orchestration_id for each in feed.observe([event(2, -500), event(1, 60)], []).changes] == ["o-2"]


def test_pending_and_rejected_are_taken_from_the_list_once() -> None:
    feed = EventFeed(NOW)

    assert feed.observe([], [listed(1, "PENDING")]).changes == (Change("o-1", "PENDING", "r-2"),)
    assert feed.observe([], [listed(1, "PENDING")]).changes == ()
    assert feed.observe([], [listed(1, "REJECTED")]).changes == (Change("o-1", "REJECTED", "r-2"),)


def test_events_of_other_things_and_without_an_object_are_left_out() -> None:
    other = event(1, 1, type="identity.approved")

    assert EventFeed(NOW).observe([other, event(2, 1, object=None)], []).changes == ()


def test_what_is_remembered_does_not_grow_for_ever() -> None:
    feed = EventFeed(NOW)
    for hour in range(100):
        feed.observe([event(hour, hour * 3600)], [])

    assert len(feed._seen_events) == 1


@settings(max_examples=100, deadline=None)
@given(st.permutations(range(12)), st.lists(st.integers(0, 11), max_size=12), st.integers(1, 5))
def test_in_whatever_order_and_however_often_each_is_named_once(order: list[int], twice: list[int], size: int) -> None:
    feed, named = EventFeed(NOW), []
    shown = [event(number, number * 50) for number in [*order, *twice]]
    for end in range(size, len(shown) + size, size):
        named += feed.observe([each for each in shown[:end] if (each.created_at or NOW) >= feed.cursor], []).changes

    assert sorted(each.orchestration_id for each in named) == sorted(f"o-{number}" for number in range(12))
