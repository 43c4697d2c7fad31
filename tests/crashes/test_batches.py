"""A worker that is killed in the middle of a batch: every payment is paid once, by the next try."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from airflow_provider_paxos.batch.submitting import IN_FLIGHT
from tests.crashes.payment_batch import accepted, posts, ref_ids, settle, worker_at_half

if TYPE_CHECKING:
    from tests.crashes.crash_site import CrashSite

PAYMENTS = 1000
AMOUNTS = sum(Decimal(number) / 100 for number in range(1, PAYMENTS + 1))


@pytest.mark.quick
def test_a_thousand_payments_are_settled_within_the_limits_and_a_kill_at_half_costs_nothing_but_time(
    site: CrashSite,
) -> None:
    site.paxos.configure(rate_limits=True)
    try:
        whole = site.run("settle_payments", "whole")
        settle(site, whole, tries=1)
        half = site.run("settle_payments", "half")
        worker_at_half(site, half, PAYMENTS).kill()
        site.paxos.clear_faults()
        settle(site, half, tries=2)
        met = [each for each in site.paxos.journal() if each["status"] == 429]
    finally:
        site.paxos.configure(rate_limits=False)

    assert met == []
    for run in (whole, half):
        mine = ref_ids(run, PAYMENTS)
        assert {ref_id: len(ids) for ref_id, ids in accepted(site, run).items()} == dict.fromkeys(mine, 1)
        reserved = [each for each in site.paxos.bookings() if each["ref_id"] in mine and each["reason"] == "reserve"]
        assert sum(Decimal(each["amount"]) for each in reserved) == AMOUNTS
        assert {receipt["status"] for receipt in run.receipts()} == {"COMPLETED"}
    assert len(posts(site, whole)) == PAYMENTS
    assert len(posts(site, half)) <= PAYMENTS + IN_FLIGHT
    adopted = [sum(receipt["adopted"] for receipt in run.receipts()) for run in (whole, half)]
    assert adopted[0] == 0
    assert PAYMENTS // 2 < adopted[1] < PAYMENTS
    assert f"of {PAYMENTS:,} payments, which exist already. They are not paid again." in half.log()
