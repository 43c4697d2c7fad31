"""From XComs to orchestrations: the receipt that counts, and the others."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from airflow_provider_paxos.ui.merge import MergeResult, merge
from airflow_provider_paxos.ui.query import Row
from airflow_provider_paxos.ui.receipt_cache import ReceiptCache
from airflow_provider_paxos.ui.record import OrchestrationRecord
from airflow_provider_paxos.ui.urls import TaskKey
from airflow_provider_paxos.xcom import packed
from tests.ui.xcoms import NOW, PAY, RUN, WAIT, ago, attempt, receipt

OTHER = TaskKey("payroll", RUN, "wait")


def merged(*values: tuple[TaskKey, Any]) -> MergeResult:
    """Merge values that were written one after the other, the last one first."""
    rows = [
        Row(task, NOW - timedelta(seconds=len(values) - index), json.dumps(value))
        for index, (task, value) in enumerate(values)
    ]
    return merge(reversed(rows), NOW, ReceiptCache())


def only(*values: tuple[TaskKey, Any]) -> OrchestrationRecord:
    """Merge values that are of one orchestration."""
    (record,) = merged(*values).records
    return record


def test_the_receipt_that_was_read_last_wins() -> None:
    before = receipt(status="PROCESSING", read_at=ago(minutes=9))
    after = receipt(status="COMPLETED", read_at=ago(minutes=1))
    assert only((PAY, before), (WAIT, after)).receipt["status"] == "COMPLETED"
    assert only((WAIT, after), (PAY, before)).receipt["status"] == "COMPLETED"


@pytest.mark.parametrize("status", ["COMPLETED", "FAILED", "REJECTED"])
def test_a_terminal_status_wins_over_one_in_progress_whatever_the_clocks_say(status: str) -> None:
    terminal = receipt(status=status, read_at=ago(hours=9))
    stale = receipt(status="PROCESSING", read_at=ago(seconds=1))
    assert only((PAY, terminal), (WAIT, stale)).receipt["status"] == status
    assert only((WAIT, stale), (PAY, terminal)).receipt["status"] == status


def test_a_receipt_cannot_have_been_read_after_it_was_stored() -> None:
    forged = receipt(status="FAILED", read_at="2999-01-01T00:00:00Z")
    record = only((PAY, forged), (WAIT, receipt(read_at=NOW.isoformat())))
    assert (record.task, record.receipt["status"]) == (WAIT, "COMPLETED")
    assert only((PAY, forged)).read_at <= NOW


class TestProgress:
    """While a task waits, its progress record is newer than the receipts of its Dag run."""

    def record(self, progress: object, *, task: TaskKey = PAY, **fields: Any) -> OrchestrationRecord:
        shown = receipt(status="PROCESSING", read_at=ago(minutes=9), **fields)
        rows = [Row(PAY, NOW - timedelta(minutes=9), json.dumps(shown))]
        renewal = Row(task, NOW - timedelta(minutes=1), json.dumps(progress))
        (record,) = merge(rows, NOW, ReceiptCache(), [renewal]).records
        return record

    def seen(self, status: str, **fields: Any) -> dict[str, Any]:
        shown = {"id": receipt()["id"], "status": status, **fields}
        return {"read_at": ago(minutes=1), "counts": {status: 1}, "orchestrations": [shown]}

    def test_it_renews_status_reason_and_time(self) -> None:
        record = self.record(self.seen("REJECTED", reason="over the limit"))
        assert record.receipt["status"] == "REJECTED"
        assert record.receipt["fail_reason"] == {"detail": "over the limit"}
        assert record.read_at == NOW - timedelta(minutes=1)
        assert record.receipt["source_amount"] == receipt()["source_amount"]

    def test_that_of_another_task_of_the_run_does_so_too(self) -> None:
        assert self.record(self.seen("COMPLETED"), task=WAIT).receipt["status"] == "COMPLETED"

    def test_that_of_another_dag_does_not(self) -> None:
        assert self.record(self.seen("COMPLETED"), task=OTHER).receipt["status"] == "PROCESSING"

    def test_an_older_one_does_not(self) -> None:
        assert self.record({**self.seen("PENDING"), "read_at": ago(minutes=10)}).receipt["status"] == "PROCESSING"

    @pytest.mark.parametrize("odd", [None, 7, "x", [], {}, {"orchestrations": [7, {"id": 7}, {"id": "a"}]}], ids=str)
    def test_what_is_none_changes_nothing(self, odd: object) -> None:
        assert self.record(odd).receipt["status"] == "PROCESSING"


class TestReceiptsOfTwoDags:
    """Whoever may write a Dag may leave a receipt of any orchestration."""

    def test_another_dags_terminal_status_over_one_in_progress_is_shown_as_such(self) -> None:
        record = only((PAY, receipt(status="PROCESSING", read_at=ago(minutes=9))), (OTHER, receipt()))
        assert (record.task, record.classification.status) == (OTHER, "COMPLETED")
        assert [(each.task, each.names) for each in record.differing] == [(PAY, ("status",))]
        assert record.classification.group == "settled"

    @pytest.mark.parametrize(
        ("other", "names"),
        [
            ({"status": "FAILED"}, ("status",)),
            ({"source_amount": "1"}, ("source_amount",)),
            ({"destination_asset": "PYUSD", "ref_id": "else"}, ("ref_id", "destination_asset")),
            ({"destination": {"fiat": {"bank_account_id": "another"}}}, ("destination",)),
        ],
    )
    def test_what_contradicts_what_the_own_dag_saw_needs_attention(
        self, other: dict[str, Any], names: tuple[str, ...]
    ) -> None:
        record = only((PAY, receipt(read_at=ago(minutes=9))), (OTHER, receipt(**other)))
        assert [(each.task, each.names) for each in record.differing] == [(PAY, names)]
        assert record.classification.group == "needs_attention"
        assert "the receipts of two Dags differ" in record.classification.label

    def test_what_is_left_out_or_written_otherwise_is_no_difference(self) -> None:
        other = receipt(source_amount="100.250", source_asset="usd", destination=None)
        assert only((PAY, receipt()), (OTHER, other)).differing == ()

    def test_receipts_of_one_dag_follow_each_other(self) -> None:
        record = only((PAY, receipt(status="PROCESSING", read_at=ago(minutes=9))), (WAIT, receipt()))
        assert record.differing == ()

    def test_what_the_own_dag_says_of_the_origin_counts_first(self) -> None:
        forged = receipt(adopted=False, key="another", read_at=ago(minutes=2))
        own = receipt(adopted=True, creator="settlement.pay run-1", key="7", read_at=ago(minutes=9))
        record = only((PAY, own), (OTHER, forged), (WAIT, receipt()))
        assert (record.receipt["creator"], record.receipt["key"]) == ("settlement.pay run-1", "7")


def test_a_task_that_created_it_has_no_other_creator_though_a_later_run_adopted_it() -> None:
    later = PAY._replace(run_id="later")
    record = only(
        (PAY, receipt(adopted=False, read_at=ago(minutes=9))),
        (later, receipt(adopted=True, creator="settlement.pay first")),
    )
    assert record.receipt["creator"] == "settlement.pay first"
    assert record.of(lambda task: task == later).receipt["creator"] == "settlement.pay first"
    created = record.of(lambda task: task == PAY).receipt
    assert (created["adopted"], "creator" in created) == (False, False)


def test_of_two_that_were_read_at_once_the_one_written_last_wins() -> None:
    both = [receipt(status="PROCESSING"), receipt(status="COMPLETED")]
    assert only((PAY, both[0]), (WAIT, both[1])).receipt["status"] == "COMPLETED"


def test_a_receipt_without_read_at_counts_from_when_it_was_written() -> None:
    record = only((PAY, receipt(read_at=ago(minutes=9))), (WAIT, receipt(read_at=None, status="FAILED")))
    assert (record.task, record.receipt["status"]) == (WAIT, "FAILED")


def test_the_other_tasks_stay_as_links() -> None:
    record = only((PAY, receipt()), (OTHER, receipt()), (WAIT, receipt()))
    assert (record.task, record.other_tasks) == (WAIT, (OTHER, PAY))


def test_a_task_that_holds_it_twice_is_one_link() -> None:
    assert only((PAY, [receipt(), receipt()])).other_tasks == ()


def test_what_only_the_submitting_task_has_is_kept() -> None:
    record = only((PAY, receipt(adopted=True, key="invoice-7", read_at=ago(minutes=9))), (WAIT, receipt()))
    assert (record.task, record.receipt["adopted"], record.receipt["key"]) == (WAIT, True, "invoice-7")


@pytest.mark.parametrize("payments", [3, 501], ids=["a list", "compressed"])
def test_a_batch_is_a_record_for_each_payment(payments: int) -> None:
    batch = packed([receipt(id=f"payment-{number}", key=f"invoice-{number}") for number in range(payments)])
    records = merged((PAY, batch)).records
    assert [record.receipt["key"] for record in records] == [f"invoice-{number}" for number in range(payments)]


class TestAttemptsThatFoundNoOrchestration:
    @pytest.mark.parametrize("read_at", [ago(hours=9), ago(seconds=1)], ids=["seen before", "seen after"])
    def test_one_is_superseded_by_the_payment_that_it_asked_for(self, read_at: str) -> None:
        record = only((PAY, attempt()), (WAIT, receipt(read_at=read_at)))
        assert record.receipt["status"] == "COMPLETED"
        assert record.tasks == (WAIT, PAY)

    def test_the_same_amount_may_be_written_otherwise(self) -> None:
        assert only((PAY, attempt(source_amount="100.250")), (WAIT, receipt())).classification.status == "COMPLETED"

    @pytest.mark.parametrize(
        "other",
        [
            {"source_amount": "200.50"},
            {"destination_asset": "PYUSD"},
            {"destination": {"fiat": {"bank_account_id": "fa110000-0000-4000-8000-00000000000f"}}},
        ],
    )
    def test_one_stays_beside_another_payment_of_its_ref_id(self, other: dict[str, Any]) -> None:
        found = merged((PAY, attempt(**other)), (WAIT, receipt()))
        records = {record.classification.status: record for record in found.records}
        assert records.keys() == {"ERROR", "COMPLETED"}
        assert (records["ERROR"].tasks, records["ERROR"].beside) == ((PAY,), (WAIT,))
        assert (records["COMPLETED"].tasks, records["COMPLETED"].beside) == ((WAIT,), (PAY,))

    def test_one_stays_where_there_is_too_little_to_compare(self) -> None:
        assert len(merged((PAY, attempt(destination=None)), (WAIT, receipt())).records) == 2

    def test_one_stays_beside_a_receipt_of_another_ref_id(self) -> None:
        assert len(merged((PAY, attempt()), (WAIT, receipt(ref_id="settle-2"))).records) == 2

    def test_of_several_for_the_same_payment_the_newest_counts(self) -> None:
        record = only((PAY, attempt(error="first", read_at=ago(minutes=2))), (WAIT, attempt(error="second")))
        assert (record.receipt["error"], record.other_tasks) == ("second", (PAY,))


def test_an_xcom_that_is_no_receipt_is_counted() -> None:
    found = merged((PAY, "s3://bucket/orchestration.json"), (WAIT, {"path": "elsewhere"}), (OTHER, receipt()))
    assert (found.unreadable, found.xcoms_read, len(found.records)) == (2, 3, 1)


def test_a_batch_of_no_payments_is_readable() -> None:
    assert merged((PAY, [])).unreadable == 0


@pytest.mark.parametrize(("limit", "xcoms_read"), [("MOST_ROWS", 2), ("MOST_RECEIPTS", 2)])
def test_the_result_says_that_something_is_left_out(
    limit: str, xcoms_read: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(f"airflow_provider_paxos.ui.merge.{limit}", 2)
    found = merged(*((PAY._replace(map_index=number), receipt(id=f"id-{number}")) for number in range(3)))
    assert (found.complete, found.xcoms_read, len(found.records)) == (False, xcoms_read, 2)
    assert [record.receipt["id"] for record in found.records] == ["id-2", "id-1"]
