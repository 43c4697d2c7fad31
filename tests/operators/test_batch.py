"""CreateOrchestrationBatchOperator submits many orchestrations, each once, and says what became of each."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from airflow_provider_paxos.api import errors
from airflow_provider_paxos.api.creators import Creator
from airflow_provider_paxos.version_compat import AirflowFailException
from airflow_provider_paxos.xcom import unpacked
from tests.fake_paxos import BROKEN, MISSING_SCOPE, Answer, FakePaxos, problem
from tests.fixtures import CreateBatch, Logged
from tests.payments import PAYMENT, payments
from tests.task_instance import RUN_ID, TaskInstance, left_by, run

INSUFFICIENT = problem(403, "insufficient-funds", "not enough", needed="100.25", available="7")
IN_PROGRESS = {"status": "PROCESSING", "acceptance": "accepted"}
UNSUPPORTED = problem(400, "unsupported-address", "the address is not supported")


def settling(**but: Any) -> TaskInstance:
    return TaskInstance(task_id="settle", **but)


def ref_ids_of(paxos: FakePaxos, call: str = "create") -> list[str]:
    """Return the ref_ids that were submitted, or that Paxos holds."""
    return sorted(each.json["ref_id"] for each in paxos.asked if each.call == call)


class TestSubmitting:
    def test_it_returns_a_record_for_each_payment_in_their_order(
        self, create_batch: CreateBatch, paxos: FakePaxos
    ) -> None:
        records = run(create_batch(), settling())
        ids = {each["ref_id"]: each["id"] for each in paxos.book.values()}
        assert records == [
            {"key": key, "ref_id": f"settle-{key}", "id": ids[f"settle-{key}"]} | IN_PROGRESS for key in ("1", "2", "3")
        ]

    def test_it_sends_the_payments_values_and_where_they_come_from(
        self, create_batch: CreateBatch, paxos: FakePaxos
    ) -> None:
        run(create_batch(payments=payments(1, metadata={"invoice": "7"}, identity_id="identity-1")), settling())
        assert paxos.only("create").json == {
            **PAYMENT,
            "ref_id": "settle-1",
            "identity_id": "identity-1",
            "metadata": {
                "invoice": "7",
                "airflow_creator": Creator("settlement", RUN_ID, "settle", key="1").stamp(),
                "airflow_payment_key": "1",
                "airflow_dag_id": "settlement",
                "airflow_run_id": RUN_ID,
                "airflow_task_id": "settle",
            },
        }

    def test_what_all_payments_share_need_not_stand_in_each(self, create_batch: CreateBatch, paxos: FakePaxos) -> None:
        own = {"profile": {"profile_id": "its own"}}
        short = [{"key": "1", "source_amount": "1"}, {"key": "2", "source_amount": "2", "source": own}]
        run(create_batch(payments=short, defaults=PAYMENT), settling())
        sent = {each.json["ref_id"]: each.json["source"] for each in paxos.asked if each.call == "create"}
        assert sent == {"settle-1": PAYMENT["source"], "settle-2": own}

    def test_it_leaves_a_receipt_for_each_payment(self, create_batch: CreateBatch, paxos: FakePaxos) -> None:
        ti = settling()
        run(create_batch(), ti)
        assert [(each["key"], each["ref_id"], each["adopted"], each["source_amount"]) for each in left_by(ti)] == [
            (key, f"settle-{key}", False, "100.25") for key in ("1", "2", "3")
        ]

    def test_a_receipt_says_when_it_was_read(self, create_batch: CreateBatch, paxos: FakePaxos) -> None:
        before, ti = datetime.now(UTC).replace(microsecond=0), settling()
        paxos.add(2)
        run(create_batch(), ti)
        assert all(before <= datetime.fromisoformat(each["read_at"]) <= datetime.now(UTC) for each in left_by(ti))

    def test_no_xcom_is_left_where_the_author_wants_none(self, create_batch: CreateBatch, paxos: FakePaxos) -> None:
        ti = settling()
        run(create_batch(do_xcom_push=False), ti)
        assert ti.xcoms == {}

    def test_a_batch_without_payments_asks_paxos_for_nothing(self, create_batch: CreateBatch, paxos: FakePaxos) -> None:
        assert run(create_batch(payments=[]), settling()) == []
        assert paxos.asked == []

    def test_1200_payments_are_looked_up_100_a_request_and_submitted_once(
        self, create_batch: CreateBatch, paxos: FakePaxos
    ) -> None:
        ti = settling()
        result = run(create_batch(payments=payments(1200)), ti)
        assert (paxos.calls().count("list"), paxos.calls().count("create"), len(paxos.book)) == (12, 1200, 1200)
        assert [record["key"] for record in unpacked(result)] == [str(number) for number in range(1, 1201)]
        assert len(left_by(ti)) == 1200

    def test_more_than_500_payments_come_back_in_the_compact_form(
        self, create_batch: CreateBatch, paxos: FakePaxos
    ) -> None:
        result = run(create_batch(payments=payments(501)), settling())
        assert result["records"] == 501
        assert result["columns"] == ["key", "ref_id", "id", "status", "acceptance"]

    def test_the_log_has_totals_by_asset_pair_and_status_as_exact_decimals(
        self, create_batch: CreateBatch, paxos: FakePaxos, logged: Logged
    ) -> None:
        paxos.add(2, status="COMPLETED", source_amount="0.2")
        paxos.add(3, status="COMPLETED", source_amount="12345678901234567890.000000000000000001")
        some = [
            {"key": "1", **PAYMENT, "source_amount": Decimal("7")},
            {"key": "2", **PAYMENT, "source_amount": "0.2"},
            {"key": "3", **PAYMENT, "source_amount": "12345678901234567890.000000000000000001"},
        ]
        run(create_batch(payments=some), settling())
        assert "USD   USDG  COMPLETED   2         12345678901234567890.200000000000000001" in logged()
        assert "USD   USDG  PROCESSING  1         7" in logged()

    def test_the_log_reports_progress_by_share_and_not_by_payment(
        self, create_batch: CreateBatch, paxos: FakePaxos, logged: Logged
    ) -> None:
        run(create_batch(payments=payments(1000)), settling())
        assert "Submitted 1,000 of 1,000 payments (100 %)" in logged()
        assert len(logged().splitlines()) < 60


class TestAdopting:
    def test_a_second_run_adopts_all_and_submits_nothing(
        self, create_batch: CreateBatch, paxos: FakePaxos, logged: Logged
    ) -> None:
        first = run(create_batch(), settling())
        again = settling(try_number=2)
        assert run(create_batch(), again) == first
        assert paxos.calls() == ["list", "create", "create", "create", "list"]
        assert [each["adopted"] for each in left_by(again)] == [True] * 3
        assert "Adopted 3 of 3 payments, which exist already. They are not paid again." in logged()

    def test_only_what_is_missing_is_submitted(self, create_batch: CreateBatch, paxos: FakePaxos) -> None:
        paxos.add(2)
        run(create_batch(), settling())
        assert ref_ids_of(paxos) == ["settle-1", "settle-3"]

    def test_what_list_does_not_show_yet_is_adopted_by_the_refusal(
        self, create_batch: CreateBatch, paxos: FakePaxos
    ) -> None:
        paxos.unlisted.add(paxos.add(2))
        ti = settling()
        run(create_batch(), ti)
        assert len(paxos.book) == 3
        assert [each["adopted"] for each in left_by(ti)] == [False, True, False]

    @pytest.mark.parametrize("status", ["FAILED", "REJECTED"])
    def test_a_payment_that_has_failed_is_a_failed_payment_and_never_paid_again(
        self, create_batch: CreateBatch, paxos: FakePaxos, status: str
    ) -> None:
        paxos.add(2, status=status, fail_reason={"detail": "account closed"})
        with pytest.raises(
            AirflowFailException, match=rf"1 of 3 payments have failed(.|\n)*2 +{status}.*account closed"
        ):
            run(create_batch(), settling())
        assert ref_ids_of(paxos) == ["settle-1", "settle-3"]

    def test_one_that_is_shown_in_part_is_left_for_the_submit_to_make_out(
        self, create_batch: CreateBatch, paxos: FakePaxos
    ) -> None:
        whole = dict(paxos.book[paxos.add(2)])
        del paxos.book["orchestration-2"]["source"]
        paxos.replies["create"].append(problem(409, "already-exists", existing=whole))
        run(create_batch(payments=[{"key": "2", **PAYMENT}]), settling())
        assert paxos.calls() == ["list", "create"]
        assert len(paxos.book) == 1


class TestConflicts:
    def test_a_ref_id_of_another_payment_refuses_the_whole_batch_before_anything_is_submitted(
        self, create_batch: CreateBatch, paxos: FakePaxos
    ) -> None:
        paxos.add(1, source_amount="7")
        paxos.add(3, destination_asset="USDC")
        with pytest.raises(AirflowFailException) as refused:
            run(create_batch(), settling())
        assert "create" not in paxos.calls()
        assert str(refused.value) == (
            "Batch of orchestrations: the ref_ids of 2 of 3 payments belong to other payments:\n"
            "  1: the ref_id belongs to orchestration orchestration-1 (PROCESSING), which differs: source_amount: "
            "asked for 100.25, exists with 7.\n"
            "  3: the ref_id belongs to orchestration orchestration-3 (PROCESSING), which differs: destination_asset: "
            "asked for USDG, exists with USDC.\n"
            "What exists goes on unchanged. This attempt sent nothing to Paxos. A retry is refused the same way. If "
            "the new values are meant as a second payment, give it a new ref_id; otherwise restore the old values."
        )

    @pytest.mark.parametrize("amounts", [("7", "100.25"), ("100.25", "7")])
    def test_of_several_orchestrations_under_one_ref_id_the_very_payment_is_adopted(
        self, create_batch: CreateBatch, paxos: FakePaxos, amounts: tuple[str, str]
    ) -> None:
        for number, amount in enumerate(amounts, 4):
            paxos.add(number, ref_id="settle-1", source_amount=amount)
        (record,) = run(create_batch(payments=payments(1)), settling())
        assert record["id"] == f"orchestration-{4 + amounts.index('100.25')}"
        assert "create" not in paxos.calls()

    def test_several_that_all_differ_are_a_conflict(self, create_batch: CreateBatch, paxos: FakePaxos) -> None:
        paxos.add(4, ref_id="settle-1", source_amount="7")
        paxos.add(5, ref_id="settle-1", source_amount="8")
        with pytest.raises(AirflowFailException, match=r"asked for 100\.25, exists with 7"):
            run(create_batch(payments=payments(1)), settling())

    def test_a_conflict_that_list_does_not_show_ends_the_submitting(
        self, create_batch: CreateBatch, paxos: FakePaxos
    ) -> None:
        paxos.unlisted.add(paxos.add(1, source_amount="7"))
        with pytest.raises(AirflowFailException, match=r"source_amount: asked for 100\.25, exists with 7") as refused:
            run(create_batch(payments=payments(200)), settling())
        assert paxos.calls().count("create") < 50
        assert f"What exists, {len(paxos.book) - 1} payments of this batch included, goes on" in str(refused.value)

    def test_many_conflicts_are_not_all_named(self, create_batch: CreateBatch, paxos: FakePaxos) -> None:
        for number in range(1, 58):
            paxos.add(number, source_amount="7")
        with pytest.raises(AirflowFailException, match=r"57 of 57 payments(.|\n)*and 37 more"):
            run(create_batch(payments=payments(57)), settling())


class TestRefusals:
    def test_the_log_leads_to_the_payments_of_the_run(
        self, create_batch: CreateBatch, paxos: FakePaxos, logged: Logged, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("AIRFLOW__API__BASE_URL", "https://airflow.example")
        paxos.replies["create"].append(UNSUPPORTED)
        with pytest.raises(AirflowFailException):
            run(create_batch(), settling(max_tries=3))
        assert "Each of them is shown at https://airflow.example/dags/settlement/runs/" in logged()

    def test_a_payment_that_is_refused_for_good_stops_no_other(
        self, create_batch: CreateBatch, paxos: FakePaxos
    ) -> None:
        paxos.replies["create"].append(UNSUPPORTED)
        ti = settling(max_tries=3)
        with pytest.raises(AirflowFailException) as failed:
            run(create_batch(), ti)
        assert len(paxos.book) == 2
        text = str(failed.value)
        assert text.startswith("1 of 3 payments have failed.\nkey  status        amount")
        assert "NOT ACCEPTED  100.25 USD to USDG" in text
        assert "the address is not supported" in text
        assert sum("error" in each for each in left_by(ti)) == 1

    def test_one_that_is_accepted_and_fails_at_once_is_a_failed_payment_with_its_id(
        self, create_batch: CreateBatch, paxos: FakePaxos
    ) -> None:
        failed = {**PAYMENT, "ref_id": "settle-1", "id": "orchestration-9", "status": "FAILED"}
        paxos.replies["create"].append(Answer(200, failed))
        (record,) = run(create_batch(payments=payments(1), on_failed_payments="report"), settling())
        assert (record["id"], record["status"]) == ("orchestration-9", "FAILED")

    def test_the_result_reports_failed_payments_instead_where_that_is_asked_for(
        self, create_batch: CreateBatch, paxos: FakePaxos, logged: Logged
    ) -> None:
        paxos.replies["create"].append(UNSUPPORTED)
        records = run(create_batch(on_failed_payments="report"), settling())
        (refused,) = [each for each in records if "id" not in each]
        assert "the address is not supported" in refused["reason"]
        assert "1 of 3 payments have failed" in logged()

    @pytest.mark.parametrize(
        ("answer", "cause"),
        [(INSUFFICIENT, errors.InsufficientFunds), (BROKEN, errors.ServiceUnavailable)],
        ids=["insufficient funds", "outage"],
    )
    def test_a_retryable_error_is_left_to_the_retry(
        self, create_batch: CreateBatch, paxos: FakePaxos, answer: Any, cause: type[errors.PaxosError]
    ) -> None:
        paxos.replies["create"].extend([answer] * (5 if answer is BROKEN else 1))
        ti = settling(max_tries=1)
        with pytest.raises(errors.BatchIncomplete) as incomplete:
            run(create_batch(payments=payments(1)), ti)
        assert isinstance(incomplete.value.cause, cause)
        assert "Paxos holds 0 of 1 payments, 0 of them from earlier attempts; outstanding: 1 (1)" in str(
            incomplete.value
        )
        assert str(incomplete.value).endswith(
            "A retry adopts what was accepted, and submits the rest: no payment is paid twice."
        )

    def test_the_others_are_submitted_all_the_same(self, create_batch: CreateBatch, paxos: FakePaxos) -> None:
        paxos.replies["create"].append(INSUFFICIENT)
        with pytest.raises(errors.BatchIncomplete, match="Paxos holds 2 of 3 payments"):
            run(create_batch(), settling(max_tries=1))

    def test_the_next_attempt_submits_what_is_missing(self, create_batch: CreateBatch, paxos: FakePaxos) -> None:
        paxos.replies["create"].append(INSUFFICIENT)
        with pytest.raises(errors.BatchIncomplete):
            run(create_batch(), settling(max_tries=1))
        records = run(create_batch(), settling(max_tries=1, try_number=2))
        assert {record["status"] for record in records} == {"PROCESSING"}
        assert len(paxos.book) == 3

    def test_where_no_retry_is_left_they_count_as_failed_payments(
        self, create_batch: CreateBatch, paxos: FakePaxos
    ) -> None:
        paxos.replies["create"].append(INSUFFICIENT)
        with pytest.raises(AirflowFailException, match=r"1 of 3 payments have failed(.|\n)*NOT ACCEPTED"):
            run(create_batch(), settling(max_tries=1, try_number=2))

    def test_an_unknown_outcome_is_never_called_not_accepted(self, create_batch: CreateBatch, paxos: FakePaxos) -> None:
        paxos.always["create"] = BROKEN
        ti = settling()
        with pytest.raises(errors.BatchIncomplete, match="1 of these with an unknown outcome") as failed:
            run(create_batch(payments=payments(1)), ti)
        assert "NOT ACCEPTED" not in str(failed.value)
        assert [each["acceptance"] for each in left_by(ti)] == ["unknown"]

    @pytest.mark.parametrize("on_failed_payments", ["fail", "report"])
    @pytest.mark.parametrize(
        "answer", [BROKEN, problem(429, "rate-limited"), MISSING_SCOPE], ids=["outage", "throttle", "scope"]
    )
    def test_what_concerns_the_whole_batch_is_no_success_though_no_retry_is_left(
        self, create_batch: CreateBatch, paxos: FakePaxos, answer: Any, on_failed_payments: str
    ) -> None:
        paxos.always["create"] = answer
        with pytest.raises((errors.BatchIncomplete, AirflowFailException), match="Paxos holds 0 of 3 payments"):
            run(create_batch(on_failed_payments=on_failed_payments, deferrable=False), settling())

    def test_an_outage_after_some_payments_is_no_success_either(
        self, create_batch: CreateBatch, paxos: FakePaxos
    ) -> None:
        paxos.replies["create"].append(UNSUPPORTED)
        paxos.unreachable = False
        paxos.replies["create"].extend([BROKEN] * 100)
        ti = settling()
        with pytest.raises(errors.BatchIncomplete, match="outstanding"):
            run(create_batch(on_failed_payments="report"), ti)
        assert sorted(each["acceptance"] for each in left_by(ti)) == ["refused", "unknown", "unknown"]

    def test_a_record_and_a_receipt_say_in_a_word_what_is_known_of_the_money(
        self, create_batch: CreateBatch, paxos: FakePaxos
    ) -> None:
        paxos.replies["create"].extend([UNSUPPORTED, INSUFFICIENT])
        ti = settling()
        records = run(create_batch(on_failed_payments="report"), ti)
        assert sorted(each["acceptance"] for each in records) == ["accepted", "refused", "refused"]
        assert [each["acceptance"] for each in left_by(ti)] == [each["acceptance"] for each in records]

    def test_an_unknown_outcome_of_a_single_payment_is_reported_as_such(
        self, create_batch: CreateBatch, paxos: FakePaxos
    ) -> None:
        paxos.always["create"] = problem(409, "already-exists")
        task = create_batch(payments=payments(1), on_failed_payments="report")
        (record,) = run(task, settling())
        assert record["acceptance"] == "unknown"
        with pytest.raises(AirflowFailException, match=r"1 of 1 payments have failed(.|\n)*1    UNKNOWN"):
            run(create_batch(payments=payments(1)), settling())

    def test_what_was_not_submitted_any_more_is_not_sent(self, create_batch: CreateBatch, paxos: FakePaxos) -> None:
        paxos.always["create"] = problem(429, "rate-limited")
        ti = settling()
        with pytest.raises(errors.BatchIncomplete):
            run(create_batch(payments=payments(40), deferrable=False), ti)
        assert {each["acceptance"] for each in left_by(ti)} == {"refused", "not_sent"}

    def test_an_outage_is_not_met_payment_by_payment(self, create_batch: CreateBatch, paxos: FakePaxos) -> None:
        paxos.always["create"] = BROKEN
        with pytest.raises(errors.BatchIncomplete, match=r"outstanding: 500 \(1, 2, .* and 480 more\)"):
            run(create_batch(payments=payments(500)), settling(max_tries=1))
        assert len(set(ref_ids_of(paxos))) < 40

    def test_a_throttle_ends_the_submitting_and_is_the_cause(self, create_batch: CreateBatch, paxos: FakePaxos) -> None:
        paxos.always["create"] = problem(429, "rate-limited")
        with pytest.raises(errors.BatchIncomplete) as incomplete:
            run(create_batch(payments=payments(500), deferrable=False), settling(max_tries=1))
        assert isinstance(incomplete.value.cause, errors.RateLimited)
        assert len(ref_ids_of(paxos)) <= 16

    def test_a_missing_scope_ends_the_batch_at_once_without_retries(
        self, create_batch: CreateBatch, paxos: FakePaxos
    ) -> None:
        paxos.always["create"] = MISSING_SCOPE
        with pytest.raises(AirflowFailException, match="granted to the client in the Paxos dashboard"):
            run(create_batch(payments=payments(500)), settling(max_tries=3))
        assert len(ref_ids_of(paxos)) <= 16

    def test_more_than_50_failed_payments_are_not_all_in_the_table(
        self, create_batch: CreateBatch, paxos: FakePaxos
    ) -> None:
        paxos.always["create"] = UNSUPPORTED
        with pytest.raises(AirflowFailException, match=r"60 of 60 payments have failed(.|\n)*\nand 10 more\n"):
            run(create_batch(payments=payments(60)), settling())
