"""Serve the directory of virtual asset service providers."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from airflow_provider_paxos.emulator.backend import Backend
from airflow_provider_paxos.emulator.pagination import read_page, repeated_values
from airflow_provider_paxos.emulator.problems import not_found
from airflow_provider_paxos.emulator.routes.endpoint import page_answer, read_id, require
from airflow_provider_paxos.emulator.urls import VASPS


def add_to(routes: APIRouter, backend: Backend) -> None:
    """Add the routes that list and read VASPs; they need a token, but no scope."""

    @routes.get(VASPS)
    async def list_vasps(request: Request) -> JSONResponse:
        require(backend, request, None)
        query = request.query_params
        page = read_page(query, order="ASC", default=100, most=1000)
        ids, beginning = repeated_values(query, "ids"), query.get("search", "").casefold()
        found = (
            {"id": vasp_id, "name": name}
            for vasp_id, name in backend.vasps.items()
            if (not ids or vasp_id in ids) and name.casefold().startswith(beginning)
        )
        items, cursor = page.cut(found, lambda vasp: f"{vasp['name']} {vasp['id']}")
        return page_answer(backend, {"items": items}, cursor)

    @routes.get(f"{VASPS}/{{vasp_id}}")
    async def get_vasp(request: Request, vasp_id: str) -> JSONResponse:
        require(backend, request, None)
        wanted = read_id(vasp_id, "vasp")
        if wanted not in backend.vasps:
            raise not_found(f"vasp not found: {vasp_id}")
        return JSONResponse({"vasp": {"id": wanted, "name": backend.vasps[wanted]}})
