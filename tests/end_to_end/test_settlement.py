"""The settlement as the demo runs it: a real Airflow, all of its parts, and a Paxos that keeps books."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from demo.processes import Processes, free_port
from demo.settlement import DAG_ID, RUN_ID, SETTLE, Emulator, connect, settle, settlement_site
from tests.end_to_end.leftovers import processes_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from demo.airflow_api import TaskInstance
    from demo.airflow_site import AirflowSite

PAYMENTS = 20
CLOSED_ACCOUNT = "supplier-closed-account"


@dataclass(frozen=True)
class Settled:
    """A site on which the settlement Dag has run, its Paxos and its report."""

    site: AirflowSite
    emulator: Emulator
    report: dict[str, Any]

    def settling(self) -> TaskInstance:
        """Return the task instance that settles the batch."""
        (one,) = (each for each in self.site.api.task_instances(DAG_ID, RUN_ID) if each.task_id == SETTLE)
        return one

    def statuses(self) -> Counter[str]:
        """Count the payments by status, as the task's result has them."""
        return Counter(payment["status"] for payment in self.site.api.xcom(DAG_ID, RUN_ID, SETTLE, "return_value"))


@pytest.fixture(scope="module")
def settled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settled]:
    """Run the Dag once, and leave the site up for the tests of this module."""
    home = tmp_path_factory.mktemp("airflow")
    with Processes(home) as processes:
        emulator = Emulator(free_port(), processes)
        emulator.start()
        site = settlement_site(home, free_port(), processes)
        site.start_all()
        connect(site, emulator)
        report = settle(site, print)
        yield Settled(site, emulator, json.loads(report.with_suffix(".json").read_text()))
    assert processes_of(home) == []


def accepted_creates(emulator: Emulator) -> Counter[str]:
    """Count by ref_id the requests that made Paxos accept an orchestration."""
    requests = emulator.get("_emulator/journal").json()["requests"]
    return Counter(request["ref_id"] for request in requests if request["accepted"])


def bookings(emulator: Emulator) -> list[dict[str, Any]]:
    """Return every movement of money, those of the emulator's own start included."""
    return list(emulator.get("_emulator/journal").json()["bookings"])


def test_every_payment_is_created_once(settled: Settled) -> None:
    refs = {payment["ref_id"]: 1 for payment in settled.report["payments"]}
    assert len(refs) == PAYMENTS
    assert accepted_creates(settled.emulator) == refs


def test_the_report_has_19_settled_payments_and_one_that_failed_with_its_reason(settled: Settled) -> None:
    assert settled.report["payments_by_status"] == {"COMPLETED": PAYMENTS - 1, "FAILED": 1}
    (failed,) = (payment for payment in settled.report["payments"] if payment["status"] == "FAILED")
    assert failed["payment"] == CLOSED_ACCOUNT
    assert "account closed" in failed["reason"]


def test_a_payment_that_failed_stops_no_other(settled: Settled) -> None:
    assert settled.statuses() == {"COMPLETED": PAYMENTS - 1, "FAILED": 1}


def test_the_task_settles_on_its_first_try(settled: Settled) -> None:
    assert (settled.settling().state, settled.settling().try_number) == ("success", 1)


def test_clearing_the_batch_pays_nothing_again(settled: Settled) -> None:
    before, booked = accepted_creates(settled.emulator), bookings(settled.emulator)
    tries = settled.settling().try_number
    assert settled.site.api.clear(DAG_ID, RUN_ID, [SETTLE]) == 1

    settled.site.wait(
        lambda: (settled.settling().state, settled.settling().try_number) == ("success", tries + 1),
        "the batch to run again",
        seconds=400,
    )

    # A payment that failed is not reported as a success, either.
    assert settled.statuses() == {"COMPLETED": PAYMENTS - 1, "FAILED": 1}
    assert accepted_creates(settled.emulator) == before
    assert bookings(settled.emulator) == booked
