"""Serve the endpoints of balances."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from airflow_provider_paxos.emulator import ledger as accounts
from airflow_provider_paxos.emulator.amounts import DECIMALS, plain
from airflow_provider_paxos.emulator.backend import Backend
from airflow_provider_paxos.emulator.models import Profile
from airflow_provider_paxos.emulator.pagination import repeated_values
from airflow_provider_paxos.emulator.problems import bad_request
from airflow_provider_paxos.emulator.routes.endpoint import require
from airflow_provider_paxos.emulator.routes.profiles import READ, find_profile
from airflow_provider_paxos.emulator.urls import API


def add_to(routes: APIRouter, backend: Backend) -> None:
    """Add the routes that list and read a profile's balances."""

    def balance(profile: Profile, asset: str) -> dict[str, str]:
        return {
            "asset": asset,
            "available": plain(backend.ledger.balance(accounts.available(profile.id), asset)),
            "trading": plain(backend.ledger.balance(accounts.held(profile.id), asset)),
        }

    @routes.get(f"{API}/profiles/{{profile_id}}/balances")
    async def list_balances(request: Request, profile_id: str) -> JSONResponse:
        require(backend, request, READ)
        profile = find_profile(backend, profile_id)
        # The reference repeats the parameter; its example joins the assets with commas.
        wanted = [asset for value in repeated_values(request.query_params, "assets") for asset in value.split(",")]
        return JSONResponse({"items": [balance(profile, asset) for asset in DECIMALS if not wanted or asset in wanted]})

    @routes.get(f"{API}/profiles/{{profile_id}}/balances/{{asset}}")
    async def get_balance(request: Request, profile_id: str, asset: str) -> JSONResponse:
        require(backend, request, READ)
        profile = find_profile(backend, profile_id)
        if asset not in DECIMALS:
            raise bad_request(f"unknown asset '{asset}'")
        return JSONResponse(balance(profile, asset))
