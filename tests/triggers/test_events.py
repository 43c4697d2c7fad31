"""What whoever resumes takes from an event: it fails closed on all that it does not understand."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_provider_paxos.api.errors import WaitAborted
from airflow_provider_paxos.triggers.orchestration import LISTED_ENDS, ended_all, ended_id, ended_ids
from tests.hooks.fake_paxos import FakePaxos
from tests.triggers.running import completed, fired, trigger

COUNTS = {"ended": {"COMPLETED": 990, "FAILED": 10}}


def test_a_list_of_ends_names_their_ids() -> None:
    assert ended_ids(completed("a", "b")) == ["a", "b"]


def test_a_single_end_is_the_one_that_was_waited_for() -> None:
    assert ended_id(completed("a")) == "a"
    with pytest.raises(WaitAborted, match="does not understand"):
        ended_id(completed("a", "b"))


@pytest.mark.parametrize(("event", "number"), [(completed("a", "b"), 2), (COUNTS, 1000)])
def test_all_have_ended_if_the_number_is_right(event: Any, number: int) -> None:
    ended_all(event, number)


@pytest.mark.parametrize(
    ("event", "number"),
    [
        (completed("a"), 2),
        (COUNTS, 999),
        ({"ended": {}}, 0),
        ({"ended": []}, 0),
        ({"ended": {"COMPLETED": "2"}}, 2),
        ({"ended": {"COMPLETED": True}}, 1),
        ({"ended": {"COMPLETED": 3, "FAILED": -1}}, 2),
        ({"ended": {"COMPLETED": 2.0}}, 2),
        ({"ended": "ab"}, 2),
        ({"finished": {"COMPLETED": 2}}, 2),
        ([], 0),
        (None, 0),
    ],
)
def test_they_have_not_if_it_is_another_or_is_not_understood(event: Any, number: int) -> None:
    with pytest.raises(WaitAborted, match="does not understand"):
        ended_all(event, number)


@pytest.mark.parametrize("take", [ended_ids, ended_id, lambda event: ended_all(event, 1)])
def test_a_fault_is_raised_with_its_cause(take: Any) -> None:
    with pytest.raises(WaitAborted, match="revoked"):
        take({"fault": "revoked", **completed("a")})


@pytest.mark.parametrize("event", [COUNTS, {"ended": []}, {"ended": [{"id": ""}]}, {"ended": ["a"]}, {}, None, "a"])
def test_no_ids_are_taken_from_what_tells_none(event: Any) -> None:
    with pytest.raises(WaitAborted, match="does not understand"):
        ended_ids(event)


def test_an_event_names_up_to_a_hundred_ends_and_counts_more(paxos: FakePaxos) -> None:
    ids = [paxos.add(number, status="FAILED" if number < 10 else "COMPLETED") for number in range(LISTED_ENDS + 1)]
    assert len(ended_ids(fired(trigger(orchestration_ids=ids[1:])))) == LISTED_ENDS
    event = fired(trigger(orchestration_ids=ids))
    assert event == {"ended": {"COMPLETED": 91, "FAILED": 10}}
    ended_all(event, len(ids))
