"""The log of a repair shows what is paid again, and why the rest is not."""

from __future__ import annotations

from airflow_provider_paxos.batch.repair import LeftOut
from airflow_provider_paxos.batch.repair_selection import Selected
from airflow_provider_paxos.batch.repair_tables import left_out_in_words, repairs_in_table
from tests.batch.repair_books import decided, link, repaired
from tests.payments import profile

FAILED = link(fail_reason={"detail": "account\nclosed"})


def test_a_row_shows_what_is_replaced_and_by_what() -> None:
    assert repairs_in_table(decided(FAILED).repairs).splitlines() == [
        "key  replaces  status  reason          ref_id       found  changes",
        "7    settle-7  FAILED  account closed  settle-7-r1  new    as it was",
    ]


def test_a_row_shows_what_changes() -> None:
    change = {"source_amount": "99.00", "destination": profile("profile-c")}
    assert repairs_in_table(decided(FAILED, change=change).repairs).endswith(
        "settle-7-r1  new    100.25 USD becomes 99.00; another destination"
    )


def test_a_row_shows_a_repair_that_exists() -> None:
    shown = repairs_in_table(decided(link(), repaired(1, "COMPLETED")).repairs)
    assert shown.endswith("Paxos gave no reason  settle-7-r1  exists  as it was")


def test_of_many_the_first_fifty_are_shown() -> None:
    assert repairs_in_table(decided(FAILED).repairs * 60).endswith("\nand 10 more")
    left_out = [LeftOut(Selected(str(number), f"settle-{number}", named=False), "paid") for number in range(60)]
    lines = left_out_in_words(left_out).splitlines()
    assert (lines[0], lines[-1], len(lines)) == ("  0 (settle-0): paid.", "  and 10 more", 51)
