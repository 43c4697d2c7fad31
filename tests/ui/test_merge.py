"""From XComs to orchestrations: the receipt that counts, and the others."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from airflow_provider_paxos.ui.merge import MergeResult, OrchestrationRecord, merge
from airflow_provider_paxos.ui.query import Row
from airflow_provider_paxos.ui.receipt_cache import ReceiptCache
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
        assert records["ERROR"].tasks == (PAY, WAIT)

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
