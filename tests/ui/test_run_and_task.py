"""The tab of a Dag run and the tab of a task instance."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest

from airflow_provider_paxos.api.errors import Acceptance, OrchestrationUnsuccessful, OutcomeUnknown, StillInProgress
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
        assert answer["groups"] == {"needs_attention": 1, "in_progress": 1, "repaired": 0, "settled": 2}
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
        monkeypatch.setattr("airflow_provider_paxos.ui.query.MOST_ROWS", 1)
        monkeypatch.setattr("airflow_provider_paxos.ui.merge.MOST_ROWS", 1)
        xcoms.add(PAY, payment(1), written=NOW.replace(year=2025))
        xcoms.add(ELSEWHERE, payment(2))
        xcoms.add(ELSEWHERE._replace(task_id="pay"), payment(3))
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

    @pytest.mark.parametrize("adopted", [True, False])
    def test_the_time_line_says_who_approved_it_also_after_a_sensor_has_read_it(
        self, ask: Ask, xcoms: XComTable, adopted: bool
    ) -> None:
        approval = "4F1A-22C9 approved by treasurer at 2026-11-21T09:30:00+00:00"
        xcoms.add(PAY, receipt(adopted=adopted, approval=approval, read_at=ago(minutes=9)))
        xcoms.add(WAIT, receipt())
        (item,) = ask(TASK_PATH)["items"]
        assert item["timeline"][0]["detail"].endswith(f"; plan {approval}")
        assert {"name": "approval", "value": approval} in item["fields"]

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


class TestExplanation:
    """What happened, what is known of the money, what can be done."""

    def parts(self, ask: Ask, xcoms: XComTable, stored: dict[str, Any]) -> tuple[Any, ...]:
        xcoms.add(PAY, stored)
        (item,) = ask(TASK_PATH)["items"]
        return tuple(item["explanation"][name] for name in ("happened", "money", "advice"))

    @pytest.mark.parametrize("status", ["FAILED", "REJECTED"])
    def test_of_a_failure_has_the_words_of_the_tasks_error(self, status: str, ask: Ask, xcoms: XComTable) -> None:
        failed = receipt(status=status, fail_reason={"detail": "insufficient liquidity"})
        with pytest.raises(OrchestrationUnsuccessful) as error:
            require_not_failed(Orchestration.model_validate(failed))
        happened, money, advice = self.parts(ask, xcoms, failed)
        assert happened == f"The orchestration is {status}: insufficient liquidity."
        for sentence in (money.removeprefix("Paxos had accepted it. "), advice):
            assert sentence in str(error.value)

    def test_of_an_attempt_are_the_parts_of_its_error(self, ask: Ask, xcoms: XComTable) -> None:
        error = OutcomeUnknown("no answer in time.", acceptance=Acceptance.UNKNOWN)
        assert self.parts(ask, xcoms, attempt(error=f"{error}")) == (
            "no answer in time.",
            Acceptance.UNKNOWN.value,
            "Running the task again is safe: the same ref_id is never paid twice.",
        )

    def test_of_an_attempt_whose_error_says_nothing_of_the_money_is_what_the_receipt_says(
        self, ask: Ask, xcoms: XComTable
    ) -> None:
        stored = attempt(error="It broke.", acceptance="not_sent")
        assert self.parts(ask, xcoms, stored) == ("It broke.", Acceptance.NOT_SENT.value, None)

    def test_of_one_in_progress_is_that_it_goes_on(self, ask: Ask, xcoms: XComTable) -> None:
        assert self.parts(ask, xcoms, receipt(status="PROCESSING"))[2] == StillInProgress.advice

    def test_of_one_that_awaits_an_approval_says_so(self, ask: Ask, xcoms: XComTable) -> None:
        assert "approval" in self.parts(ask, xcoms, receipt(status="PENDING"))[0]

    def test_of_one_that_is_settled_is_none(self, ask: Ask, xcoms: XComTable) -> None:
        xcoms.add(PAY, receipt())
        (item,) = ask(TASK_PATH)["items"]
        assert item["explanation"] is None


def test_another_runs_refused_attempt_under_the_same_ref_id_is_a_remark(ask: Ask, xcoms: XComTable) -> None:
    xcoms.add(PAY, receipt(adopted=False))
    xcoms.add(ELSEWHERE, attempt(source_amount="7", acceptance="refused"))
    own, elsewhere = ask(RUN_PATH), ask(f"dags/{ELSEWHERE.dag_id}/runs/{quote(ELSEWHERE.run_id)}")
    assert [(item["status"], [task["run_id"] for task in item["beside"]]) for item in own["items"]] == [
        ("COMPLETED", ["manual__1"])
    ]
    assert [item["status"] for item in elsewhere["items"]] == ["ERROR"]
    assert [item["status"] for item in ask(TASK_PATH)["items"]] == ["COMPLETED"]


def test_the_task_without_a_receipt_says_what_its_run_needs(ask: Ask, xcoms: XComTable) -> None:
    xcoms.add(PAY, [payment(1), payment(2, status="FAILED")])
    answer = ask(f"{RUN_PATH}/tasks/all_settled")
    assert (answer["total_items"], answer["run_groups"]["needs_attention"]) == (0, 1)


def test_a_run_is_live_until_it_and_its_payments_have_ended(ask: Ask, xcoms: XComTable) -> None:
    xcoms.add(PAY, payment(1))
    assert ask(RUN_PATH)["live"] is True, "the run is queued"
    xcoms.end_runs()
    assert ask(RUN_PATH)["live"] is False
    xcoms.add(WAIT, payment(2, status="PROCESSING"))
    assert ask(RUN_PATH)["live"] is True
    assert ask()["live"] is True


class TestPayment:
    """The page of one payment."""

    def test_it_is_found_by_id_and_by_ref_id(self, ask: Ask, xcoms: XComTable) -> None:
        xcoms.add(PAY, [payment(1), payment(2)])
        assert [item["id"] for item in ask("payment", id="id-2")["items"]] == ["id-2"]
        assert [item["id"] for item in ask("payment", ref_id="settle-1")["items"]] == ["id-1"]
        assert ask("payment", id="none")["items"] == []
        assert ask("payment")["items"] == []

    def test_all_that_was_asked_for_under_a_ref_id_is_there(self, ask: Ask, xcoms: XComTable) -> None:
        xcoms.add(PAY, receipt())
        xcoms.add(ELSEWHERE, attempt(source_amount="7"))
        assert [item["status"] for item in ask("payment", ref_id="settle-1")["items"]] == ["ERROR", "COMPLETED"]

    def test_its_history_goes_over_tasks_and_runs(self, ask: Ask, xcoms: XComTable) -> None:
        xcoms.add(PAY, receipt(status="PROCESSING", adopted=False, read_at=ago(minutes=9)))
        xcoms.add(ELSEWHERE, receipt(status="PROCESSING", adopted=True, read_at=ago(minutes=5)))
        xcoms.add(WAIT, receipt(status="FAILED"))
        (item,) = ask("payment", ref_id="settle-1")["items"]
        assert [(event["did"], event["label"], event["task"]["task_id"]) for event in item["history"]] == [
            ("read", "Failed", "wait"),
            ("adopted", "In progress", "wait"),
            ("created", "In progress", "pay"),
        ]

    def test_the_notes_that_people_left_stand_beside_it(self, ask: Ask, xcoms: XComTable) -> None:
        xcoms.add(PAY, receipt(status="FAILED"))
        xcoms.note(PAY, task_note="Called the bank.", run_note="Handed over to Ben.")
        (item,) = ask("payment", ref_id="settle-1")["items"]
        assert [(note["of"], note["text"]) for note in item["persons_notes"]] == [
            ("task", "Called the bank."),
            ("run", "Handed over to Ben."),
        ]


class TestDashboard:
    """The link to a payment in Paxos' dashboard, by the pattern that its task has left."""

    def link(self, ask: Ask, xcoms: XComTable, pattern: object) -> object:
        xcoms.add(PAY, pattern, key="paxos_dashboard")
        xcoms.add(WAIT, payment(1))
        xcoms.add_value(PAY, packed([payment(1), payment(2), attempt(ref_id="settle-3")]))
        (item,) = ask("payment", id="id-1")["items"]
        return item["dashboard_url"]

    def test_any_task_of_a_payment_may_have_left_it(self, ask: Ask, xcoms: XComTable) -> None:
        pattern = "https://dashboard.paxos.com/{id}?ref={ref_id}"
        assert self.link(ask, xcoms, pattern) == "https://dashboard.paxos.com/id-1?ref=settle-1"
        (item,) = ask("payment", ref_id="settle-3")["items"]
        assert item["dashboard_url"] is None, "there is no orchestration"

    @pytest.mark.parametrize(
        "pattern",
        ["https://evil.example/{id}", "javascript:alert(1)", {"packed": "x"}, 7, "https://paxos.com/", "x" * 9999],
    )
    def test_a_task_that_leaves_something_else_makes_no_link(self, pattern: object, ask: Ask, xcoms: XComTable) -> None:
        assert self.link(ask, xcoms, pattern) is None


TREASURY = "7C4E8F2A-1d3b-4a5e-9f6c-8b2d7e0a4f1c"
OWN = {"profile": {"profile_id": TREASURY.lower()}}
SUPPLIER = {"fiat": {"bank_account_id": "fa11ed00-0000-4000-8000-000000000001"}}


class TestNames:
    """Names of profiles and accounts, by the Airflow Variable ``paxos_names``."""

    def test_they_stand_beside_the_ids(self, ask: Ask, xcoms: XComTable, define_names: Callable[[Any], None]) -> None:
        define_names({TREASURY: "Treasury", "fa11ed00-0000-4000-8000-000000000001": "Müller & Co"})
        xcoms.add(PAY, payment(1, source=OWN, destination=SUPPLIER))
        answer = ask()
        (item,) = answer["items"]
        assert item["source"] == f"profile {TREASURY.lower()} (Treasury)"
        assert item["destination"] == "bank account fa11ed00-0000-4000-8000-000000000001 (Müller & Co)"
        assert [(each["profile"], each["name"]) for each in answer["profiles"]] == [(TREASURY.lower(), "Treasury")]

    def test_a_search_finds_them(self, ask: Ask, xcoms: XComTable, define_names: Callable[[Any], None]) -> None:
        define_names({TREASURY: "Treasury of the EU"})
        xcoms.add(PAY, [payment(1, source=OWN), payment(2)])
        assert [item["id"] for item in ask(search="TREASURY of")["items"]] == ["id-1"]
        assert [item["id"] for item in ask(RUN_PATH, search="of the eu")["items"]] == ["id-1"]

    def test_a_name_that_was_changed_is_shown_at_once(
        self, ask: Ask, xcoms: XComTable, define_names: Callable[[Any], None]
    ) -> None:
        xcoms.add(PAY, payment(1, source=OWN))
        for name in ("Treasury", "Cash desk"):
            define_names({TREASURY: name})
            assert {each["name"] for each in ask()["profiles"]} == {name}

    @pytest.mark.parametrize("names", ["no object", [TREASURY], {TREASURY: 7}, {TREASURY: ""}, {TREASURY: None}])
    def test_what_is_not_readable_is_no_name(
        self, names: object, ask: Ask, xcoms: XComTable, define_names: Callable[[Any], None]
    ) -> None:
        define_names(names)
        xcoms.add(PAY, payment(1, source=OWN))
        assert ask()["items"][0]["source"] == f"profile {TREASURY.lower()}"


class TestRepair:
    """A payment that was made again, under another ref_id, says so in its metadata."""

    def groups(self, ask: Ask, xcoms: XComTable, *statuses: str) -> list[tuple[str, str]]:
        for number, status in enumerate(statuses):
            replaced = {"metadata": {"replaces": f"settle-{number - 1}"}} if number else {}
            xcoms.add(PAY._replace(map_index=number), payment(number, status=status, **replaced))
        return [(item["ref_id"], item["group"]) for item in sorted(ask()["items"], key=lambda item: item["ref_id"])]

    def test_what_was_paid_again_and_settled_needs_no_attention(self, ask: Ask, xcoms: XComTable) -> None:
        assert self.groups(ask, xcoms, "FAILED", "COMPLETED") == [("settle-0", "repaired"), ("settle-1", "settled")]
        old, new = sorted(ask()["items"], key=lambda item: item["ref_id"])
        assert old["label"] == "Failed, paid again"
        assert (old["replaced_by"]["ref_id"], old["replaced_by"]["label"]) == ("settle-1", "Settled")
        assert (new["replaces"]["ref_id"], new["replaces"]["payment_path"]) == ("settle-0", "/plugin/paxos?id=id-0")
        assert ask()["groups"] == {"needs_attention": 0, "in_progress": 0, "repaired": 1, "settled": 1}

    @pytest.mark.parametrize("status", ["PROCESSING", "FAILED"])
    def test_as_long_as_that_one_is_not_settled_it_does(self, status: str, ask: Ask, xcoms: XComTable) -> None:
        assert self.groups(ask, xcoms, "FAILED", status)[0] == ("settle-0", "needs_attention")

    def test_until_then_its_page_leads_on_to_that_one(self, ask: Ask, xcoms: XComTable) -> None:
        self.groups(ask, xcoms, "FAILED", "PROCESSING")
        (old,) = ask("payment", ref_id="settle-0")["items"]
        assert old["explanation"]["advice"] == (
            "Another orchestration (ref_id settle-1) pays it again, and is what counts: in progress."
        )

    def test_a_chain_ends_with_the_settled_one(self, ask: Ask, xcoms: XComTable) -> None:
        assert [group for _, group in self.groups(ask, xcoms, "FAILED", "REJECTED", "COMPLETED")] == [
            "repaired",
            "repaired",
            "settled",
        ]

    def test_what_is_settled_itself_is_not_repaired(self, ask: Ask, xcoms: XComTable) -> None:
        assert [group for _, group in self.groups(ask, xcoms, "COMPLETED", "COMPLETED")] == ["settled", "settled"]

    def test_a_circle_ends(self, ask: Ask, xcoms: XComTable) -> None:
        for one, other in ((1, 2), (2, 1)):
            metadata = {"replaces": f"settle-{other}"}
            xcoms.add(PAY._replace(map_index=one), payment(one, status="FAILED", metadata=metadata))
        assert ask()["groups"]["needs_attention"] == 2
