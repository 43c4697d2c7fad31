"""From XComs to orchestrations: which receipt counts, and what becomes of the others."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from airflow_provider_paxos.ui.merging import Book, Entry, merged
from airflow_provider_paxos.ui.places import Place
from airflow_provider_paxos.ui.query import Row
from airflow_provider_paxos.ui.reading import Reader
from airflow_provider_paxos.xcom import packed
from tests.ui.planting import NOW, PAY, RUN, WAIT, ago, attempt, receipt

OTHER = Place("payroll", RUN, "wait")


def book(*values: tuple[Place, Any]) -> Book:
    """Merge values that were written one after the other, the last one first."""
    rows = [
        Row(place, NOW - timedelta(seconds=len(values) - index), json.dumps(value))
        for index, (place, value) in enumerate(values)
    ]
    return merged(reversed(rows), NOW, Reader())


def only(*values: tuple[Place, Any]) -> Entry:
    """Merge values that are of one orchestration."""
    (entry,) = book(*values).entries
    return entry


def test_the_receipt_that_was_read_last_wins() -> None:
    before = receipt(status="PROCESSING", read_at=ago(minutes=9))
    after = receipt(status="COMPLETED", read_at=ago(minutes=1))
    assert only((PAY, before), (WAIT, after)).receipt["status"] == "COMPLETED"
    assert only((WAIT, after), (PAY, before)).receipt["status"] == "COMPLETED"


def test_of_two_that_were_read_at_once_the_one_written_last_wins() -> None:
    both = [receipt(status="PROCESSING"), receipt(status="COMPLETED")]
    assert only((PAY, both[0]), (WAIT, both[1])).receipt["status"] == "COMPLETED"


def test_a_receipt_that_does_not_tell_when_it_was_read_counts_from_when_it_was_written() -> None:
    entry = only((PAY, receipt(read_at=ago(minutes=9))), (WAIT, receipt(read_at=None, status="FAILED")))
    assert (entry.place, entry.receipt["status"]) == (WAIT, "FAILED")


def test_the_other_tasks_stay_as_links() -> None:
    entry = only((PAY, receipt()), (OTHER, receipt()), (WAIT, receipt()))
    assert (entry.place, entry.others) == (WAIT, (OTHER, PAY))


def test_a_task_that_holds_it_twice_is_one_link() -> None:
    assert only((PAY, [receipt(), receipt()])).others == ()


def test_what_only_the_submitting_task_knows_is_kept() -> None:
    entry = only((PAY, receipt(adopted=True, key="invoice-7", read_at=ago(minutes=9))), (WAIT, receipt()))
    assert (entry.place, entry.receipt["adopted"], entry.receipt["key"]) == (WAIT, True, "invoice-7")


@pytest.mark.parametrize("payments", [3, 501], ids=["a list", "compressed"])
def test_a_batch_is_an_entry_for_each_payment(payments: int) -> None:
    batch = packed([receipt(id=f"payment-{number}", key=f"invoice-{number}") for number in range(payments)])
    entries = book((PAY, batch)).entries
    assert [entry.receipt["key"] for entry in entries] == [f"invoice-{number}" for number in range(payments)]


class TestAttemptsThatKnowOfNoOrchestration:
    @pytest.mark.parametrize("read_at", [ago(hours=9), ago(seconds=1)], ids=["seen before", "seen after"])
    def test_one_is_superseded_by_the_payment_that_it_asked_for(self, read_at: str) -> None:
        entry = only((PAY, attempt()), (WAIT, receipt(read_at=read_at)))
        assert entry.receipt["status"] == "COMPLETED"
        assert entry.places == (WAIT, PAY)

    def test_the_same_amount_may_be_written_otherwise(self) -> None:
        assert only((PAY, attempt(source_amount="100.250")), (WAIT, receipt())).standing.status == "COMPLETED"

    @pytest.mark.parametrize(
        "other",
        [
            {"source_amount": "200.50"},
            {"destination_asset": "PYUSD"},
            {"destination": {"fiat": {"bank_account_id": "fa110000-0000-4000-8000-00000000000f"}}},
        ],
    )
    def test_one_stays_beside_another_payment_of_its_ref_id(self, other: dict[str, Any]) -> None:
        entries = {entry.standing.status: entry for entry in book((PAY, attempt(**other)), (WAIT, receipt())).entries}
        assert entries.keys() == {"ERROR", "COMPLETED"}
        assert entries["ERROR"].places == (PAY, WAIT)

    def test_one_stays_where_too_little_is_told_to_compare(self) -> None:
        assert len(book((PAY, attempt(destination=None)), (WAIT, receipt())).entries) == 2

    def test_one_stays_beside_a_receipt_of_another_ref_id(self) -> None:
        assert len(book((PAY, attempt()), (WAIT, receipt(ref_id="settle-2"))).entries) == 2

    def test_of_several_for_the_same_payment_the_newest_counts(self) -> None:
        entry = only((PAY, attempt(error="first", read_at=ago(minutes=2))), (WAIT, attempt(error="second")))
        assert (entry.receipt["error"], entry.others) == ("second", (PAY,))


def test_an_xcom_that_is_no_receipt_is_counted() -> None:
    found = book((PAY, "s3://bucket/orchestration.json"), (WAIT, {"path": "elsewhere"}), (OTHER, receipt()))
    assert (found.unreadable, found.looked_at, len(found.entries)) == (2, 3, 1)


def test_a_batch_of_no_payments_is_readable() -> None:
    assert book((PAY, [])).unreadable == 0


@pytest.mark.parametrize(("limit", "looked_at"), [("MOST_ROWS", 2), ("MOST_RECEIPTS", 2)])
def test_what_is_left_out_is_told(limit: str, looked_at: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(f"airflow_provider_paxos.ui.merging.{limit}", 2)
    found = book(*((PAY._replace(map_index=number), receipt(id=f"id-{number}")) for number in range(3)))
    assert (found.complete, found.looked_at, len(found.entries)) == (False, looked_at, 2)
    assert [entry.receipt["id"] for entry in found.entries] == ["id-2", "id-1"]
