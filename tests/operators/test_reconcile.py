"""ReconcileOrchestrationsOperator: what it reads, what it leaves, and when it fails."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from airflow.sdk import DAG

from airflow_provider_paxos.api import errors
from airflow_provider_paxos.execution import reconcile as execution
from airflow_provider_paxos.operators.reconcile import ReconcileOrchestrationsOperator
from airflow_provider_paxos.version_compat import AirflowFailException
from airflow_provider_paxos.xcom import packed
from tests.fake_paxos import Answer, FakePaxos, problem
from tests.fixtures import Logged
from tests.payments import PAYMENT, payment
from tests.reconciliation.builders import orchestration
from tests.task_instance import TaskInstance, run

NOW = datetime.now(UTC)
SINCE = (NOW - timedelta(hours=2)).isoformat()


@dataclass
class Instance(TaskInstance):
    """A task instance that reads what other tasks, and earlier runs of its own, have left."""

    task_id: str = "reconcile"
    elsewhere: dict[tuple[str, str, str], Any] = field(default_factory=dict)
    earlier: Any = None

    def xcom_pull(  # type: ignore[override]
        self,
        *,
        task_ids: str,
        key: str,
        dag_id: str | None = None,
        run_id: str | None = None,
        include_prior_dates: bool = False,
        map_indexes: int | None = None,
    ) -> Any:
        if include_prior_dates:
            assert (task_ids, key, map_indexes) == (self.task_id, "reconciliation_in_progress", self.map_index)
            return self.earlier
        assert key == "orchestration"
        return self.elsewhere.get((str(dag_id), str(run_id), task_ids))

    def left(self, key: str) -> Any:
        return json.loads(self.xcoms[key])


def shown(*ref_ids: str, **fields: Any) -> list[dict[str, Any]]:
    created = {"created_at": (NOW - timedelta(hours=1)).isoformat()}
    return [orchestration(ref_id, **{**created, **fields}).to_dict() for ref_id in ref_ids]


@pytest.fixture
def settled(paxos: FakePaxos) -> FakePaxos:
    """A Paxos that has completed two payments of the window, and has no others."""
    listed(paxos, [*shown("settle-1"), *shown("settle-2", source_amount="7")], [])
    return paxos


def listed(paxos: FakePaxos, *pages: list[dict[str, Any]]) -> None:
    """Let List return these pages, each once; the first one is that of the window."""
    paxos.replies["list"].clear()
    paxos.replies["list"].extend(Answer(200, {"items": page, "next_page_cursor": None}) for page in pages)


def reconcile(**but: Any) -> ReconcileOrchestrationsOperator:
    stated = {"task_id": "reconcile", "profile_ids": ["profile-a"], "since": SINCE}
    return ReconcileOrchestrationsOperator(**{**stated, **but})


MEANT = [payment("settle-1"), payment("settle-2", source_amount="7")]


def test_a_clean_report_leaves_a_summary_and_the_task_succeeds(settled: FakePaxos, logged: Logged) -> None:
    ti = Instance()

    result = run(reconcile(expected=MEANT), ti)

    assert (result["clean"], result["complete"], result["orchestrations"], result["files"]) == (True, True, 2, [])
    assert "first_exceptions" not in result
    assert ti.left("reconciliation")["totals"] == [
        {
            "profile_id": "profile-a",
            "asset": "USD",
            "meant": "107.25",
            "paxos": "107.25",
            "completed": "107.25",
            "fees": "0",
        }
    ]
    assert "2 orchestrations, clean" in logged()


def test_it_sends_nothing_but_reads(settled: FakePaxos) -> None:
    run(reconcile(expected=MEANT), Instance())

    assert settled.calls() == ["list"]


def test_exceptions_fail_the_task_once_they_are_left(settled: FakePaxos, tmp_path: Path) -> None:
    ti = Instance()

    with pytest.raises(AirflowFailException, match="exceptions: 2"):
        run(reconcile(expected=[*MEANT, payment("settle-3", source_amount="1")], report=f"{tmp_path}/a/report"), ti)

    assert [each["kind"] for each in ti.left("reconciliation")["first_exceptions"]] == ["missing", "totals"]
    lines = [json.loads(line) for line in (tmp_path / "a" / "report.jsonl").read_text().splitlines()]
    assert [each["kind"] for each in lines] == ["summary", "missing", "totals"]
    assert "settle-3" in (tmp_path / "a" / "report.txt").read_text()


def test_or_warn_if_the_author_wants_that(settled: FakePaxos, logged: Logged) -> None:
    result = run(reconcile(expected=MEANT[:1], on_exceptions="warn"), Instance())

    assert (result["clean"], result["by_kind"]) == (False, {"not_meant": 1, "totals": 1})
    assert "not_meant" in logged()


def test_the_files_are_named_by_the_result(settled: FakePaxos, tmp_path: Path) -> None:
    result = run(reconcile(report=f"{tmp_path}/{{{{ ds }}}}"), Instance())

    assert [Path(each).name for each in result["files"]] == ["2026-11-21.jsonl", "2026-11-21.txt"]


@pytest.mark.parametrize("on_exceptions", ["fail", "warn"])
def test_an_incomplete_report_is_left_and_fails_the_task(
    paxos: FakePaxos, on_exceptions: str, tmp_path: Path, logged: Logged
) -> None:
    paxos.replies["list"].append(Answer(200, {"items": shown("settle-1"), "next_page_cursor": "c1"}))
    paxos.always["list"] = problem(503)
    ti = Instance()

    with pytest.raises(errors.ServiceUnavailable):
        run(reconcile(expected=MEANT[:1], on_exceptions=on_exceptions, report=f"{tmp_path}/report"), ti)

    left = ti.left("reconciliation")
    assert (left["clean"], left["complete"]) == (False, False)
    assert "INCOMPLETE" in (tmp_path / "report.txt").read_text()
    assert "INCOMPLETE" in logged()


def test_what_no_retry_can_read_fails_the_task_for_good(paxos: FakePaxos) -> None:
    paxos.always["list"] = problem(400)

    with pytest.raises(AirflowFailException):
        run(reconcile(), Instance())


def test_ids_in_progress_are_left_for_the_next_run_and_read_again_by_it(paxos: FakePaxos) -> None:
    listed(paxos, shown("settle-1", status="PROCESSING"))
    first = Instance()
    run(reconcile(usual={"profile": timedelta(days=1)}), first)
    assert first.left("reconciliation_in_progress") == [{"id": "o-settle-1"}]
    old = {"created_at": (NOW - timedelta(days=1)).isoformat(), "status": "FAILED"}
    listed(paxos, [], shown("settle-1", **old), [])
    second = Instance(earlier=packed(first.left("reconciliation_in_progress")))

    with pytest.raises(AirflowFailException, match="unsuccessful"):
        run(reconcile(), second)

    assert ["o-settle-1"] in [each.query.get("orchestration_id") for each in paxos.asked if each.call == "list"]


def test_no_more_ids_are_left_than_an_xcom_may_hold(
    paxos: FakePaxos, monkeypatch: pytest.MonkeyPatch, logged: Logged
) -> None:
    monkeypatch.setattr(execution, "_MOST_IN_PROGRESS", 1)
    listed(paxos, shown("settle-1", "settle-2", status="PROCESSING"))
    ti = Instance()

    run(reconcile(usual={"profile": timedelta(days=1)}, on_exceptions="warn"), ti)

    assert ti.left("reconciliation_in_progress") == [{"id": "o-settle-1"}]
    assert "1 orchestrations in progress do not fit" in logged()


def test_an_author_who_wants_no_xcom_gets_none(settled: FakePaxos) -> None:
    ti = Instance()

    assert run(reconcile(do_xcom_push=False), ti)["clean"]
    assert ti.xcoms == {}


def test_what_an_earlier_run_left_in_another_form_is_ignored(settled: FakePaxos) -> None:
    assert run(reconcile(), Instance(earlier={"packed": "no"}))["clean"]


def test_receipts_are_read_from_the_tasks_that_are_named(paxos: FakePaxos) -> None:
    missing = {"ref_id": "settle-9", "id": "o-9", "status": "COMPLETED"}
    refused = {"ref_id": "settle-8", "acceptance": "refused", "error": "no funds"}
    ti = Instance(elsewhere={("settlement", "run-7", "settle"): [[missing, refused]]})
    task = reconcile(receipts_of=[{"task_id": "settle", "run_id": "run-7"}])
    paxos.always["get"] = problem(404, "not-found")

    with pytest.raises(AirflowFailException, match="Airflow has recorded orchestration o-9"):
        run(task, ti)

    assert ti.left("reconciliation")["by_kind"] == {"missing": 1}


def test_a_task_that_has_left_no_receipts_is_named(settled: FakePaxos) -> None:
    result = run(reconcile(receipts_of={"task_id": "settle"}), Instance())

    assert result["not_checked"][-1].startswith("receipts of settlement.settle scheduled__")


def test_rows_without_a_ref_id_take_it_from_the_records_of_a_batch(settled: FakePaxos) -> None:
    rows = [{"key": "1", **PAYMENT}, {"key": "2", **PAYMENT, "source_amount": "7"}]
    records = [{"key": str(n), "ref_id": f"settle-{n}", "id": f"o-settle-{n}", "status": "COMPLETED"} for n in (1, 2)]

    assert run(reconcile(expected=json.dumps(rows), records=[packed(records)]), Instance())["clean"]


def test_the_creations_of_other_dags_are_unknown_where_the_author_names_his_own(settled: FakePaxos) -> None:
    assert run(reconcile(dag_ids=["settlement"]), Instance())["clean"]
    listed(settled, shown("settle-1"))
    with pytest.raises(AirflowFailException, match="unknown_to_airflow"):
        run(reconcile(dag_ids="payroll"), Instance())


def test_a_daily_report_is_a_further_book(settled: FakePaxos, tmp_path: Path) -> None:
    file = tmp_path / "report.csv"
    row = f"{(NOW - timedelta(hours=1)).isoformat()},ORCHESTRATION_RESERVE,DEBIT,AVAILABLE,profile-a,o-settle-1,99"
    file.write_text(f"Timestamp,TransactionType,Direction,BalanceType,ProfileID,OrchestrationID,Amount\n{row}\n")

    result = run(reconcile(daily_reports=str(file), on_exceptions="warn"), Instance())

    assert result["by_kind"] == {"differs": 1, "not_in_daily_report": 1, "totals": 1}


def test_the_window_of_a_day_is_that_of_the_dag_s_time_zone(settled: FakePaxos) -> None:
    with DAG("d", schedule=None, start_date=datetime(2026, 1, 1, tzinfo=UTC)):
        task = reconcile(since=None, day="2026-11-20")
    with DAG("e", schedule=None):
        other = reconcile(since=None, day="2026-11-20", timezone="America/New_York")

    assert run(task, Instance())["since"] == "2026-11-20T00:00:00+00:00"
    assert run(other, Instance())["since"] == "2026-11-20T05:00:00+00:00"


def test_the_window_ends_at_the_latest_now(settled: FakePaxos) -> None:
    result = run(reconcile(until=(NOW + timedelta(days=1)).isoformat()), Instance())

    assert NOW <= datetime.fromisoformat(result["until"]) <= datetime.now(UTC)


@pytest.mark.parametrize(
    ("but", "expected"),
    [
        ({"since": "noon"}, "since is 'noon'"),
        ({"since": None, "day": "noon", "timezone": "UTC"}, "day is 'noon'"),
        ({"profile_ids": []}, "profile_ids is an empty list"),
        ({"profile_ids": [7]}, "profile_ids is not a name"),
        ({"profile_ids": "[7"}, "profile_ids is a string that begins like a list"),
        ({"expected": [{"key": "1"}]}, "row 1: it has no ref_id"),
        ({"expected": "{"}, "expected is a string, but not valid JSON"),
        ({"expected": 7}, "expected is of the type int"),
        ({"records": {"packed": "!"}}, "records: the value is neither"),
        ({"receipts_of": [{"dag_id": "d"}]}, "receipts_of names no task_id"),
        ({"until": "2020-01-01T00:00:00Z"}, "before it begins"),
    ],
)
def test_what_cannot_be_meant_fails_the_task_before_anything_is_sent(
    paxos: FakePaxos, but: dict[str, Any], expected: str
) -> None:
    with pytest.raises(AirflowFailException, match=expected):
        run(reconcile(**but), Instance())
    assert paxos.calls() == []


@pytest.mark.parametrize(
    ("but", "expected"),
    [
        ({"since": None}, "Give day, or since"),
        ({"day": "2026-11-21"}, "Give day, or since"),
        ({"since": None, "day": "2026-11-21", "until": SINCE}, "until belongs to since"),
        ({"on_exceptions": "report"}, "on_exceptions is 'report'"),
        ({"usual": {"card": 1}}, "usual names card"),
        ({"usual": {"fiat": -1}}, "usual\\['fiat'\\] is -1"),
        ({"overlap": 0}, "overlap is 0"),
        ({"timezone": "Europe/Atlantis"}, "no time zone that is known"),
    ],
)
def test_what_cannot_be_meant_fails_the_parse(but: dict[str, Any], expected: str) -> None:
    with pytest.raises(ValueError, match=expected):
        reconcile(**but)


def test_an_expression_without_a_value_fails_the_task(paxos: FakePaxos) -> None:
    with pytest.raises(Exception, match="profile_ids"):
        run(reconcile(profile_ids="{{ params.get('profile') }}"), Instance())
    assert paxos.calls() == []
