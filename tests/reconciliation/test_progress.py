"""Statuses: unsuccessful and not repaired, failed in a part, in progress for unusually long."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from airflow_provider_paxos.api.models import Orchestration
from airflow_provider_paxos.api.repair_chain import REPLACES
from airflow_provider_paxos.api.transfers import Transfer
from airflow_provider_paxos.reconciliation.breaks import Break, Kind
from airflow_provider_paxos.reconciliation.progress import USUAL, breaks_of_progress
from tests.reconciliation.builders import NOW, STAMPED, book_of, kinds, orchestration, transfer

BY_RAIL = {
    "profile": {"profile": {"profile_id": "p"}},
    "crypto": {"crypto": {"address": "0x1", "network": "ETHEREUM"}},
    "fiat": {"fiat": {"bank_account_id": "b"}},
}
PART = {"transfer_id": "t-1", "status": "COMPLETED"}


def breaks(*found: Orchestration, transfers: list[Transfer] | None = None) -> list[Break]:
    return list(breaks_of_progress(book_of(*found, transfers=transfers), NOW))


def repair(ref_id: str, replaced: str, **fields: Any) -> Orchestration:
    return orchestration(ref_id, metadata={**STAMPED, REPLACES: replaced}, **fields)


@pytest.mark.parametrize("status", ["FAILED", "REJECTED"])
def test_an_unsuccessful_one_needs_a_repair(status: str) -> None:
    (found,) = breaks(orchestration(status=status, fail_reason={"detail": "the account is closed"}))

    assert found.kind is Kind.UNSUCCESSFUL
    assert found.what == f"It is {status}: the account is closed."


def test_a_repaired_one_does_not() -> None:
    assert breaks(orchestration(status="FAILED"), repair("settle-1-r1", "settle-1")) == []


def test_one_whose_repair_was_not_looked_up_may_be_repaired() -> None:
    book = book_of(orchestration(status="FAILED"))
    book.unread_ref_ids.add("settle-1-r1")

    assert list(breaks_of_progress(book, NOW)) == []


def test_of_a_chain_the_last_unsuccessful_one_needs_a_repair() -> None:
    chain = [orchestration(status="FAILED"), repair("settle-1-r1", "settle-1", status="FAILED")]

    assert kinds(breaks(*chain)) == [(Kind.UNSUCCESSFUL, "settle-1-r1")]


@pytest.mark.parametrize("side", ["source_transfer", "destination_transfer"])
def test_a_completed_one_whose_transfer_is_shown_as_failed_is_an_exception(side: str) -> None:
    assert kinds(breaks(orchestration(**{side: {"transfer_id": "t-1", "status": "FAILED"}}))) == [
        (Kind.TRANSFER_FAILED, "settle-1")
    ]


def test_a_completed_one_whose_transfer_is_failed_is_an_exception() -> None:
    found = breaks(orchestration(source_transfer=PART), transfers=[transfer("t-1", status="FAILED")])

    assert kinds(found) == [(Kind.TRANSFER_FAILED, "settle-1")]


def test_a_transfer_that_paxos_does_not_return_is_not_shown() -> None:
    (found,) = breaks(orchestration(source_transfer=PART), transfers=[])

    assert found.kind is Kind.NOT_SHOWN
    assert "does not return its transfer t-1" in found.what


def test_transfers_that_were_not_read_are_no_exception() -> None:
    assert breaks(orchestration(source_transfer=PART)) == []


@pytest.mark.parametrize("rail", BY_RAIL)
@pytest.mark.parametrize("status", ["PENDING", "PROCESSING", "A_NEW_ONE"])
def test_what_is_usual_depends_on_the_rail_of_the_destination(rail: str, status: str) -> None:
    usual, more = USUAL[rail], timedelta(seconds=1)
    fields = {"destination": BY_RAIL[rail], "status": status}

    assert breaks(orchestration(created_at=NOW - usual, **fields)) == []
    assert kinds(breaks(orchestration(created_at=NOW - usual - more, **fields))) == [
        (Kind.IN_PROGRESS_LONG, "settle-1")
    ]


def test_a_transfer_that_waits_for_somebody_is_named_at_once() -> None:
    waiting = orchestration(status="PROCESSING", created_at=NOW, source_transfer={"transfer_id": "t-1"})
    requested = transfer("t-1", status="PENDING", secondary_status={"name": "TRAVEL_RULE_INFO_REQUESTED"})

    (found,) = breaks(waiting, transfers=[requested])

    assert found.kind is Kind.IN_PROGRESS_LONG
    assert "TRAVEL_RULE_INFO_REQUESTED" in found.what


def test_one_in_progress_without_a_time_is_named() -> None:
    assert kinds(breaks(orchestration(status="PROCESSING", created_at=None))) == [(Kind.IN_PROGRESS_LONG, "settle-1")]
