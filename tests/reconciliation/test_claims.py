"""Payments that should exist: missing ones, and those that Paxos has otherwise."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from airflow_provider_paxos.reconciliation.breaks import Break, Kind
from airflow_provider_paxos.reconciliation.claims import breaks_of_claims, claims_of
from airflow_provider_paxos.reconciliation.expected import Meant, Recorded
from airflow_provider_paxos.reconciliation.paxos_book import PaxosBook
from tests.reconciliation.builders import book_of, kinds, meant, orchestration

RECORDED = Recorded("settle-1", "o-settle-1", status="COMPLETED", acceptance="accepted")


def breaks(book: PaxosBook, wanted: list[Meant] | None = None, recorded: list[Recorded] | None = None) -> list[Break]:
    return list(breaks_of_claims(claims_of(wanted or [], recorded or []), book))


def test_what_was_meant_and_is_there_is_no_exception() -> None:
    assert breaks(book_of(orchestration()), [meant()], [RECORDED]) == []


def test_a_payment_without_an_orchestration_is_missing() -> None:
    (found,) = breaks(book_of(), [meant()])

    assert (found.kind, found.ref_id, found.amount, found.asset) == (
        Kind.MISSING,
        "settle-1",
        Decimal("100.25"),
        "USD",
    )


def test_a_missing_payment_has_the_reason_that_airflow_has_recorded() -> None:
    refused = Recorded("settle-1", key="7", acceptance="refused", reason="insufficient funds")

    (found,) = breaks(book_of(), [meant()], [refused])

    assert (found.kind, found.key) == (Kind.MISSING, "7")
    assert "insufficient funds" in found.what


def test_an_orchestration_that_airflow_has_recorded_and_paxos_does_not_return_is_missing() -> None:
    (found,) = breaks(book_of(), recorded=[RECORDED])

    assert (found.kind, found.id) == (Kind.MISSING, "o-settle-1")
    assert "Airflow has recorded orchestration o-settle-1" in found.what


def test_a_payment_that_was_not_meant_and_not_accepted_is_no_exception() -> None:
    assert breaks(book_of(), recorded=[Recorded("settle-1", acceptance="refused")]) == []


def test_what_was_not_read_is_not_called_missing() -> None:
    book = book_of()
    book.unread_ref_ids.add("settle-1")
    book.unread_ids.add("o-2")

    assert breaks(book, [meant()], [Recorded(None, "o-2")]) == []


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"source_amount": "100.26"}, {"source_amount": ("100.25", "100.26")}),
        ({"destination_asset": "PYUSD"}, {"destination_asset": ("USDG", "PYUSD")}),
        (
            {"destination": {"profile": {"profile_id": "profile-c"}}},
            {"destination.profile.profile_id": ("profile-b", "profile-c")},
        ),
    ],
)
def test_a_field_that_differs_is_named_with_both_values(fields: dict[str, Any], expected: dict[str, Any]) -> None:
    (found,) = breaks(book_of(orchestration(**fields)), [meant()])

    assert (found.kind, found.fields) == (Kind.DIFFERS, expected)


def test_an_amount_with_other_zeros_does_not_differ() -> None:
    assert breaks(book_of(orchestration(source_amount="100.2500")), [meant()]) == []


def test_a_value_that_paxos_does_not_show_is_neither_equal_nor_different() -> None:
    (found,) = breaks(book_of(orchestration(source_amount=None)), [meant()])

    assert found.kind is Kind.NOT_SHOWN
    assert "source_amount" in found.what


@pytest.mark.parametrize(
    ("recorded", "shown", "differs"),
    [
        ("COMPLETED", "FAILED", True),
        ("FAILED", "COMPLETED", True),
        ("COMPLETED", "PROCESSING", True),
        ("PROCESSING", "COMPLETED", False),
        (None, "COMPLETED", False),
    ],
)
def test_a_terminal_status_that_airflow_has_recorded_does_not_change(
    recorded: str | None, shown: str, differs: bool
) -> None:
    found = breaks(book_of(orchestration(status=shown)), recorded=[Recorded("settle-1", "o-settle-1", status=recorded)])

    assert [dict(each.fields) for each in found] == ([{"status": (recorded, shown)}] if differs else [])


def test_another_id_than_airflow_has_recorded_differs() -> None:
    (found,) = breaks(book_of(orchestration()), recorded=[Recorded("settle-1", "o-other")])

    assert found.fields == {"id": ("o-other", "o-settle-1")}


def test_an_orchestration_without_a_ref_id_is_found_by_the_recorded_id() -> None:
    nameless = orchestration(None, id="o-settle-1")

    assert kinds(breaks(book_of(nameless), recorded=[RECORDED])) == []


def test_of_several_records_of_a_payment_one_with_an_orchestration_counts() -> None:
    refused = Recorded("settle-1", acceptance="refused", reason="no funds")

    for records in ([refused, RECORDED], [RECORDED, refused]):
        (claim,) = claims_of([meant()], records)
        assert claim.recorded == RECORDED
