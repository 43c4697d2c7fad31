"""Serve Paxos' endpoints: tokens, orchestrations, profiles with their balances, and events."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from starlette.datastructures import QueryParams

from airflow_provider_paxos.emulator import ledger as accounts
from airflow_provider_paxos.emulator.amounts import DECIMALS, FIAT, fits, plain, read_amount
from airflow_provider_paxos.emulator.auth import GrantRefused
from airflow_provider_paxos.emulator.backend import Backend
from airflow_provider_paxos.emulator.models import DEFAULT_PROFILE, Orchestration, Profile
from airflow_provider_paxos.emulator.pagination import created_filter, read_page, repeated_values
from airflow_provider_paxos.emulator.problems import Problem, bad_request, not_found
from airflow_provider_paxos.emulator.urls import API, EVENTS, ORCHESTRATIONS, TOKEN
from airflow_provider_paxos.emulator.validation import NETWORKS, read_create, read_object, read_ref_id

READ_ORCHESTRATION, WRITE_ORCHESTRATION = "orchestration:read_orchestration", "orchestration:write_orchestration"
READ_PROFILE = "funding:read_profile"
READ_EVENT = "events:read_event"

_NEVER_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}
_PARTIAL = ("id", "ref_id", "status")


def router(backend: Backend) -> APIRouter:
    """Return the routes of Paxos' endpoints."""
    routes = APIRouter()
    _add_token(routes, backend)
    _add_orchestrations(routes, backend)
    _add_profiles(routes, backend)
    _add_balances(routes, backend)
    _add_events(routes, backend)
    return routes


def _require(backend: Backend, request: Request, scope: str) -> None:
    backend.tokens.require_scope(request.headers.get("authorization"), scope, backend.clock.now())


def _add_token(routes: APIRouter, backend: Backend) -> None:
    @routes.post(TOKEN)
    async def grant(request: Request) -> JSONResponse:
        authorization = request.headers.get("authorization", "")
        body = await request.body()
        try:
            granted = backend.tokens.grant(backend.settings, authorization, body, backend.clock.now())
        except GrantRefused as refused:
            challenge = {"WWW-Authenticate": 'Basic realm="paxos"'} if refused.status == 401 else {}
            return JSONResponse(refused.document, refused.status, {**_NEVER_STORE, **challenge})
        return JSONResponse(granted, headers=_NEVER_STORE)


def _add_orchestrations(routes: APIRouter, backend: Backend) -> None:
    def to_json(orchestration: Orchestration) -> dict[str, Any]:
        return orchestration.to_json(normalize=backend.settings.normalize_amounts)

    @routes.post(ORCHESTRATIONS)
    async def create(request: Request) -> JSONResponse:
        _require(backend, request, WRITE_ORCHESTRATION)
        body = read_object(await request.body())
        # A ref_id that was used is refused whatever else the request says: the 409 is about the ref_id alone.
        if first := backend.store.by_ref_id(read_ref_id(body)):
            raise _already_exists(to_json(first), backend.settings.conflict_shape)
        return JSONResponse(to_json(backend.create(read_create(body))))

    @routes.get(ORCHESTRATIONS)
    async def list_orchestrations(request: Request) -> JSONResponse:
        _require(backend, request, READ_ORCHESTRATION)
        page = read_page(request.query_params, order="DESC", default=100, most=1000)
        # The middleware sets this for the fault of that name.
        query = QueryParams() if getattr(request.state, "ignore_filters", False) else request.query_params
        items, cursor = page.cut(_filtered(backend, query))
        answer: dict[str, Any] = {}
        for key in ("items", "orchestrations"):
            if backend.settings.list_key in (key, "both"):
                answer[key] = [to_json(item) for item in items]
        return _page_answer(answer, cursor)

    @routes.get(f"{ORCHESTRATIONS}/{{orchestration_id}}")
    async def get(request: Request, orchestration_id: str) -> JSONResponse:
        _require(backend, request, READ_ORCHESTRATION)
        orchestration = backend.store.get(_uuid(orchestration_id, "orchestration"))
        if orchestration is None:
            raise not_found("orchestration not found")
        return JSONResponse(to_json(orchestration))


def _already_exists(first: dict[str, Any], shape: str) -> Problem:
    existing = {name: first[name] for name in _PARTIAL} if shape == "partial" else first
    meta = None if shape == "none" else {"existing": existing}
    return Problem(409, f"ref_id {first['ref_id']} already exists", cause="already-exists", meta=meta)


def _filtered(backend: Backend, query: QueryParams) -> Iterable[Orchestration]:
    filters = {
        name: set(given)
        for name in ("profile_id", "source_asset", "destination_asset", "status")
        if (given := repeated_values(query, name))
    }
    ids, ref_ids = repeated_values(query, "orchestration_id"), repeated_values(query, "ref_id")
    if repeated_values(query, "orchestration_rule_id"):
        return []  # none was started by a rule
    created = created_filter(query)
    visible_until = backend.clock.now() - timedelta(seconds=backend.settings.list_lag_seconds)
    return [
        item
        for item in _named(backend, ids, ref_ids)
        if item.created_at <= visible_until
        and created(item)
        and all(getattr(item, name) in wanted for name, wanted in filters.items())
    ]


def _named(backend: Backend, ids: list[str], ref_ids: list[str]) -> Iterable[Orchestration]:
    # By index: a search for one ref_id among a hundred thousand must not read all of them.
    if ref_ids:
        found = [item for ref_id in set(ref_ids) if (item := backend.store.by_ref_id(ref_id))]
        return [item for item in found if not ids or item.id in ids]
    if ids:
        return [item for one in set(ids) if (item := backend.store.get(one))]
    return backend.store.orchestrations


def _add_profiles(routes: APIRouter, backend: Backend) -> None:
    @routes.get(f"{API}/profiles")
    async def list_profiles(request: Request) -> JSONResponse:
        _require(backend, request, READ_PROFILE)
        query = request.query_params
        page = read_page(query, order="ASC", default=1000, most=1000)
        ids, beginning, created = repeated_values(query, "ids"), query.get("nickname", ""), created_filter(query)
        items, cursor = page.cut(
            profile
            for profile in backend.profiles.all()
            if (not ids or profile.id in ids)
            and profile.nickname.lower().startswith(beginning.lower())
            and created(profile)
        )
        return _page_answer({"items": [profile.to_json() for profile in items]}, cursor)

    @routes.get(f"{API}/profiles/{{profile_id}}")
    async def get_profile(request: Request, profile_id: str) -> JSONResponse:
        _require(backend, request, READ_PROFILE)
        return JSONResponse(_profile(backend, profile_id).to_json())

    @routes.post(f"{API}/sandbox/profiles/{{profile_id}}/deposit")
    async def deposit(request: Request, profile_id: str) -> JSONResponse:
        _require(backend, request, READ_PROFILE)
        profile = _profile(backend, profile_id)
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
        return JSONResponse({"activity_id": backend.deposit(profile.id, asset, amount)})


def _add_balances(routes: APIRouter, backend: Backend) -> None:
    def balance(profile: Profile, asset: str) -> dict[str, str]:
        return {
            "asset": asset,
            "available": plain(backend.ledger.balance(accounts.available(profile.id), asset)),
            "trading": plain(backend.ledger.balance(accounts.held(profile.id), asset)),
        }

    @routes.get(f"{API}/profiles/{{profile_id}}/balances")
    async def list_balances(request: Request, profile_id: str) -> JSONResponse:
        _require(backend, request, READ_PROFILE)
        profile = _profile(backend, profile_id)
        # The reference repeats the parameter; its example joins the assets with commas.
        wanted = [asset for value in repeated_values(request.query_params, "assets") for asset in value.split(",")]
        return JSONResponse({"items": [balance(profile, asset) for asset in DECIMALS if not wanted or asset in wanted]})

    @routes.get(f"{API}/profiles/{{profile_id}}/balances/{{asset}}")
    async def get_balance(request: Request, profile_id: str, asset: str) -> JSONResponse:
        _require(backend, request, READ_PROFILE)
        profile = _profile(backend, profile_id)
        if asset not in DECIMALS:
            raise bad_request(f"unknown asset '{asset}'")
        return JSONResponse(balance(profile, asset))


def _profile(backend: Backend, profile_id: str) -> Profile:
    profile = backend.profiles.get(DEFAULT_PROFILE if profile_id == "default" else profile_id)
    if profile is None:
        raise not_found("profile not found")
    return profile


def _add_events(routes: APIRouter, backend: Backend) -> None:
    @routes.get(EVENTS)
    async def list_events(request: Request) -> JSONResponse:
        _require(backend, request, READ_EVENT)
        page = read_page(request.query_params, order="ASC", default=100, most=100)
        created, kind = created_filter(request.query_params), request.query_params.get("type")
        found = [] if _is_test(request) else backend.store.events
        items, cursor = page.cut(event for event in found if created(event) and kind in (None, event.type))
        return _page_answer({"events": [event.to_json() for event in items]}, cursor)

    @routes.get(f"{EVENTS}/{{event_id}}")
    async def get_event(request: Request, event_id: str) -> JSONResponse:
        _require(backend, request, READ_EVENT)
        wanted = _uuid(event_id, "event")
        event = next((one for one in backend.store.events if one.id == wanted), None)
        if event is None or _is_test(request):
            raise not_found()
        return JSONResponse(event.to_json())


def _is_test(request: Request) -> bool:
    # The emulator sends no test events, so a request for them finds none.
    is_test = request.query_params.get("is_test", "false")
    if is_test not in ("true", "false"):
        raise bad_request("is_test must be true or false")
    return is_test == "true"


def _uuid(text: str, name: str) -> str:
    try:
        return str(UUID(text))
    except ValueError:
        raise bad_request(f"error parsing {name} id") from None


def _page_answer(answer: dict[str, Any], cursor: str | None) -> JSONResponse:
    return JSONResponse({**answer, **({"next_page_cursor": cursor} if cursor else {})})
