"""Serve Paxos' endpoints: one file for each part of the API."""

from __future__ import annotations

from fastapi import APIRouter

from airflow_provider_paxos.emulator.backend import Backend
from airflow_provider_paxos.emulator.routes import balances, deposits, events, orchestrations, profiles, tokens

_PARTS = (tokens, orchestrations, profiles, balances, deposits, events)


def router(backend: Backend) -> APIRouter:
    """Return the routes of Paxos' endpoints."""
    routes = APIRouter()
    for part in _PARTS:
        part.add_to(routes, backend)
    return routes
