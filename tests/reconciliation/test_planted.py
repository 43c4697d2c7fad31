"""A report names exactly what was planted into Paxos' books; on half a book, it is never clean."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import HealthCheck, Phase, event, given, settings
from hypothesis import strategies as st

from airflow_provider_paxos.emulator.faults import Fault
from airflow_provider_paxos.emulator.settings import SCOPES
from airflow_provider_paxos.reconciliation import reading
from airflow_provider_paxos.reconciliation.breaks import Kind
from airflow_provider_paxos.reconciliation.expected import meant_payments
from airflow_provider_paxos.reconciliation.reconcile import Books, reconcile
from airflow_provider_paxos.reconciliation.report import Report
from tests.chaos.wire import InProcess
from tests.planning.paxos_of_a_book import client_of
from tests.reconciliation.builders import NOW, WINDOW
from tests.reconciliation.planted import (
    DAGS,
    PROFILES,
    USUAL,
    Planted,
    expected_breaks,
    expected_totals,
    meant_rows,
    plans,
    plant,
)

TRIED = settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture],
)
LIST = "/v2/orchestration/orchestrations"
TRANSFERS = "/v2/transfer/transfers"
# None of them passes by itself: the client would read the page again.
FAULTS = (
    Fault(kind="repeat_cursor", path=LIST, skip=1),
    Fault(kind="problem", status=400, path=LIST),
    Fault(kind="problem", status=400, path=LIST, skip=1),
    Fault(kind="problem", status=400, path=LIST, skip=2),
    Fault(kind="problem", status=403, path=TRANSFERS),
    Fault(kind="throttle", path=LIST, times=100, skip=1),
)


@pytest.fixture(autouse=True)
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a page hold four orchestrations, so that small books have several pages."""
    monkeypatch.setattr(reading, "MAX_PER_PAGE", 4)


def reconciled(wire: InProcess, plan: list[Planted], in_progress: list[str]) -> Report:
    books = Books(meant=meant_payments(meant_rows(plan), ()), in_progress=in_progress, dag_ids=DAGS, usual=USUAL)
    with client_of(wire, SCOPES) as client:
        return client.run(reconcile(client, PROFILES, WINDOW, books, now=NOW))


def of_payments(report: Report) -> Counter[tuple[Kind, str]]:
    return Counter((each.kind, str(each.ref_id)) for each in report.breaks if each.kind is not Kind.TOTALS)


@TRIED
@given(plan=plans())
def test_the_report_names_exactly_what_was_planted(plan: list[Planted]) -> None:
    wire, in_progress = plant(plan)

    report = reconciled(wire, plan, in_progress)

    expected = expected_breaks(plan)
    assert of_payments(report) == expected
    totals = expected_totals(plan)
    assert {
        (each.profile_id, each.asset): (each.meant, each.paxos) for each in report.totals if each.asset != "USDG"
    } == totals
    assert {(each.profile_id, each.asset) for each in report.breaks if each.kind is Kind.TOTALS} == {
        place for place, (meant, moved) in totals.items() if meant != moved
    }
    assert report.is_complete
    assert report.is_clean is not any(kind.is_exception for kind, _ in expected)
    for planted in plan:
        event(planted.fate)


@TRIED
@given(plan=plans(), fault=st.sampled_from(FAULTS))
def test_half_a_book_leaves_a_report_that_says_so_and_names_nothing_that_was_not_planted(
    plan: list[Planted], fault: Fault
) -> None:
    wire, in_progress = plant(plan)
    wire.paxos.faults.add(fault)

    report = reconciled(wire, plan, in_progress)

    met = len(wire.paxos.faults.pending) == 0 or (fault.kind == "throttle" and report.fault is not None)
    event("incomplete" if met else "the fault met no request")
    assert report.is_complete is not met
    assert (report.fault is not None) is met
    if met:
        assert not report.is_clean
        assert not [each for each in report.breaks if each.kind is Kind.TOTALS]
        # Of a group of duplicates, only some may have been read, so that another one is named first.
        assert {each for each in of_payments(report) if each[0] is not Kind.DUPLICATE} <= set(expected_breaks(plan))


def test_filters_that_paxos_ignores_change_nothing() -> None:
    plan = [Planted(0, "paid", PROFILES[0], "USDC", "000001"), Planted(1, "late end", PROFILES[0], "USDC", "000001")]
    wire, in_progress = plant(plan)
    wire.paxos.faults.add(Fault(kind="ignore_filters", times=100))

    assert reconciled(wire, plan, in_progress).is_clean
