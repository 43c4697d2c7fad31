"""Payments that may have been made twice."""

from __future__ import annotations

from airflow_provider_paxos.api.models import Orchestration
from airflow_provider_paxos.api.repair_chain import REPLACES
from airflow_provider_paxos.reconciliation.breaks import Break, Kind
from airflow_provider_paxos.reconciliation.duplicates import breaks_of_duplicates
from airflow_provider_paxos.reconciliation.expected import Meant
from tests.reconciliation.builders import STAMPED, book_of, kinds, meant, orchestration


def breaks(*found: Orchestration, wanted: tuple[Meant, ...] = ()) -> list[Break]:
    return list(breaks_of_duplicates(book_of(*found), {each.ref_id: each for each in wanted}))


def test_two_payments_of_equal_content_are_one_exception_that_names_both() -> None:
    (found,) = breaks(orchestration("a"), orchestration("b", source_amount="100.250"))

    assert (found.kind, found.id, found.others) == (Kind.DUPLICATE, "o-a", ("o-b",))


def test_another_amount_or_destination_is_no_duplicate() -> None:
    elsewhere = {"profile": {"profile_id": "profile-c"}}

    assert (
        breaks(orchestration("a"), orchestration("b", source_amount="1"), orchestration("c", destination=elsewhere))
        == []
    )


def test_an_unsuccessful_one_and_one_that_a_rule_made_pay_nothing_twice() -> None:
    assert breaks(orchestration("a"), orchestration("b", status="FAILED")) == []
    assert breaks(orchestration("a"), orchestration("b", orchestration_rule_id="rule-1")) == []


def test_a_duplicate_that_is_meant_is_none() -> None:
    for name in ("a", "o-a", "first"):
        wanted = (meant("a", key="first"), meant("b", duplicate_of_ok=[name]))
        assert breaks(orchestration("a"), orchestration("b"), wanted=wanted) == []


def test_one_more_than_is_meant_is_a_duplicate() -> None:
    wanted = (meant("a"), meant("b", duplicate_of_ok=["a"]), meant("c"))

    (found,) = breaks(orchestration("a"), orchestration("b"), orchestration("c"), wanted=wanted)

    assert (found.id, found.others) == ("o-a", ("o-c",))


def test_a_payment_with_an_address_and_a_saved_address_is_counted_once() -> None:
    both = {"crypto": {"address": "0x1", "network": "BASE", "address_id": "a-1"}}

    assert len(breaks(orchestration("a", destination=both), orchestration("b", destination=both))) == 1


def test_what_pays_again_one_that_has_not_failed_is_a_duplicate() -> None:
    again = orchestration("a-r1", metadata={**STAMPED, REPLACES: "a"}, source_amount="99")

    (found,) = breaks(orchestration("a"), again)

    assert (found.kind, found.ref_id, found.others) == (Kind.DUPLICATE, "a-r1", ("o-a",))
    assert kinds(breaks(orchestration("a", status="FAILED"), again)) == []
