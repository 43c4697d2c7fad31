"""Orchestrations that nobody has claimed."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

import pytest

from airflow_provider_paxos.api.creators import STAMP, Creator
from airflow_provider_paxos.api.models import Orchestration
from airflow_provider_paxos.api.repair_chain import REPLACES
from airflow_provider_paxos.reconciliation.breaks import Break, Kind
from airflow_provider_paxos.reconciliation.strangers import breaks_of_strangers
from tests.reconciliation.builders import STAMPED, WINDOW, book_of, kinds, orchestration


def breaks(
    *found: Orchestration,
    meant: Collection[str] | None = (),
    recorded: Collection[str] = (),
    dag_ids: Collection[str] | None = None,
) -> list[Break]:
    return list(breaks_of_strangers(book_of(*found), WINDOW, meant=meant, recorded=recorded, dag_ids=dag_ids))


def test_what_was_meant_is_no_stranger() -> None:
    assert breaks(orchestration(metadata=None), meant=["o-settle-1"]) == []


def test_what_airflow_has_recorded_is_known_to_it_without_a_stamp() -> None:
    assert breaks(orchestration(metadata=None), meant=None, recorded=["o-settle-1"], dag_ids=["payroll"]) == []


def test_what_airflow_has_recorded_was_not_meant_for_that() -> None:
    (found,) = breaks(orchestration(metadata=None), recorded=["o-settle-1"])

    assert (found.kind, found.ref_id) == (Kind.NOT_MEANT, "settle-1")
    assert found.what == "Its creator is unknown, and no expected payment has its ref_id."


@pytest.mark.parametrize("metadata", [None, {}, {STAMP: "settlement.pay run-1"}, {"invoice": "7"}])
def test_one_without_a_stamp_is_unknown_to_airflow(metadata: dict[str, str] | None) -> None:
    assert kinds(breaks(orchestration(metadata=metadata))) == [(Kind.UNKNOWN_TO_AIRFLOW, "settle-1")]


def test_one_of_a_dag_that_is_not_known_is_unknown_to_airflow() -> None:
    (found,) = breaks(orchestration(), dag_ids=["payroll"])

    assert (found.kind, found.creator) == (Kind.UNKNOWN_TO_AIRFLOW, "settlement.pay run-1")
    assert "settlement.pay run-1" in found.what


def test_one_of_a_known_dag_that_was_not_meant_is_no_stranger_to_airflow() -> None:
    assert kinds(breaks(orchestration(), dag_ids=["settlement"])) == [(Kind.NOT_MEANT, "settle-1")]


def test_where_nothing_says_what_was_meant_a_stamp_suffices() -> None:
    assert breaks(orchestration(), meant=None) == []


def test_one_that_a_rule_made_is_a_note() -> None:
    (found,) = breaks(orchestration(metadata=None, orchestration_rule_id="rule-1"))

    assert (found.kind, found.kind.is_exception) == (Kind.RULE_MADE, False)
    assert "rule-1" in found.what


def test_one_of_the_overlap_may_have_been_meant_for_the_window_before() -> None:
    shortly_before = WINDOW.since - timedelta(minutes=1)

    assert breaks(orchestration(created_at=shortly_before)) == []
    assert kinds(breaks(orchestration(created_at=shortly_before, metadata=None))) == [
        (Kind.UNKNOWN_TO_AIRFLOW, "settle-1")
    ]


def test_one_that_was_read_by_its_id_was_judged_in_its_own_window() -> None:
    assert breaks(orchestration(created_at=WINDOW.reads_since - timedelta(seconds=1), metadata=None)) == []


def test_a_repair_may_have_been_meant_for_an_earlier_window() -> None:
    earlier = orchestration(status="FAILED", created_at=WINDOW.reads_since - timedelta(days=1))

    assert breaks(orchestration("settle-1-r1", metadata={**STAMPED, REPLACES: "settle-1"}), earlier) == []


def test_one_that_replaces_what_paxos_does_not_have_was_not_meant_for_any() -> None:
    assert kinds(breaks(orchestration("bonus", metadata={**STAMPED, REPLACES: "settle-404"}))) == [
        (Kind.NOT_MEANT, "bonus")
    ]


def test_one_whose_replaced_payment_was_not_looked_up_may_be_a_repair() -> None:
    book = book_of(orchestration("settle-1-r1", metadata={**STAMPED, REPLACES: "settle-1"}))
    book.unread_ref_ids.add("settle-1")

    assert list(breaks_of_strangers(book, WINDOW, meant=(), recorded=(), dag_ids=None)) == []


@pytest.mark.parametrize(
    ("dag_id", "known", "expected"),
    [
        ("settlement", "settlement", True),
        ("settlement", "settle", False),
        ("settle", "settlement", False),
        ("d" * 120, "d" * 120, True),
        ("d" * 120, "e" * 120, False),
    ],
)
def test_a_dag_is_known_by_as_much_of_its_id_as_the_stamp_holds(dag_id: str, known: str, expected: bool) -> None:
    stamp = Creator(dag_id, "run-1", "pay").stamp()
    found = breaks(orchestration(metadata={STAMP: stamp}), dag_ids=[known], meant=None)

    assert (found == []) is expected


def test_the_pair_with_the_whole_dag_id_decides() -> None:
    metadata = {STAMP: Creator("a.b", "run-1", "pay").stamp(), "airflow_dag_id": "a.b"}

    assert breaks(orchestration(metadata=metadata), dag_ids=["a.b"], meant=None) == []
    assert kinds(breaks(orchestration(metadata=metadata), dag_ids=["a"], meant=None)) == [
        (Kind.UNKNOWN_TO_AIRFLOW, "settle-1")
    ]
