"""Serve the emulator's controls below ``/_emulator``, without a token: one file for each part."""

from __future__ import annotations

from fastapi import APIRouter

from airflow_provider_paxos.emulator.backend import Backend
from airflow_provider_paxos.emulator.controls import (
    clock,
    destinations,
    faults,
    orchestrations,
    outcomes,
    profiles,
    records,
    rules,
    settings,
    transfers,
)
from airflow_provider_paxos.emulator.urls import CONTROLS

_PARTS = (faults, outcomes, orchestrations, rules, transfers, clock, settings, profiles, destinations, records)


def router(backend: Backend) -> APIRouter:
    """Return the routes of the controls."""
    routes = APIRouter(prefix=CONTROLS, tags=["controls"])
    for part in _PARTS:
        part.add_to(routes, backend)
    return routes
