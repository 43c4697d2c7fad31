"""Serve the endpoints of orchestrations."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from starlette.datastructures import QueryParams

from airflow_provider_paxos.emulator.backend import Backend
from airflow_provider_paxos.emulator.fields import read_object
from airflow_provider_paxos.emulator.models import Orchestration
from airflow_provider_paxos.emulator.pagination import by_age, created_filter, read_page, repeated_values
from airflow_provider_paxos.emulator.problems import not_found
from airflow_provider_paxos.emulator.routes.endpoint import already_exists, listed, page_answer, read_id, require
from airflow_provider_paxos.emulator.urls import ORCHESTRATIONS
from airflow_provider_paxos.emulator.validation import read_create, read_ref_id

READ, WRITE = "orchestration:read_orchestration", "orchestration:write_orchestration"

_FIELDS = {
    "profile_id": "profile_id",
    "orchestration_rule_id": "rule_id",
    "source_asset": "source_asset",
    "destination_asset": "destination_asset",
    "status": "status",
}
"""The filters of List beside ids and ref_ids, and the fields whose values they name."""


def add_to(routes: APIRouter, backend: Backend) -> None:
    """Add the routes that create, list and read orchestrations."""

    def to_json(orchestration: Orchestration) -> dict[str, Any]:
        return orchestration.to_json(normalize=backend.settings.normalize_amounts)

    @routes.post(ORCHESTRATIONS)
    async def create(request: Request) -> JSONResponse:
        require(backend, request, WRITE)
        body = read_object(await request.body())
        # A ref_id that was used is refused whatever else the request says: the 409 is about the ref_id alone.
        if first := backend.store.by_ref_id(read_ref_id(body)):
            raise already_exists(to_json(first), backend.settings.conflict_shape)
        return JSONResponse(to_json(backend.create(read_create(body))))

    @routes.get(ORCHESTRATIONS)
    async def list_orchestrations(request: Request) -> JSONResponse:
        require(backend, request, READ)
        page = read_page(request.query_params, order="DESC", default=100, most=1000)
        # The middleware sets this for the fault of that name.
        query = QueryParams() if getattr(request.state, "ignore_filters", False) else request.query_params
        items, cursor = page.cut(_filtered(backend, query), by_age)
        return page_answer(backend, listed(backend, "orchestrations", [to_json(item) for item in items]), cursor)

    @routes.get(f"{ORCHESTRATIONS}/{{orchestration_id}}")
    async def get(request: Request, orchestration_id: str) -> JSONResponse:
        require(backend, request, READ)
        orchestration = backend.store.get(read_id(orchestration_id, "orchestration"))
        if orchestration is None:
            raise not_found("orchestration not found")
        return JSONResponse(to_json(orchestration))


def _filtered(backend: Backend, query: QueryParams) -> Iterable[Orchestration]:
    filters = {field: set(given) for name, field in _FIELDS.items() if (given := repeated_values(query, name))}
    ids, ref_ids = repeated_values(query, "orchestration_id"), repeated_values(query, "ref_id")
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
