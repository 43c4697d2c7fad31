"""The report: its summary, its words, and its JSON Lines."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from airflow_provider_paxos.reconciliation.breaks import Break, Kind
from airflow_provider_paxos.reconciliation.report import MOST_EXCEPTIONS, Report
from airflow_provider_paxos.reconciliation.text import headline, in_words, json_lines
from airflow_provider_paxos.reconciliation.totals import Total
from tests.reconciliation.builders import NOW, WINDOW

MISSING = Break(Kind.MISSING, "There is none.", ref_id="settle-1", asset="USD", amount=Decimal("1000"))
NOTE = Break(Kind.RULE_MADE, "A rule made it.", id="o-1")
TOTAL = Total("profile-a", "USD", meant=Decimal("1000"), paxos=Decimal(0))


def report(*breaks: Break, **more: Any) -> Report:
    values = {"totals": (TOTAL,), "in_progress": ("o-9",), **more}
    return Report("sandbox", ("profile-a",), WINDOW, NOW, {"COMPLETED": 2, "FAILED": 1}, breaks, **values)


def test_a_report_without_exceptions_is_clean_and_a_note_is_none() -> None:
    assert report().is_clean
    assert report(NOTE).is_clean
    assert not report(MISSING).is_clean


def test_an_incomplete_report_is_never_clean() -> None:
    found = report(incomplete=("a page failed",))

    assert not found.is_clean
    assert "INCOMPLETE" in headline(found)
    assert "Incomplete: a page failed" in in_words(found)


def test_a_summary_is_json_of_bounded_size() -> None:
    summary = report(*[MISSING] * (MOST_EXCEPTIONS + 50), NOTE, totals=(TOTAL,) * 500).summary()

    assert json.loads(json.dumps(summary)) == summary
    assert (summary["clean"], summary["exceptions"], summary["orchestrations"]) == (False, MOST_EXCEPTIONS + 50, 3)
    assert summary["by_kind"] == {"missing": MOST_EXCEPTIONS + 50, "rule_made": 1}
    assert len(summary["first_exceptions"]) == MOST_EXCEPTIONS
    assert len(summary["totals"]) == 200


def test_the_first_line_of_json_lines_is_the_summary_and_each_further_line_an_exception() -> None:
    first, *others = (json.loads(line) for line in json_lines(report(MISSING, NOTE)))

    assert (first["kind"], first["complete"], first["totals"][0]["meant"]) == ("summary", True, "1000")
    assert "first_exceptions" not in first
    assert others[0] == {
        "kind": "missing",
        "exception": True,
        "ref_id": "settle-1",
        "asset": "USD",
        "amount": "1000",
        "what": "There is none.",
        "what_to_do": Kind.MISSING.what_to_do,
    }
    assert (others[1]["kind"], others[1]["exception"]) == ("rule_made", False)


def test_the_words_name_each_exception_and_what_to_do() -> None:
    words = in_words(report(MISSING, NOTE, not_checked=("transfers: no scope",)))

    assert words.splitlines()[0] == (
        "Reconciliation of 2026-11-21T00:00:00+00:00 to 2026-11-22T00:00:00+00:00 (sandbox): 3 orchestrations, "
        "exceptions: 1"
    )
    assert "Not checked: transfers: no scope" in words
    assert "missing    settle-1  -    1000 USD  -       There is none." in words
    assert f"missing: {Kind.MISSING.what_to_do}" in words
    assert "profile-a   USD    1000   0" in words


def test_a_log_shows_the_first_fifty_and_a_file_all() -> None:
    many = report(*[MISSING] * 60)

    assert "and 10 more" in in_words(many)
    assert in_words(many, whole=True).count("There is none.") == 60


def test_no_value_of_paxos_adds_a_line() -> None:
    hostile = Break(Kind.DIFFERS, "one\nReconciliation: clean", ref_id="a\nb")

    assert len(in_words(report(hostile)).splitlines()) == len(in_words(report(MISSING)).splitlines())


@pytest.mark.parametrize("kind", Kind)
def test_each_class_says_what_to_do(kind: Kind) -> None:
    assert kind.what_to_do.endswith(".")
