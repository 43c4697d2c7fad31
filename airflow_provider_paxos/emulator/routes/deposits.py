"""Serve the sandbox's deposit endpoints."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from airflow_provider_paxos.emulator.amounts import DECIMALS, FIAT, fits, read_amount
from airflow_provider_paxos.emulator.backend import Backend
from airflow_provider_paxos.emulator.fields import has, read_object, read_text
from airflow_provider_paxos.emulator.networks import is_network
from airflow_provider_paxos.emulator.problems import Problem, bad_request
from airflow_provider_paxos.emulator.routes.endpoint import require
from airflow_provider_paxos.emulator.routes.profiles import READ, find_profile
from airflow_provider_paxos.emulator.transfers import Deposit
from airflow_provider_paxos.emulator.urls import SANDBOX

WRITE_FIAT = "transfer:write_sandbox_fiat_deposit"


def add_to(routes: APIRouter, backend: Backend) -> None:
    """Add the routes that fund a profile; a deposit that matches a rule starts its orchestration."""

    @routes.post(f"{SANDBOX}/profiles/{{profile_id}}/deposit")
    async def deposit(request: Request, profile_id: str) -> JSONResponse:
        require(backend, request, READ)
        profile = find_profile(backend, profile_id)
        body = read_object(await request.body())
        asset, amount = _read_money(body)
        network = body.get("crypto_network")
        if asset in FIAT and network is not None:
            raise bad_request(f"crypto_network does not apply to {asset}")
        if asset not in FIAT and not is_network(network):
            raise bad_request("crypto_network must be a known network")
        address = read_text(body, "crypto_address") if has(body, "crypto_address") else None
        rule = backend.rules.of_address(network, address) if network and address else None
        if rule is None:
            transfer = backend.deposit(Deposit(profile.id, asset, amount, network, address))
        elif rule.profile_id == profile.id:
            transfer = backend.deposit_for_rule(rule, asset, amount)
        else:
            raise bad_request(f"crypto_address: deposits to {address} are for profile '{rule.profile_id}'")
        return JSONResponse({"activity_id": transfer.id})

    @routes.post(f"{SANDBOX}/fiat-deposits")
    async def fiat_deposit(request: Request) -> JSONResponse:
        require(backend, request, WRITE_FIAT)
        body = read_object(await request.body())
        asset, amount = _read_money(body)
        if asset not in FIAT:
            raise bad_request(f"{asset} is not deposited as fiat")
        if not isinstance(body.get("fiat_network_instructions"), dict):
            raise bad_request("fiat network instructions required")
        rule = backend.rules.of_memo(read_text(body, "memo_id"))
        if rule is None:
            raise bad_request(f"memo_id: there are no deposit instructions with '{body['memo_id']}'")
        backend.deposit_for_rule(rule, asset, amount)
        return JSONResponse({})


def _read_money(body: Mapping[str, Any]) -> tuple[str, Decimal]:
    asset, amount = body.get("asset"), read_amount(body.get("amount"))
    if not isinstance(asset, str) or asset not in DECIMALS:
        raise bad_request("asset must be a known asset")
    if amount is None:
        raise bad_request("amount must be a positive decimal string without an exponent")
    if not fits(amount, asset):
        raise Problem(400, f"amount has more decimals than {asset} allows", cause="exceed-precision")
    return asset, amount
