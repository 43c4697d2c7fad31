"""Serve the endpoints of instructions for fiat deposits."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from airflow_provider_paxos.emulator.backend import Backend
from airflow_provider_paxos.emulator.pagination import by_age, created_filter, read_page, repeated_values
from airflow_provider_paxos.emulator.problems import not_found
from airflow_provider_paxos.emulator.routes.endpoint import page_answer, read_id, require
from airflow_provider_paxos.emulator.urls import TRANSFER

READ = "transfer:read_fiat_deposit_instructions"


def add_to(routes: APIRouter, backend: Backend) -> None:
    """Add the routes that list and read instructions for fiat deposits."""

    @routes.get(f"{TRANSFER}/fiat-deposit-instructions")
    async def list_instructions(request: Request) -> JSONResponse:
        require(backend, request, READ)
        query = request.query_params
        page, created = read_page(query, order="DESC", default=100, most=1000), created_filter(query)
        ids, ref_ids = repeated_values(query, "ids"), repeated_values(query, "ref_ids")
        # Only rules make instructions here, and those have no ref_id.
        found = (
            one for one in backend.instructions.values() if (not ids or one.id in ids) and not ref_ids and created(one)
        )
        items, cursor = page.cut(found, by_age)
        return page_answer(backend, {"items": [one.to_json() for one in items]}, cursor)

    @routes.get(f"{TRANSFER}/fiat-deposit-instructions/{{instructions_id}}")
    async def get_instructions(request: Request, instructions_id: str) -> JSONResponse:
        require(backend, request, READ)
        found = backend.instructions.get(read_id(instructions_id, "fiat deposit instructions"))
        if found is None:
            raise not_found(f"fiat deposit instructions with id {instructions_id} not found")
        return JSONResponse(found.to_json())
