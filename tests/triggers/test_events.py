"""The checks of an event before a task resumes: they fail closed on all that they do not understand."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_provider_paxos.api.errors import WaitAborted
from airflow_provider_paxos.triggers.events import MAX_LISTED, require_all_terminal, terminal_id, terminal_ids
from tests.fake_paxos import FakePaxos
from tests.triggers.running import completed, fired, trigger

COUNTS = {"terminal": {"COMPLETED": 990, "FAILED": 10}}


def test_a_list_of_terminal_orchestrations_holds_their_ids() -> None:
    assert terminal_ids(completed("a", "b")) == ["a", "b"]


def test_a_single_terminal_orchestration_is_the_one_that_was_waited_for() -> None:
    assert terminal_id(completed("a")) == "a"
    with pytest.raises(WaitAborted, match="does not understand"):
        terminal_id(completed("a", "b"))


@pytest.mark.parametrize(("event", "number"), [(completed("a", "b"), 2), (COUNTS, 1000)])
def test_all_are_terminal_if_the_number_is_right(event: Any, number: int) -> None:
    require_all_terminal(event, number)


@pytest.mark.parametrize(
    ("event", "number"),
    [
        (completed("a"), 2),
        (COUNTS, 999),
        ({"terminal": {}}, 0),
        ({"terminal": []}, 0),
        ({"terminal": {"COMPLETED": "2"}}, 2),
        ({"terminal": {"COMPLETED": True}}, 1),
        ({"terminal": {"COMPLETED": 3, "FAILED": -1}}, 2),
        ({"terminal": {"COMPLETED": 2.0}}, 2),
        ({"terminal": "ab"}, 2),
        ({"finished": {"COMPLETED": 2}}, 2),
        ([], 0),
        (None, 0),
    ],
)
def test_they_are_not_if_it_is_another_or_is_not_understood(event: Any, number: int) -> None:
    with pytest.raises(WaitAborted, match="does not understand"):
        require_all_terminal(event, number)


@pytest.mark.parametrize("take", [terminal_ids, terminal_id, lambda event: require_all_terminal(event, 1)])
def test_an_error_is_raised_with_its_cause(take: Any) -> None:
    with pytest.raises(WaitAborted, match="revoked"):
        take({"error": "revoked", **completed("a")})


@pytest.mark.parametrize(
    "event", [COUNTS, {"terminal": []}, {"terminal": [{"id": ""}]}, {"terminal": ["a"]}, {}, None, "a"]
)
def test_no_ids_are_taken_from_an_event_without_any(event: Any) -> None:
    with pytest.raises(WaitAborted, match="does not understand"):
        terminal_ids(event)


def test_an_event_lists_up_to_a_hundred_orchestrations_and_counts_more(paxos: FakePaxos) -> None:
    ids = [paxos.add(number, status="FAILED" if number < 10 else "COMPLETED") for number in range(MAX_LISTED + 1)]
    assert len(terminal_ids(fired(trigger(orchestration_ids=ids[1:])))) == MAX_LISTED
    event = fired(trigger(orchestration_ids=ids))
    assert event == {"terminal": {"COMPLETED": 91, "FAILED": 10}}
    require_all_terminal(event, len(ids))
