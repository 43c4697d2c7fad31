"""Show the requests, the money and the daily report."""

from __future__ import annotations

from datetime import date
from typing import Any

from fastapi import APIRouter
from fastapi.responses import PlainTextResponse

from airflow_provider_paxos.emulator.amounts import plain
from airflow_provider_paxos.emulator.backend import Backend
from airflow_provider_paxos.emulator.reports import profile_transactions

Json = dict[str, Any]


def add_to(routes: APIRouter, backend: Backend) -> None:
    """Add the controls that show the journal, the ledger and the daily report."""

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

    @routes.get("/report")
    async def report(date: date) -> PlainTextResponse:
        orchestrations = {one.id: one for one in backend.store.orchestrations}
        text = profile_transactions(date, backend.ledger.bookings, orchestrations, backend.transfers)
        return PlainTextResponse(text, media_type="text/csv")
