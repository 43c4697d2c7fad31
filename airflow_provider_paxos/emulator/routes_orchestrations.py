"""``/v2/orchestration/orchestrations``: create, get and list."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from starlette.datastructures import QueryParams

from airflow_provider_paxos.emulator import listing
from airflow_provider_paxos.emulator.access import require
from airflow_provider_paxos.emulator.create_request import read_create, read_object, read_ref_id
from airflow_provider_paxos.emulator.faults import ORCHESTRATIONS
from airflow_provider_paxos.emulator.local_paxos import LocalPaxos
from airflow_provider_paxos.emulator.orchestration import Orchestration
from airflow_provider_paxos.emulator.problems import Problem, bad_request, not_found

READ, WRITE = "orchestration:read_orchestration", "orchestration:write_orchestration"
_PARTIAL = ("id", "ref_id", "status")


def router(paxos: LocalPaxos) -> APIRouter:
    """Return the orchestrations' endpoints."""
    routes = APIRouter(prefix=ORCHESTRATIONS)

    def shown(orchestration: Orchestration) -> dict[str, Any]:
        return orchestration.shown(normalize=paxos.settings.normalize_amounts)

    @routes.post("")
    async def create(request: Request) -> JSONResponse:
        require(paxos, request, WRITE)
        body = read_object(await request.body())
        # A ref_id that was used is refused whatever else the request says: the 409 is about the ref_id alone.
        if first := paxos.book.by_ref_id(read_ref_id(body)):
            raise _already_exists(shown(first), paxos.settings.conflict_shape)
        return JSONResponse(shown(paxos.create(read_create(body))))

    @routes.get("")
    async def list_orchestrations(request: Request) -> JSONResponse:
        require(paxos, request, READ)
        page = listing.page(request.query_params, order="DESC", default=100, most=1000)
        # The fault "strangers" is a filter that does not filter.
        query = QueryParams() if getattr(request.state, "strangers", False) else request.query_params
        items, cursor = page.cut(_filtered(paxos, query))
        answer: dict[str, Any] = {}
        for key in ("items", "orchestrations"):
            if paxos.settings.list_key in (key, "both"):
                answer[key] = [shown(item) for item in items]
        return JSONResponse({**answer, **({"next_page_cursor": cursor} if cursor else {})})

    @routes.get("/{orchestration_id}")
    async def get(request: Request, orchestration_id: str) -> JSONResponse:
        require(paxos, request, READ)
        try:
            normal = str(UUID(orchestration_id))
        except ValueError:
            raise bad_request("error parsing orchestration id") from None
        if (orchestration := paxos.book.get(normal)) is None:
            raise not_found("orchestration not found")
        return JSONResponse(shown(orchestration))

    return routes


def _already_exists(first: dict[str, Any], shape: str) -> Problem:
    existing = {name: first[name] for name in _PARTIAL} if shape == "partial" else first
    meta = None if shape == "none" else {"existing": existing}
    return Problem(409, f"ref_id {first['ref_id']} already exists", cause="already-exists", meta=meta)


def _filtered(paxos: LocalPaxos, query: QueryParams) -> Iterable[Orchestration]:
    filters = {
        name: set(given)
        for name in ("profile_id", "source_asset", "destination_asset", "status")
        if (given := listing.values(query, name))
    }
    ids, ref_ids = listing.values(query, "orchestration_id"), listing.values(query, "ref_id")
    if listing.values(query, "orchestration_rule_id"):
        return []  # none was started by a rule
    created = listing.created(query)
    visible_until = paxos.clock.now() - timedelta(seconds=paxos.settings.list_lag_seconds)
    return [
        item
        for item in _named(paxos, ids, ref_ids)
        if item.created_at <= visible_until
        and created(item)
        and all(getattr(item, name) in wanted for name, wanted in filters.items())
    ]


def _named(paxos: LocalPaxos, ids: list[str], ref_ids: list[str]) -> Iterable[Orchestration]:
    # By index: whoever looks up one ref_id among a hundred thousand should not wait for all of them.
    if ref_ids:
        found = [item for ref_id in set(ref_ids) if (item := paxos.book.by_ref_id(ref_id))]
        return [item for item in found if not ids or item.id in ids]
    if ids:
        return [item for one in set(ids) if (item := paxos.book.get(one))]
    return paxos.book.orchestrations
