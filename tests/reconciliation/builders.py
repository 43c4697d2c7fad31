"""Small books: orchestrations as Paxos shows them, what was meant, and what Airflow has recorded."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from airflow_provider_paxos.api.creators import STAMP, Creator
from airflow_provider_paxos.api.models import Orchestration
from airflow_provider_paxos.api.transfers import Transfer
from airflow_provider_paxos.reconciliation.breaks import Break, Kind
from airflow_provider_paxos.reconciliation.expected import Meant, meant_payments
from airflow_provider_paxos.reconciliation.paxos_book import PaxosBook
from airflow_provider_paxos.reconciliation.window import Window
from tests.payments import payment

CREATED = datetime(2026, 11, 21, 12, tzinfo=UTC)
NOW = datetime(2026, 11, 22, 6, tzinfo=UTC)
WINDOW = Window(datetime(2026, 11, 21, tzinfo=UTC), datetime(2026, 11, 22, tzinfo=UTC))
STAMPED = {STAMP: Creator("settlement", "run-1", "pay").stamp()}


def orchestration(ref_id: str | None = "settle-1", **fields: Any) -> Orchestration:
    """Return a COMPLETED orchestration of the payment that all tests make, with some fields changed."""
    asked = payment(ref_id or "")
    values = {
        **asked,
        "ref_id": ref_id,
        "id": f"o-{ref_id}",
        "profile_id": "profile-a",
        "status": "COMPLETED",
        "created_at": CREATED,
        "metadata": STAMPED,
        **fields,
    }
    return Orchestration.model_validate({name: value for name, value in values.items() if value is not None})


def book_of(*orchestrations: Orchestration, transfers: Iterable[Transfer] | None = None) -> PaxosBook:
    """Return Paxos' book with these orchestrations."""
    book = PaxosBook(transfers=None if transfers is None else {each.id: each for each in transfers})
    book.add(orchestrations)
    return book


def transfer(transfer_id: str, **fields: Any) -> Transfer:
    """Return a COMPLETED source transfer of the payment that all tests make."""
    values = {
        "id": transfer_id,
        "profile_id": "profile-a",
        "asset": "USD",
        "amount": "100.25",
        "total": "100.25",
        "fee": "0",
        "direction": "DEBIT",
        "status": "COMPLETED",
    }
    return Transfer.model_validate({**values, **fields})


def meant(ref_id: str = "settle-1", **fields: Any) -> Meant:
    """Return the payment that all tests make as one that was meant."""
    (found,) = meant_payments([payment(ref_id, **fields)], ())
    return found


def kinds(breaks: Iterable[Break]) -> list[tuple[Kind, str | None]]:
    """Return class and ref_id of each exception."""
    return [(each.kind, each.ref_id) for each in breaks]
