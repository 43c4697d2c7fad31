"""Serve the endpoints of events."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from airflow_provider_paxos.emulator.backend import Backend
from airflow_provider_paxos.emulator.pagination import by_age, created_filter, read_page
from airflow_provider_paxos.emulator.problems import not_found
from airflow_provider_paxos.emulator.routes.endpoint import page_answer, read_flag, read_id, require
from airflow_provider_paxos.emulator.urls import EVENTS

READ = "events:read_event"


def add_to(routes: APIRouter, backend: Backend) -> None:
    """Add the routes that list and read events."""

    @routes.get(EVENTS)
    async def list_events(request: Request) -> JSONResponse:
        require(backend, request, READ)
        page = read_page(request.query_params, order="ASC", default=100, most=100)
        created, kind = created_filter(request.query_params), request.query_params.get("type")
        # The emulator sends no test events, so a request for them finds none.
        found = [] if read_flag(request, "is_test") else backend.store.events
        items, cursor = page.cut((event for event in found if created(event) and kind in (None, event.type)), by_age)
        return page_answer(backend, {"events": [event.to_json() for event in items]}, cursor)

    @routes.get(f"{EVENTS}/{{event_id}}")
    async def get_event(request: Request, event_id: str) -> JSONResponse:
        require(backend, request, READ)
        wanted = read_id(event_id, "event")
        event = next((one for one in backend.store.events if one.id == wanted), None)
        if event is None or read_flag(request, "is_test"):
            raise not_found()
        return JSONResponse(event.to_json())
