"""Rows of what was meant and of what Airflow has recorded, read into payments."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_provider_paxos.api.errors import InvalidRequest
from airflow_provider_paxos.reconciliation.expected import Recorded, meant_payments, recorded_payments
from tests.payments import PAYMENT, payment


def test_a_row_is_a_request_with_a_key_and_the_duplicates_that_are_meant() -> None:
    (found,) = meant_payments([{"key": "7", "duplicate_of_ok": "settle-0", **payment("settle-7")}], ())

    assert (found.ref_id, found.key, found.duplicate_of_ok) == ("settle-7", "7", {"settle-0"})


def test_a_row_without_a_ref_id_takes_it_from_the_record_with_its_key() -> None:
    recorded = recorded_payments([{"key": "7", "ref_id": "settle-7", "status": "COMPLETED"}])

    (found,) = meant_payments([{"key": "7", **PAYMENT}], recorded)

    assert found.ref_id == "settle-7"


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([{"key": "7", **PAYMENT}], "row 1: it has no ref_id, and no record has its key"),
        ([payment(source_amount=1.5)], "row 1: source_amount: .* is a float"),
        ([payment(destnation={})], "row 1: destnation"),
        ([payment(), payment()], "row 2: ref_id: settle-1 is that of an earlier row, too"),
        ([7], "row 1: it is of the type int"),
        ("settle-1", "expected is of the type str; a list of mappings is expected"),
        (payment(), "expected is of the type dict; a list of mappings is expected"),
    ],
)
def test_wrong_rows_are_named(rows: Any, expected: str) -> None:
    with pytest.raises(InvalidRequest, match=expected):
        meant_payments(rows, ())


def test_every_wrong_row_is_counted() -> None:
    rows = [payment(f"settle-{number}", source_amount="-1") for number in range(30)]

    with pytest.raises(InvalidRequest, match=r"30 rows of what was expected are not valid:(?s:.*)and 10 more"):
        meant_payments(rows, ())


def test_receipts_and_records_are_read_alike() -> None:
    receipt = {"ref_id": "a", "id": "o-a", "status": "PROCESSING", "acceptance": "accepted", "source_amount": "1"}
    refused = {"key": "7", "ref_id": "b", "acceptance": "refused", "error": "no funds"}
    record = {"key": "8", "ref_id": "c", "id": "o-c", "status": "FAILED", "acceptance": "accepted", "reason": "closed"}

    assert recorded_payments([receipt, refused, record]) == [
        Recorded("a", "o-a", None, "PROCESSING", "accepted", None),
        Recorded("b", None, "7", None, "refused", "no funds"),
        Recorded("c", "o-c", "8", "FAILED", "accepted", "closed"),
    ]


def test_a_record_that_names_no_payment_is_left_out() -> None:
    assert recorded_payments([{"status": "COMPLETED"}, {"ref_id": 7}, {"id": ""}]) == []


@pytest.mark.parametrize(
    ("acceptance", "orchestration_id", "expected"),
    [("refused", None, True), ("not_sent", None, True), ("unknown", None, False), ("accepted", "o-1", False)],
)
def test_airflow_knows_that_there_is_none_only_if_paxos_refused_it_or_it_was_not_sent(
    acceptance: str, orchestration_id: str | None, expected: bool
) -> None:
    assert Recorded("a", orchestration_id, acceptance=acceptance).was_not_accepted is expected
