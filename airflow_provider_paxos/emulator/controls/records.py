"""Show the requests and the money."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from airflow_provider_paxos.emulator.amounts import plain
from airflow_provider_paxos.emulator.backend import Backend

Json = dict[str, Any]


def add_to(routes: APIRouter, backend: Backend) -> None:
    """Add the controls that show the journal and the ledger."""

    @routes.get("/journal")
    async def journal() -> Json:
        return {
            "requests": [entry.to_json() for entry in backend.journal.entries],
            "bookings": [booking.to_json() for booking in backend.ledger.bookings],
        }

    @routes.get("/ledger")
    async def ledger() -> Json:
        sums = {asset: plain(amount) for asset, amount in backend.ledger.sums().items()}
        return {"accounts": backend.ledger.accounts(), "sums": sums}
