"""Requests that a reconciliation takes: a thousand orchestrations a page, a hundred transfers a request."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from decimal import Decimal
from urllib.parse import urlsplit

from airflow_provider_paxos.emulator.clock import Clock, SavedClock
from airflow_provider_paxos.emulator.transfers import Deposit
from airflow_provider_paxos.emulator.validation import read_create
from airflow_provider_paxos.reconciliation.expected import meant_payments
from airflow_provider_paxos.reconciliation.reconcile import Books, reconcile
from tests.planning.paxos_of_a_book import client_of
from tests.reconciliation.builders import NOW, WINDOW
from tests.reconciliation.planted import DAGS, PROFILES, WIRE, Planted, metadata_of

MANY = 10_000
_LIST, _TRANSFERS = "/v2/orchestration/orchestrations", "/v2/transfer/transfers"


def test_ten_thousand_orchestrations_take_ten_pages_and_two_hundred_requests_of_transfers() -> None:
    WIRE.begin()
    paxos = WIRE.paxos
    paxos.clock = Clock(saved=SavedClock(frozen_at=WINDOW.since + timedelta(hours=1)))
    rows = [Planted(number, "paid", PROFILES[0], "USDC", f"{number:06d}").request() for number in range(MANY)]
    paxos.deposit(Deposit(PROFILES[0], "USDC", Decimal(MANY**2), "ETHEREUM"))
    for row in rows:
        paxos.create(read_create({**row, "metadata": metadata_of(DAGS[0])}))
    paxos.clock = Clock(saved=SavedClock(frozen_at=NOW))
    paxos.run_due_steps()
    WIRE.calls.clear()

    with client_of(WIRE) as client:
        books = Books(meant=meant_payments(rows, ()), dag_ids=DAGS)
        report = client.run(reconcile(client, PROFILES, WINDOW, books, now=NOW))

    assert report.is_clean
    assert report.orchestrations == MANY
    assert Counter(urlsplit(call.url).path for call in WIRE.calls) == {_LIST: 10, _TRANSFERS: 200}
