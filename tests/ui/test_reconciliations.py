"""The view of reconciliations: the newest summaries, of the Dags that the user may read, whatever was written there."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from airflow_provider_paxos.reconciliation.breaks import Break, Kind
from airflow_provider_paxos.ui.reconciliations import MOST_REPORTS
from airflow_provider_paxos.ui.urls import TaskKey
from tests.reconciliation.builders import NOW as READ_AT
from tests.reconciliation.builders import WINDOW
from tests.reconciliation.test_report import MISSING, NOTE, report
from tests.ui.per_dag import ANN, EVE
from tests.ui.xcoms import NOW, RUN, XComTable

if TYPE_CHECKING:
    from starlette.testclient import TestClient

OWN = TaskKey("settlement", RUN, "reconcile")
Reports = Callable[..., dict[str, Any]]


@dataclass
class Summaries:
    """Leaves summaries, as the operator does."""

    table: XComTable

    def add(self, value: Any, task: TaskKey = OWN, *, minutes_ago: int = 0) -> None:
        self.table.add(task, value, written=NOW - timedelta(minutes=minutes_ago), key="reconciliation")


@pytest.fixture
def summaries(xcoms: XComTable) -> Summaries:
    return Summaries(xcoms)


@pytest.fixture
def shown(ask: Callable[..., Any], summaries: Summaries) -> Reports:
    return lambda: dict(ask("reconciliations"))


def test_a_report_is_shown_as_it_was_left(summaries: Summaries, shown: Reports) -> None:
    summaries.add(
        {**report(MISSING, NOTE, not_checked=("transfers: no scope",)).summary(), "files": ["s3://b/r.jsonl"]}
    )

    (item,) = shown()["items"]

    assert (item["clean"], item["complete"], item["exceptions"], item["orchestrations"]) == (False, True, 1, 3)
    assert (item["since"], item["until"]) == ("2026-11-21T00:00:00Z", "2026-11-22T00:00:00Z")
    assert (item["environment"], item["files"]) == ("sandbox", ["s3://b/r.jsonl"])
    assert item["not_checked"] == ["transfers: no scope"]
    assert item["first_exceptions"] == [
        {
            "kind": "missing",
            "what": "There is none.",
            "what_to_do": Kind.MISSING.what_to_do,
            "ref_id": "settle-1",
            "id": None,
            "profile_id": None,
            "asset": "USD",
            "amount": "1000",
            "status": None,
            "payment_path": "/plugin/paxos?ref_id=settle-1",
        }
    ]
    assert [(each["meant"], each["paxos"], each["fees"]) for each in item["totals"]] == [("1000", "0", None)]
    assert item["task"]["task_id"] == "reconcile"
    assert WINDOW.until < READ_AT


def test_an_incomplete_report_is_never_shown_as_clean(summaries: Summaries, shown: Reports) -> None:
    summaries.add({**report(incomplete=("a page failed",)).summary(), "clean": True})

    (item,) = shown()["items"]

    assert (item["clean"], item["complete"], item["incomplete"]) == (False, False, ["a page failed"])


def test_the_newest_are_shown_first_and_no_more_than_twenty(summaries: Summaries, shown: Reports) -> None:
    for number in range(MOST_REPORTS + 5):
        summaries.add(report().summary(), TaskKey("settlement", f"run-{number}", "reconcile"), minutes_ago=number)

    assert [each["task"]["run_id"] for each in shown()["items"]] == [f"run-{n}" for n in range(MOST_REPORTS)]


def test_a_report_holds_a_hundred_exceptions_at_most(summaries: Summaries, shown: Reports) -> None:
    many = {**report().summary(), "first_exceptions": [Break(Kind.MISSING, "x").to_dict()] * 500}
    summaries.add(many)

    assert len(shown()["items"][0]["first_exceptions"]) == 100


@pytest.mark.parametrize(
    "value", ["no JSON", "x" * 1_100_000, 7, [], {"clean": True}, None, json.dumps({"exceptions": "many"})]
)
def test_what_is_no_summary_is_counted_and_left_out(summaries: Summaries, shown: Reports, value: Any) -> None:
    summaries.add(value)
    summaries.add(json.dumps(report().summary()), TaskKey("settlement", "run-2", "reconcile"))

    answer = shown()

    assert (len(answer["items"]), answer["unreadable"], answer["live"]) == (1, 1, False)


def test_values_of_another_kind_count_as_absent(summaries: Summaries, shown: Reports) -> None:
    odd = {
        "exceptions": True,
        "orchestrations": -1,
        "since": 7,
        "incomplete": "no list",
        "first_exceptions": [7, {"kind": [], "amount": {}, "what": "\ud800"}],
        "totals": [{"profile_id": 7, "meant": []}],
    }
    summaries.add(odd)

    (item,) = shown()["items"]

    assert (item["exceptions"], item["orchestrations"], item["since"], item["incomplete"]) == (0, 0, None, [])
    assert [each["kind"] for each in item["first_exceptions"]] == ["unknown"]
    assert [(each["profile_id"], each["meant"]) for each in item["totals"]] == [("unknown", None)]


def test_a_user_sees_the_reports_of_the_dags_whose_xcoms_the_user_may_read(
    summaries: Summaries, logged_in: Callable[[str], TestClient]
) -> None:
    summaries.add(report().summary())
    summaries.add(report().summary(), TaskKey("payroll", RUN, "reconcile"))

    seen = {
        user: {each["task"]["dag_id"] for each in logged_in(user).get("/paxos/api/reconciliations").json()["items"]}
        for user in (ANN, EVE)
    }

    assert seen == {ANN: {"settlement"}, EVE: {"settlement", "payroll"}}


def test_nobody_sees_a_report_without_being_logged_in(summaries: Summaries, anonymous: TestClient) -> None:
    summaries.add(report().summary())

    assert anonymous.get("/paxos/api/reconciliations").status_code == 401
