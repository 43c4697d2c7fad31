"""Serve Paxos' endpoints: one file for each part of the API."""

from __future__ import annotations

from fastapi import APIRouter

from airflow_provider_paxos.emulator.backend import Backend
from airflow_provider_paxos.emulator.routes import (
    balances,
    crypto_addresses,
    deposit_instructions,
    deposits,
    events,
    fiat_accounts,
    orchestrations,
    profiles,
    rules,
    tokens,
    transfer_limits,
    transfers,
    vasps,
)

_PARTS = (
    tokens,
    orchestrations,
    rules,
    profiles,
    balances,
    deposits,
    deposit_instructions,
    fiat_accounts,
    crypto_addresses,
    transfer_limits,
    transfers,
    vasps,
    events,
)


def router(backend: Backend) -> APIRouter:
    """Return the routes of Paxos' endpoints."""
    routes = APIRouter()
    for part in _PARTS:
        part.add_to(routes, backend)
    return routes
