"""The settlement as the demo runs it: a real Airflow, all of its parts, and a Paxos that keeps books."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from demo.settlement import DAG_ID, RUN_ID, SETTLE, Emulator

if TYPE_CHECKING:
    from demo.airflow_api import TaskInstance
    from demo.airflow_site import AirflowSite

PAYMENTS = 20
CLOSED_ACCOUNT = "supplier-closed-account"


@dataclass(frozen=True)
class Settlement:
    """A site on which the settlement Dag has run, and its Paxos."""

    site: AirflowSite
    emulator: Emulator

    def report(self) -> dict[str, Any]:
        """Return the report for machines."""
        report: dict[str, Any] = json.loads((self.site.settings.home / "reports" / f"{RUN_ID}.json").read_text())
        return report

    def settling(self) -> TaskInstance:
        """Return the task instance that settles the batch."""
        (one,) = (each for each in self.site.api.task_instances(DAG_ID, RUN_ID) if each.task_id == SETTLE)
        return one

    def statuses(self) -> Counter[str]:
        """Count the payments by status, as the task's result has them."""
        return Counter(payment["status"] for payment in self.site.api.xcom(DAG_ID, RUN_ID, SETTLE, "return_value"))


@pytest.fixture
def settlement(settled: tuple[AirflowSite, Emulator]) -> Settlement:
    return Settlement(*settled)


def accepted_creates(emulator: Emulator) -> Counter[str]:
    """Count by ref_id the requests that made Paxos accept an orchestration."""
    requests = emulator.get("_emulator/journal").json()["requests"]
    return Counter(request["ref_id"] for request in requests if request["accepted"])


def bookings(emulator: Emulator) -> list[dict[str, Any]]:
    """Return every movement of money, those of the emulator's own start included."""
    return list(emulator.get("_emulator/journal").json()["bookings"])


def test_every_payment_is_created_once(settlement: Settlement) -> None:
    refs = {payment["ref_id"]: 1 for payment in settlement.report()["payments"]}
    assert len(refs) == PAYMENTS
    assert accepted_creates(settlement.emulator) == refs


def test_the_report_has_19_settled_payments_and_one_that_failed_with_its_reason(settlement: Settlement) -> None:
    assert settlement.report()["payments_by_status"] == {"COMPLETED": PAYMENTS - 1, "FAILED": 1}
    (failed,) = (payment for payment in settlement.report()["payments"] if payment["status"] == "FAILED")
    assert failed["payment"] == CLOSED_ACCOUNT
    assert "account closed" in failed["reason"]


def test_a_payment_that_failed_stops_no_other(settlement: Settlement) -> None:
    assert settlement.statuses() == {"COMPLETED": PAYMENTS - 1, "FAILED": 1}


def test_the_task_settles_on_its_first_try(settlement: Settlement) -> None:
    assert (settlement.settling().state, settlement.settling().try_number) == ("success", 1)


@pytest.mark.changes_settlement
def test_clearing_the_batch_pays_nothing_again(settlement: Settlement) -> None:
    before, booked = accepted_creates(settlement.emulator), bookings(settlement.emulator)
    tries = settlement.settling().try_number
    assert settlement.site.api.clear(DAG_ID, RUN_ID, [SETTLE]) == 1

    settlement.site.wait(
        lambda: (settlement.settling().state, settlement.settling().try_number) == ("success", tries + 1),
        "the batch to run again",
        seconds=400,
    )

    # A payment that failed is not reported as a success, either.
    assert settlement.statuses() == {"COMPLETED": PAYMENTS - 1, "FAILED": 1}
    assert accepted_creates(settlement.emulator) == before
    assert bookings(settlement.emulator) == booked
