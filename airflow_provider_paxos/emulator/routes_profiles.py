"""``/v2/profiles``: profiles and balances, and ``/v2/sandbox/profiles``: deposits."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from airflow_provider_paxos.emulator import ledger as accounts
from airflow_provider_paxos.emulator import listing
from airflow_provider_paxos.emulator.access import require
from airflow_provider_paxos.emulator.amounts import DECIMALS, FIAT, fits, plain, read_amount
from airflow_provider_paxos.emulator.create_request import NETWORKS, read_object
from airflow_provider_paxos.emulator.local_paxos import LocalPaxos
from airflow_provider_paxos.emulator.problems import Problem, bad_request, not_found
from airflow_provider_paxos.emulator.profiles import DEFAULT_PROFILE, Profile

SCOPE = "funding:read_profile"


def router(paxos: LocalPaxos) -> APIRouter:
    """Return the profiles' endpoints."""
    routes = APIRouter(prefix="/v2")

    def find(profile_id: str) -> Profile:
        profile = paxos.profiles.get(DEFAULT_PROFILE if profile_id == "default" else profile_id)
        if profile is None:
            raise not_found("profile not found")
        return profile

    def balance(profile: Profile, asset: str) -> dict[str, str]:
        return {
            "asset": asset,
            "available": plain(paxos.ledger.balance(accounts.available(profile.id), asset)),
            "trading": plain(paxos.ledger.balance(accounts.held(profile.id), asset)),
        }

    @routes.get("/profiles")
    async def list_profiles(request: Request) -> JSONResponse:
        require(paxos, request, SCOPE)
        query = request.query_params
        page = listing.page(query, order="ASC", default=1000, most=1000)
        ids, beginning, created = listing.values(query, "ids"), query.get("nickname", ""), listing.created(query)
        items, cursor = page.cut(
            profile
            for profile in paxos.profiles.all()
            if (not ids or profile.id in ids)
            and profile.nickname.lower().startswith(beginning.lower())
            and created(profile)
        )
        answer = {"items": [profile.shown() for profile in items]}
        return JSONResponse({**answer, **({"next_page_cursor": cursor} if cursor else {})})

    @routes.get("/profiles/{profile_id}")
    async def get_profile(request: Request, profile_id: str) -> JSONResponse:
        require(paxos, request, SCOPE)
        return JSONResponse(find(profile_id).shown())

    @routes.get("/profiles/{profile_id}/balances")
    async def list_balances(request: Request, profile_id: str) -> JSONResponse:
        require(paxos, request, SCOPE)
        profile = find(profile_id)
        # The reference repeats the parameter; its example joins the assets with commas.
        wanted = [asset for value in listing.values(request.query_params, "assets") for asset in value.split(",")]
        return JSONResponse({"items": [balance(profile, asset) for asset in DECIMALS if not wanted or asset in wanted]})

    @routes.get("/profiles/{profile_id}/balances/{asset}")
    async def get_balance(request: Request, profile_id: str, asset: str) -> JSONResponse:
        require(paxos, request, SCOPE)
        profile = find(profile_id)
        if asset not in DECIMALS:
            raise bad_request(f"unknown asset '{asset}'")
        return JSONResponse(balance(profile, asset))

    @routes.post("/sandbox/profiles/{profile_id}/deposit")
    async def deposit(request: Request, profile_id: str) -> JSONResponse:
        require(paxos, request, SCOPE)
        profile = find(profile_id)
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
        if asset not in FIAT and body.get("crypto_network") not in NETWORKS:
            raise bad_request("crypto_network must be a known network")
        return JSONResponse({"activity_id": paxos.deposit(profile.id, asset, amount)})

    return routes
