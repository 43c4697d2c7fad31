from __future__ import annotations

import re
from typing import Any
from uuid import uuid4

import pytest

from airflow_provider_paxos.emulator.lifecycle import FAILED_DESTINATION, PENDING_DESTINATION, REJECTED_DESTINATION
from tests.emulator.conftest import Api


@pytest.fixture
def four_events(api: Api) -> list[tuple[str, str]]:
    """The events of four orchestrations with different outcomes."""
    for name, account in (
        ("good", "b"),
        ("bad", FAILED_DESTINATION),
        ("rejected", REJECTED_DESTINATION),
        ("pending", PENDING_DESTINATION),
    ):
        api.created(name, destination={"fiat": {"bank_account_id": account}})
    api.advance(6)
    return [(event["type"], event["object"]["ref_id"]) for event in api.http.get("/v2/events").json()["events"]]


def test_events_are_of_processing_completed_and_failed_but_not_of_approvals(four_events: list[tuple[str, str]]) -> None:
    assert four_events == [
        ("orchestration.processing", "good"),
        ("orchestration.processing", "bad"),
        ("orchestration.completed", "good"),
        ("orchestration.failed", "bad"),
    ]


def test_an_event_names_its_orchestration_and_its_status(api: Api) -> None:
    created = api.created()
    (event,) = api.http.get("/v2/events").json()["events"]
    assert event["object_type"] == "orchestration_status_change"
    assert event["object"] == {"id": created["id"], "ref_id": "pay-1", "status": "PROCESSING"}
    assert api.http.get(f"/v2/events/{event['id']}").json() == event


@pytest.mark.parametrize(
    ("params", "found"),
    [
        ({"type": "orchestration.failed"}, ["bad"]),
        ({"order": "DESC", "limit": 1}, ["bad"]),
        ({"is_test": "true"}, []),
        ({"created_at.lt": "2020-01-01T00:00:00Z"}, []),
    ],
    ids=str,
)
def test_events_are_filtered(api: Api, four_events: object, params: dict[str, Any], found: list[str]) -> None:
    events = api.http.get("/v2/events", params=params).json()["events"]
    assert [event["object"]["ref_id"] for event in events] == found


def test_events_come_in_pages(api: Api, four_events: object) -> None:
    first = api.http.get("/v2/events", params={"limit": 3}).json()
    second = api.http.get("/v2/events", params={"limit": 3, "page_cursor": first["next_page_cursor"]}).json()
    assert len(second["events"]) == 1
    assert "next_page_cursor" not in second


def test_at_most_a_hundred_events_come_at_once(api: Api) -> None:
    answer = api.http.get("/v2/events", params={"limit": 101})
    assert (answer.status_code, answer.json()["detail"]) == (400, "limit must be between 1 and 100")


def test_is_test_is_true_or_false(api: Api) -> None:
    assert api.http.get("/v2/events", params={"is_test": "maybe"}).status_code == 400


def test_an_unknown_or_malformed_event_id_is_refused(api: Api) -> None:
    assert api.http.get(f"/v2/events/{uuid4()}").json() == {"type": "about:blank", "title": "Not Found", "status": 404}
    assert api.http.get("/v2/events/abc").json()["detail"] == "error parsing event id"


def test_events_need_their_scope(api: Api) -> None:
    api.authorize("orchestration:read_orchestration")
    assert "[events:read_event]" in api.http.get("/v2/events").json()["detail"]


def ids_of(api: Api, **params: Any) -> list[str]:
    return [event["id"] for page in api.pages("/v2/events", "events", **params) for event in page]


def burst(api: Api, number: int = 12) -> None:
    """Make an event every second."""
    for _ in range(number):
        api.created(f"burst-{uuid4()}")
        api.advance(1)


def test_the_time_of_an_event_has_nanoseconds(api: Api) -> None:
    api.created()
    (event,) = api.http.get("/v2/events").json()["events"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z", event["created_at"])
    assert ids_of(api, **{"created_at.gte": event["created_at"]}) == [event["id"]]
    assert ids_of(api, **{"created_at.gt": event["created_at"]}) == []


def test_events_can_be_kept_for_a_while_only(api: Api) -> None:
    api.configure(event_retention_seconds=60, settle_seconds=600)
    api.created()
    (event_id,) = ids_of(api)
    api.advance(59)
    assert ids_of(api) == [event_id]
    api.advance(1)
    assert ids_of(api) == []
    assert api.http.get(f"/v2/events/{event_id}").status_code == 404


def test_events_can_be_late(api: Api) -> None:
    api.configure(event_lag_seconds=60, settle_seconds=600)
    api.created()
    assert ids_of(api) == []
    api.advance(60)
    assert len(ids_of(api)) == 1


def test_events_can_show_up_behind_a_cursor_that_has_passed_them(api: Api) -> None:
    api.configure(event_jitter_seconds=30, settle_seconds=600)
    # Each delay is random: of twenty bursts, at least one has an event that comes later than one after it.
    for _ in range(20):
        burst(api)
        early = ids_of(api, limit=1)
        api.advance(30)
        late = ids_of(api, limit=1)
        assert [event_id for event_id in late if event_id in early] == early
        if late[: len(early)] != early:
            return
    pytest.fail("All events showed up in their order.")


def test_events_can_be_listed_as_they_arrive(api: Api) -> None:
    api.configure(event_jitter_seconds=30, event_order="arrival", settle_seconds=600)
    burst(api)
    early = ids_of(api, limit=1)
    api.advance(30)
    late = ids_of(api, limit=1)
    assert late[: len(early)] == early
    times = [event["created_at"] for event in api.http.get("/v2/events").json()["events"]]
    assert times != sorted(times)


def test_an_event_can_be_listed_twice(api: Api) -> None:
    api.configure(event_duplicates="same_id")
    api.created()
    first, second = api.pages("/v2/events", "events", limit=1)
    assert first == second


def test_an_event_can_be_there_twice_with_two_ids(api: Api) -> None:
    api.configure(event_duplicates="new_id")
    api.created()
    first, second = api.http.get("/v2/events").json()["events"]
    assert first["id"] != second["id"]
    assert first["object"] == second["object"]
    assert api.http.get(f"/v2/events/{second['id']}").json() == second
