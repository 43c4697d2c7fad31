"""The tab of a Dag run and the tab of a task instance."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest

from airflow_provider_paxos.api.errors import OrchestrationFailed, StillInProgress
from airflow_provider_paxos.api.models import Orchestration
from airflow_provider_paxos.api.statuses import require_not_failed
from airflow_provider_paxos.ui.urls import TaskKey
from airflow_provider_paxos.xcom import packed
from tests.ui.xcoms import NOW, PAY, RUN, WAIT, XComTable, ago, attempt, receipt

Ask = Callable[..., Any]
RUN_PATH = f"dags/settlement/runs/{quote(RUN)}"
TASK_PATH = f"{RUN_PATH}/tasks/pay"
ELSEWHERE = TaskKey("settlement", "manual__1", "wait")


def payment(number: int, **values: Any) -> dict[str, Any]:
    return receipt(id=f"id-{number}", ref_id=f"settle-{number}", key=f"invoice-{number}", **values)


class TestRun:
    def test_one_without_receipts_is_empty(self, ask: Ask) -> None:
        answer = ask(RUN_PATH)
        assert (answer["items"], answer["total_items"], answer["totals"]) == ([], 0, [])

    def test_it_holds_what_its_tasks_have_touched_and_nothing_else(self, ask: Ask, xcoms: XComTable) -> None:
        xcoms.add(PAY, [payment(1), payment(2)])
        xcoms.add(WAIT, payment(3))
        xcoms.add(ELSEWHERE, payment(4))
        assert {item["key"] for item in ask(RUN_PATH)["items"]} == {"invoice-1", "invoice-2", "invoice-3"}

    def test_progress_totals_and_failed_payments_first(self, ask: Ask, xcoms: XComTable) -> None:
        statuses = ["COMPLETED", "PROCESSING", "FAILED", "COMPLETED"]
        xcoms.add(PAY, [payment(number, status=status) for number, status in enumerate(statuses)])
        answer = ask(RUN_PATH, limit=2)
        assert answer["groups"] == {"needs_attention": 1, "in_progress": 1, "settled": 2}
        assert [item["status"] for item in answer["items"]] == ["FAILED", "PROCESSING"]
        assert {total["status"]: total["amount"] for total in answer["totals"]} == {
            "COMPLETED": "200.50",
            "FAILED": "100.25",
            "PROCESSING": "100.25",
        }
        assert answer["total_items"] == 4

    def test_what_a_later_run_has_read_of_it_counts(self, ask: Ask, xcoms: XComTable) -> None:
        xcoms.add(PAY, payment(1, status="PROCESSING", read_at=ago(minutes=9)))
        xcoms.add(ELSEWHERE, payment(1))
        (item,) = ask(RUN_PATH)["items"]
        assert (item["status"], item["task"]["run_id"]) == ("COMPLETED", "manual__1")

    def test_it_is_created_by_another_run_for_the_run_that_adopted_it_alone(self, ask: Ask, xcoms: XComTable) -> None:
        xcoms.add(PAY, payment(1, adopted=False, read_at=ago(minutes=9)))
        xcoms.add(ELSEWHERE, payment(1, adopted=True, creator="settlement.pay scheduled"))
        (created,) = ask(RUN_PATH)["items"]
        (adopted,) = ask(f"dags/{ELSEWHERE.dag_id}/runs/{quote(ELSEWHERE.run_id)}")["items"]
        assert (created["creator"], adopted["creator"]) == (None, "settlement.pay scheduled")

    def test_an_old_one_is_read_although_it_is_not_among_the_newest(
        self, ask: Ask, xcoms: XComTable, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("airflow_provider_paxos.ui.query.MOST_ROWS", 0)
        xcoms.add(PAY, payment(1), written=NOW.replace(year=2025))
        xcoms.add(ELSEWHERE, payment(2))
        assert [item["key"] for item in ask(RUN_PATH)["items"]] == ["invoice-1"]


class TestTask:
    def test_one_without_receipts_is_empty(self, ask: Ask) -> None:
        assert ask(TASK_PATH)["items"] == []

    def test_a_map_index_is_a_task_of_its_own(self, ask: Ask, xcoms: XComTable) -> None:
        xcoms.add_all((PAY._replace(map_index=number), payment(number)) for number in range(3))
        assert [item["key"] for item in ask(TASK_PATH, map_index=2)["items"]] == ["invoice-2"]
        assert ask(TASK_PATH)["items"] == []

    def test_it_shows_the_newest_receipt_and_relates_the_others_from_its_own_place(
        self, ask: Ask, xcoms: XComTable
    ) -> None:
        xcoms.add(PAY, payment(1, status="PROCESSING", read_at=ago(minutes=9)))
        xcoms.add(WAIT, payment(1))
        (item,) = ask(TASK_PATH)["items"]
        assert item["status"] == "COMPLETED"
        assert (item["task"]["task_id"], [task["task_id"] for task in item["related"]]) == ("pay", ["wait"])

    def test_a_batch_is_paged(self, ask: Ask, xcoms: XComTable) -> None:
        xcoms.add(PAY, packed([payment(number, created_at=ago(minutes=number)) for number in range(600)]))
        answer = ask(TASK_PATH, offset=590, limit=200)
        assert [item["key"] for item in answer["items"]] == [f"invoice-{number}" for number in range(590, 600)]
        assert answer["total_items"] == 600

    def test_every_field_of_the_receipt_is_there(self, ask: Ask, xcoms: XComTable) -> None:
        xcoms.add(PAY, receipt(metadata={"invoice": "7"}, adopted=True, news={"from": ["paxos"]}))
        (item,) = ask(TASK_PATH)["items"]
        fields = {field["name"]: field["value"] for field in item["fields"]}
        assert fields["source_amount"] == "100.25"
        assert fields["destination.fiat.bank_account_id"] == "fa110000-0000-4000-8000-000000000001"
        assert (fields["metadata.invoice"], fields["adopted"], fields["news.from"]) == ("7", "yes", "…")

    def test_the_time_line_of_one_that_is_settled(self, ask: Ask, xcoms: XComTable) -> None:
        transfers = {
            f"{end}_transfer": {"transfer_id": end, "status": "COMPLETED"} for end in ("source", "destination")
        }
        xcoms.add(PAY, receipt(**transfers, adopted=False))
        (item,) = ask(TASK_PATH)["items"]
        assert item["timeline"] == [
            {
                "name": "created",
                "label": "Created",
                "state": "done",
                "at": item["created_at"],
                "detail": "created, not adopted",
            },
            {
                "name": "source",
                "label": "Source transfer",
                "state": "done",
                "at": None,
                "detail": "COMPLETED, transfer source",
            },
            {
                "name": "destination",
                "label": "Destination transfer",
                "state": "done",
                "at": None,
                "detail": "COMPLETED, transfer destination",
            },
            {"name": "end", "label": "End", "state": "done", "at": item["updated_at"], "detail": "COMPLETED"},
        ]

    @pytest.mark.parametrize(
        ("creator", "detail"),
        [
            (None, "adopted: an earlier attempt had created it; nothing was paid again"),
            ("unknown", "adopted: its creator is unknown; nothing was paid again"),
            ("settlement.pay run-1", "adopted: created by settlement.pay run-1; nothing was paid again"),
        ],
    )
    def test_the_time_line_of_an_adopted_one_names_its_creator(
        self, creator: str | None, detail: str, ask: Ask, xcoms: XComTable
    ) -> None:
        xcoms.add(PAY, receipt(adopted=True, creator=creator))
        (item,) = ask(TASK_PATH)["items"]
        assert (item["timeline"][0]["detail"], item["creator"]) == (detail, creator)

    @pytest.mark.parametrize(
        ("values", "states"),
        [
            ({"status": "PROCESSING"}, ["done", "waiting", "waiting", "waiting"]),
            (
                {"status": "PROCESSING", "source_transfer": {"status": "PROCESSING"}},
                ["done", "in_progress", "waiting", "waiting"],
            ),
            (
                {
                    "status": "FAILED",
                    "source_transfer": {"status": "COMPLETED"},
                    "destination_transfer": {"status": "FAILED"},
                },
                ["done", "done", "failed", "failed"],
            ),
            ({"status": "FAILED"}, ["done", "unknown", "unknown", "failed"]),
            ({"created_at": None, "source_transfer": "gone"}, ["unknown", "unknown", "unknown", "done"]),
        ],
    )
    def test_the_states_of_a_time_line(
        self, values: dict[str, Any], states: list[str], ask: Ask, xcoms: XComTable
    ) -> None:
        xcoms.add(PAY, receipt(**values))
        (item,) = ask(TASK_PATH)["items"]
        assert [event["state"] for event in item["timeline"]] == states


class TestAdvice:
    def advice(self, ask: Ask, xcoms: XComTable, stored: dict[str, Any]) -> str | None:
        xcoms.add(PAY, stored)
        (item,) = ask(TASK_PATH)["items"]
        return item["advice"]  # type: ignore[no-any-return]

    def test_of_a_failure_is_the_text_of_the_tasks_error(self, ask: Ask, xcoms: XComTable) -> None:
        failed = receipt(status="FAILED", fail_reason={"detail": "insufficient liquidity"})
        with pytest.raises(OrchestrationFailed) as error:
            require_not_failed(Orchestration.model_validate(failed))
        assert self.advice(ask, xcoms, failed) == str(error.value)

    def test_of_a_failure_whose_receipt_is_odd_is_what_the_error_advises(self, ask: Ask, xcoms: XComTable) -> None:
        assert self.advice(ask, xcoms, receipt(status="FAILED", source_amount="much")) == OrchestrationFailed.advice

    def test_of_an_attempt_is_in_its_reason(self, ask: Ask, xcoms: XComTable) -> None:
        xcoms.add(PAY, attempt(error="Create Orchestration: no funds. A retry submits it."))
        (item,) = ask(TASK_PATH)["items"]
        assert (item["reason"], item["advice"]) == ("Create Orchestration: no funds. A retry submits it.", None)
        assert item["timeline"] == []

    def test_of_one_in_progress_is_that_it_goes_on(self, ask: Ask, xcoms: XComTable) -> None:
        assert self.advice(ask, xcoms, receipt(status="PROCESSING")) == StillInProgress.advice

    def test_of_one_that_awaits_an_approval_says_so(self, ask: Ask, xcoms: XComTable) -> None:
        assert "approval" in (self.advice(ask, xcoms, receipt(status="PENDING")) or "")

    def test_of_one_that_is_settled_is_none(self, ask: Ask, xcoms: XComTable) -> None:
        assert self.advice(ask, xcoms, receipt()) is None
