"""Serve the sandbox's deposit endpoint."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from airflow_provider_paxos.emulator.amounts import DECIMALS, FIAT, fits, read_amount
from airflow_provider_paxos.emulator.backend import Backend
from airflow_provider_paxos.emulator.fields import read_object
from airflow_provider_paxos.emulator.networks import is_network
from airflow_provider_paxos.emulator.problems import Problem, bad_request
from airflow_provider_paxos.emulator.routes.endpoint import require
from airflow_provider_paxos.emulator.routes.profiles import READ, find_profile
from airflow_provider_paxos.emulator.urls import API


def add_to(routes: APIRouter, backend: Backend) -> None:
    """Add the route that funds a profile."""

    @routes.post(f"{API}/sandbox/profiles/{{profile_id}}/deposit")
    async def deposit(request: Request, profile_id: str) -> JSONResponse:
        require(backend, request, READ)
        profile = find_profile(backend, profile_id)
        body = read_object(await request.body())
        asset, amount = body.get("asset"), read_amount(body.get("amount"))
        if not isinstance(asset, str) or asset not in DECIMALS:
            raise bad_request("asset must be a known asset")
        if amount is None:
            raise bad_request("amount must be a positive decimal string without an exponent")
        if not fits(amount, asset):
            raise Problem(400, f"amount has more decimals than {asset} allows", cause="exceed-precision")
        if asset in FIAT and body.get("crypto_network") is not None:
            raise bad_request(f"crypto_network does not apply to {asset}")
        if asset not in FIAT and not is_network(body.get("crypto_network")):
            raise bad_request("crypto_network must be a known network")
        transfer = backend.deposit(profile.id, asset, amount, body.get("crypto_network"))
        return JSONResponse({"activity_id": transfer.id})
