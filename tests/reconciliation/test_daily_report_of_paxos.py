"""The daily report that Paxos writes, beside what its API shows of the same day."""

from __future__ import annotations

from collections import Counter

import pytest

from airflow_provider_paxos.emulator.reports import profile_transactions
from airflow_provider_paxos.reconciliation.breaks import Kind
from airflow_provider_paxos.reconciliation.daily_report import daily_report
from airflow_provider_paxos.reconciliation.expected import meant_payments
from airflow_provider_paxos.reconciliation.reconcile import Books, reconcile
from airflow_provider_paxos.reconciliation.report import Report
from tests.planning.paxos_of_a_book import client_of
from tests.reconciliation.builders import CREATED, NOW, WINDOW
from tests.reconciliation.planted import DAGS, PROFILES, USUAL, WIRE, Fate, Planted, meant_rows, plant

FATES: list[Fate] = ["paid", "failed", "rejected", "slow", "repaired", "twin", "changed"]
PLAN = [Planted(number, fate, PROFILES[number % 2], "USDC", "000001") for number, fate in enumerate(FATES)]


@pytest.fixture
def text() -> str:
    """The report of the day, after all that was planned has happened."""
    plant(PLAN)
    paxos = WIRE.paxos
    orchestrations = {each.id: each for each in paxos.store.orchestrations}
    return profile_transactions(CREATED.date(), paxos.ledger.bookings, orchestrations, paxos.transfers)


def reconciled(text: str) -> Report:
    books = Books(
        meant=meant_payments(meant_rows(PLAN), ()),
        daily_report=daily_report([text], PROFILES, WINDOW),
        dag_ids=DAGS,
        usual=USUAL,
    )
    with client_of(WIRE) as client:
        return client.run(reconcile(client, PROFILES, WINDOW, books, now=NOW))


def found(report: Report) -> Counter[tuple[Kind, str | None]]:
    return Counter((each.kind, each.ref_id) for each in report.breaks if "daily_report" in str(dict(each.fields)))


def test_a_report_of_the_whole_day_differs_only_where_the_api_shows_another_amount(text: str) -> None:
    report = reconciled(text)

    assert found(report) == {(Kind.DIFFERS, "settle-6"): 1}
    assert not [each for each in report.breaks if each.kind is Kind.NOT_IN_DAILY_REPORT]
    assert {each.profile_id for each in report.breaks if "total.reported" in each.fields} == {PROFILES[0]}


def test_an_orchestration_that_the_report_leaves_out_is_named(text: str) -> None:
    first = WIRE.paxos.store.orchestrations[0]
    lines = [line for line in text.splitlines(keepends=True) if first.id not in line]

    report = reconciled("".join(lines))

    lacking = [each for each in report.breaks if each.kind is Kind.NOT_IN_DAILY_REPORT]
    assert [each.ref_id for each in lacking] == [first.ref_id]


def test_an_orchestration_that_only_the_report_has_is_named(text: str) -> None:
    first = WIRE.paxos.store.orchestrations[0]
    stranger = "".join(
        line.replace(first.id, "00000000-0000-4000-8000-0000000dead0")
        for line in text.splitlines(keepends=True)
        if first.id in line
    )

    report = reconciled(text + stranger)

    assert [each.id for each in report.breaks if each.kind is Kind.MISSING] == ["00000000-0000-4000-8000-0000000dead0"]
