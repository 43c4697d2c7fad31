"""Totals per profile and asset, to the last digit."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from airflow_provider_paxos.api.models import Orchestration
from airflow_provider_paxos.api.transfers import Transfer
from airflow_provider_paxos.reconciliation.breaks import Kind
from airflow_provider_paxos.reconciliation.daily_report import DailyReport
from airflow_provider_paxos.reconciliation.expected import Meant
from airflow_provider_paxos.reconciliation.totals import Total, breaks_of_totals, totals_of
from tests.reconciliation.builders import CREATED, book_of, meant, orchestration, transfer

PART = {"transfer_id": "t-1", "status": "COMPLETED"}
HUGE = "12345678901234567890123456789.00000000000000000000000000001"


def totals(
    *found: Orchestration,
    wanted: list[Meant] | None = None,
    transfers: list[Transfer] | None = None,
    report: DailyReport | None = None,
) -> list[Total]:
    return totals_of(book_of(*found, transfers=transfers), found, wanted, report)


def only(*found: Orchestration, **more: Any) -> Total:
    (total,) = totals(*found, **more)
    return total


def test_amounts_are_summed_to_the_last_digit() -> None:
    total = only(orchestration("a", source_amount=HUGE), orchestration("b", source_amount=HUGE))

    assert total.paxos == Decimal("24691357802469135780246913578.00000000000000000000000000002")


def test_each_profile_and_each_asset_has_its_own_total() -> None:
    found = totals(
        orchestration("a"), orchestration("b", source_asset="usdc"), orchestration("c", profile_id="profile-b")
    )

    assert [(each.profile_id, each.asset) for each in found] == [
        ("profile-a", "USD"),
        ("profile-a", "USDC"),
        ("profile-b", "USD"),
    ]


def test_what_failed_moves_nothing_and_what_is_in_progress_is_not_completed() -> None:
    total = only(orchestration("a"), orchestration("b", status="FAILED"), orchestration("c", status="PROCESSING"))

    assert (total.paxos, total.completed) == (Decimal("200.50"), Decimal("100.25"))


def test_a_missing_payment_leaves_a_difference() -> None:
    total = only(orchestration("a"), wanted=[meant("a"), meant("b")])

    (found,) = breaks_of_totals([total])

    assert (found.kind, found.profile_id, found.asset, found.amount) == (
        Kind.TOTALS,
        "profile-a",
        "USD",
        Decimal("-100.25"),
    )
    assert found.fields == {"total.meant": ("200.50", "100.25")}


def test_what_was_meant_and_has_no_orchestration_at_all_has_a_total() -> None:
    assert only(wanted=[meant("a")]).paxos == 0


def test_without_what_was_meant_there_is_no_such_total() -> None:
    assert only(orchestration()).meant is None


def test_source_transfers_are_compared_with_what_is_completed() -> None:
    moved = orchestration(source_transfer=PART)

    assert list(breaks_of_totals(totals(moved, transfers=[transfer("t-1")]))) == []
    (found,) = breaks_of_totals(totals(moved, transfers=[transfer("t-1", amount="100.24")]))
    assert found.fields == {"total.transferred": ("100.24", "100.25")}


def test_where_a_transfer_is_not_shown_there_is_no_total_of_transfers() -> None:
    assert only(orchestration(), transfers=[]).transferred is None
    assert only(orchestration(source_transfer=PART)).transferred is None


def test_where_an_amount_is_not_shown_there_is_no_total() -> None:
    assert only(orchestration(source_amount=None)).paxos is None


def test_fees_are_summed_where_they_are_paid() -> None:
    both = orchestration(source_transfer=PART, destination_transfer={"transfer_id": "t-2", "status": "COMPLETED"})
    paid = transfer("t-2", asset="USDG", fee="0.00000023")

    found = totals(both, transfers=[transfer("t-1"), paid])

    assert {each.asset: each.fees for each in found} == {"USD": Decimal(), "USDG": Decimal("0.00000023")}


def test_the_daily_report_is_compared_where_it_covers_all_days() -> None:
    report = DailyReport(frozenset([CREATED.date()]), {"o-settle-1": Decimal("100.00")}, frozenset())
    elsewhere = DailyReport(frozenset([date(2026, 1, 1)]), {}, frozenset())

    (found,) = breaks_of_totals(totals(orchestration(), report=report))
    assert found.fields == {"total.reported": ("100.00", "100.25")}
    assert only(orchestration(), report=elsewhere).reported is None


def test_a_total_is_json_with_amounts_as_strings() -> None:
    total = only(orchestration(source_amount="1000"), wanted=[])

    assert total.to_dict() == {
        "profile_id": "profile-a",
        "asset": "USD",
        "meant": "0",
        "paxos": "1000",
        "completed": "1000",
    }
