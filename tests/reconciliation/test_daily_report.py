"""Paxos' daily report as a fourth book."""

from __future__ import annotations

import csv
import io
from datetime import date
from decimal import Decimal

import pytest

from airflow_provider_paxos.api.errors import InvalidRequest
from airflow_provider_paxos.api.models import Orchestration
from airflow_provider_paxos.emulator.reports import COLUMNS
from airflow_provider_paxos.reconciliation.breaks import Break, Kind
from airflow_provider_paxos.reconciliation.daily_report import DailyReport, breaks_of_daily_report, daily_report
from airflow_provider_paxos.reconciliation.paxos_book import PaxosBook
from tests.reconciliation.builders import WINDOW, book_of, kinds, orchestration

ROW = {
    "Amount": "100.25",
    "Assets": "USD",
    "BalanceType": "AVAILABLE",
    "Direction": "DEBIT",
    "OrchestrationID": "o-settle-1",
    "ProfileID": "profile-a",
    "Timestamp": "2026-11-21T12:00:00Z",
    "TransactionType": "ORCHESTRATION_RESERVE",
}


def text_of(*rows: dict[str, str]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, restval="")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def report_of(*rows: dict[str, str]) -> DailyReport:
    return daily_report([text_of(*rows)], ["profile-a"], WINDOW)


def breaks(report: DailyReport, *found: Orchestration, book: PaxosBook | None = None) -> list[Break]:
    return list(breaks_of_daily_report(report, book or book_of(*found), found))


def test_a_report_holds_what_was_reserved_for_each_orchestration() -> None:
    report = report_of(ROW, {**ROW, "Amount": "1"}, {**ROW, "OrchestrationID": "o-2", "Amount": ".5"[1:]})

    assert report.reserved == {"o-settle-1": Decimal("101.25"), "o-2": Decimal(5)}
    assert report.created_in == {"o-settle-1", "o-2"}
    assert report.days == {date(2026, 11, 21)}


@pytest.mark.parametrize(
    "other",
    [
        {"ProfileID": "profile-z"},
        {"BalanceType": "TRADING"},
        {"Direction": "CREDIT"},
        {"TransactionType": "ORCHESTRATION_UNRESERVE"},
        {"OrchestrationID": ""},
    ],
)
def test_other_rows_reserve_nothing(other: dict[str, str]) -> None:
    assert report_of({**ROW, **other}).reserved == {}


def test_what_both_show_alike_is_no_exception() -> None:
    assert breaks(report_of(ROW), orchestration()) == []


def test_another_amount_differs() -> None:
    (found,) = breaks(report_of({**ROW, "Amount": "100.26"}), orchestration())

    assert (found.kind, found.fields) == (Kind.DIFFERS, {"daily_report.Amount": ("100.26", "100.25")})


def test_an_orchestration_that_the_report_of_its_day_lacks_is_an_exception() -> None:
    empty = report_of({**ROW, "OrchestrationID": "", "TransactionType": "WIRE_DEPOSIT"})

    assert kinds(breaks(empty, orchestration())) == [(Kind.NOT_IN_DAILY_REPORT, "settle-1")]
    assert breaks(empty, orchestration(status="PENDING"), orchestration("b", status="REJECTED")) == []
    assert breaks(report_of(), orchestration()) == []


def test_an_orchestration_that_only_the_report_has_is_missing_at_the_api() -> None:
    (found,) = breaks(report_of(ROW))

    assert (found.kind, found.id, found.amount) == (Kind.MISSING, "o-settle-1", Decimal("100.25"))
    unread = book_of()
    unread.unread_ids.add("o-settle-1")
    assert breaks(report_of(ROW), book=unread) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Amount,Assets\n1,USD\n", "has no column BalanceType, Direction"),
        (text_of(ROW) + "1,2\n", "line 3 of the daily report has not a value for each column"),
        (text_of({**ROW, "Amount": "1e3"}), "line 2 of the daily report: Amount: .* not a plain decimal"),
        (text_of({**ROW, "Timestamp": "noon"}), "line 2 of the daily report: Timestamp is noon"),
        (text_of(ROW) + '"1', "of the daily report is not CSV"),
    ],
)
def test_what_is_no_such_report_is_refused(text: str, expected: str) -> None:
    with pytest.raises(InvalidRequest, match=expected):
        daily_report([text], ["profile-a"], WINDOW)


def test_a_byte_order_mark_is_tolerated() -> None:
    assert daily_report(["\ufeff" + text_of(ROW)], ["profile-a"], WINDOW).created_in == {"o-settle-1"}
