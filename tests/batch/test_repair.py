"""A repair pays what is read afresh as FAILED or REJECTED, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_provider_paxos.api.errors import Acceptance, InvalidRequest, NotRepairable, OrchestrationMissing
from airflow_provider_paxos.api.models import Orchestration
from airflow_provider_paxos.batch.repair import repairs_of
from airflow_provider_paxos.batch.repair_chains import Chain
from airflow_provider_paxos.batch.repair_selection import Selected
from tests.batch.repair_books import OTHER_RUN, TASK, decided, is_own, link, repaired
from tests.payments import PAYMENT, profile

ELSEWHERE = profile("profile-c")


@pytest.mark.parametrize("status", ["FAILED", "REJECTED"])
def test_a_failed_payment_is_paid_again_under_the_next_ref_id(status: str) -> None:
    (repair,) = decided(link(status=status, metadata={"invoice": "7"})).repairs
    assert repair.values == {
        **PAYMENT,
        "key": "7",
        "ref_id": "settle-7-r1",
        "metadata": {"invoice": "7", "replaces": "settle-7"},
    }
    assert (repair.exists, repair.replaced.ref_id) == (False, "settle-7")


@pytest.mark.parametrize(
    "change", [{"destination": ELSEWHERE}, {"source_amount": "99.00"}, {"destination": ELSEWHERE, "source_amount": "7"}]
)
def test_what_the_author_changes_is_all_that_differs(change: dict[str, Any]) -> None:
    (repair,) = decided(link(), change=change).repairs
    assert {name: repair.values[name] for name in PAYMENT} == {**PAYMENT, **change}


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        ("PENDING", "is PENDING: it is in progress, and may yet pay"),
        ("PROCESSING", "is PROCESSING: it is in progress, and may yet pay"),
        ("ON_HOLD", "is ON_HOLD: it is in progress, and may yet pay"),
        ("COMPLETED", "is COMPLETED: it is paid"),
        (None, "Paxos shows no status of orchestration id of settle-7"),
    ],
)
def test_what_has_not_failed_is_refused_with_the_reason(status: str | None, reason: str) -> None:
    with pytest.raises(NotRepairable, match=reason) as refused:
        decided(link(status=status), named=True)
    assert (refused.value.acceptance, refused.value.retryable) == (Acceptance.NOT_SENT, False)
    (left_out,) = decided(link(status=status)).left_out
    assert reason in str(left_out)
    assert left_out.is_completed == (status == "COMPLETED")


def test_what_paxos_did_not_accept_keeps_its_ref_id() -> None:
    with pytest.raises(NotRepairable, match=r"it was not accepted, and keeps its ref_id. Run the task that pays it"):
        decided(named=True)


@pytest.mark.parametrize(
    ("failed", "reason"),
    [
        (link(source=None), "Paxos does not show all of orchestration"),
        (link(source_amount=None), "Paxos does not show all of orchestration"),
        (link(destination={"profile": {}}), "Paxos does not show all of orchestration"),
        (link(source={"crypto": {"address": "0x1"}}, orchestration_rule_id="rule-1"), "was made by rule rule-1"),
        (link(destination_transfer={"status": "COMPLETED"}), "is FAILED, but its destination transfer is COMPLETED"),
        (link(destination_transfer={"status": "PROCESSING"}), "is FAILED, but its destination transfer is PROCESSING"),
        (link("s" * 101), "its ref_id is longer than 100 characters"),
    ],
)
def test_what_cannot_be_asked_for_again_is_refused(failed: Orchestration, reason: str) -> None:
    with pytest.raises(NotRepairable, match=reason):
        decided(failed, named=True)


@pytest.mark.parametrize("transfer", [None, {}, {"status": "PENDING"}, {"status": "FAILED"}])
def test_a_destination_transfer_that_has_not_begun_is_no_obstacle(transfer: dict[str, Any] | None) -> None:
    assert len(decided(link(destination_transfer=transfer), named=True).repairs) == 1


def test_a_chain_whose_end_is_not_known_is_refused() -> None:
    with pytest.raises(NotRepairable, match=r"7 \(settle-7\): it is a riddle\."):
        decided(link(), obstacle="it is a riddle", named=True)


def test_the_latest_link_counts() -> None:
    (repair,) = decided(link(), repaired(1), repaired(2, destination=ELSEWHERE)).repairs
    assert (repair.values["ref_id"], repair.values["metadata"]) == ("settle-7-r3", {"replaces": "settle-7-r2"})
    assert repair.values["destination"] == ELSEWHERE


@pytest.mark.parametrize("status", ["COMPLETED", "PROCESSING", "PENDING", "ON_HOLD"])
def test_a_payment_that_somebody_has_repaired_is_adopted_as_it_is(status: str) -> None:
    (repair,) = decided(link(), repaired(1, status, destination=ELSEWHERE), named=True).repairs
    assert (repair.exists, repair.values["ref_id"]) == (True, "settle-7-r1")
    assert repair.values["destination"] == ELSEWHERE


def test_whoever_asks_for_a_change_is_not_given_somebody_elses() -> None:
    (repair,) = decided(link(), repaired(1, "PROCESSING", source_amount="7"), change={"source_amount": "8"}).repairs
    assert (repair.values["ref_id"], repair.values["source_amount"]) == ("settle-7-r1", "8")


@pytest.mark.parametrize("status", ["FAILED", "REJECTED", "COMPLETED", "PROCESSING"])
def test_an_attempt_finds_what_an_earlier_one_of_its_own_has_sent(status: str) -> None:
    (repair,) = decided(link(), repaired(1, status, by=TASK)).repairs
    assert (repair.exists, repair.values["ref_id"]) == (True, "settle-7-r1")


def test_it_compares_its_own_with_what_it_asks_for_now() -> None:
    (repair,) = decided(link(), repaired(1, "PROCESSING", by=TASK, source_amount="7")).repairs
    assert repair.values["source_amount"] == PAYMENT["source_amount"]


def test_a_cleared_repair_whose_payment_has_failed_pays_nothing_new_even_after_another_repair() -> None:
    (repair,) = decided(link(), repaired(1, by=TASK), repaired(2, by=OTHER_RUN)).repairs
    assert (repair.exists, repair.values["ref_id"]) == (True, "settle-7-r1")


def test_a_cleared_repair_adopts_the_later_one_that_pays() -> None:
    (repair,) = decided(link(), repaired(1, by=TASK), repaired(2, "PROCESSING")).repairs
    assert repair.values["ref_id"] == "settle-7-r2"


class TestAfterAWait:
    def test_the_link_that_was_waited_for_stays_the_one(self) -> None:
        chain = link(), repaired(1), repaired(2, "PROCESSING")
        (repair,) = decided(*chain, waited_for={"7": "settle-7-r1"}).repairs
        assert (repair.exists, repair.values["ref_id"]) == (True, "settle-7-r1")

    def test_so_it_does_where_paxos_does_not_show_it(self) -> None:
        (repair,) = decided(link(), obstacle="it is a riddle", waited_for={"7": "settle-7-r1"}).repairs
        assert (repair.exists, repair.values["ref_id"]) == (False, "settle-7-r1")

    def test_a_payment_that_paxos_does_not_show_at_all_is_missing(self) -> None:
        with pytest.raises(OrchestrationMissing, match="the payment that settle-7-r1 replaces, settle-7"):
            decided(waited_for={"7": "settle-7-r1"})

    def test_nothing_that_was_left_out_is_sent(self) -> None:
        repairs = decided(link(), named=True, waited_for={"8": "settle-8-r1"})
        assert (repairs.repairs, [each.reason for each in repairs.left_out]) == (
            [],
            ["it has failed since this repair began"],
        )


def test_two_links_of_one_chain_are_not_repaired_at_once() -> None:
    both = [Selected("a", "settle-7", named=True), Selected("b", "settle-7-r1", named=True)]
    chains = {"settle-7": Chain([link(), repaired(1)]), "settle-7-r1": Chain([repaired(1)])}
    with pytest.raises(InvalidRequest, match=r"settle-7 and settle-7-r1 are of one chain.*settle-7-r2"):
        repairs_of(both, chains, {}, is_own=is_own)


def test_of_several_payments_every_refused_one_is_named() -> None:
    refs = [f"settle-{number}" for number in range(60)]
    selected = [Selected(ref_id, ref_id, named=True) for ref_id in refs]
    with pytest.raises(NotRepairable) as refused:
        repairs_of(selected, {ref_id: Chain() for ref_id in refs}, {}, is_own=is_own)
    text = str(refused.value)
    assert "60 of 60 payments cannot be paid again, and so none is:" in text
    assert (text.count("it was not accepted"), "and 10 more" in text) == (50, True)


def test_a_change_names_its_payment() -> None:
    with pytest.raises(NotRepairable, match="is COMPLETED"):
        decided(link(status="COMPLETED"), change={"source_amount": "7"})
