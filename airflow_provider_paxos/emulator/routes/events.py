"""Serve the endpoints of events."""

from __future__ import annotations

from collections.abc import Iterator

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from airflow_provider_paxos.emulator.backend import Backend
from airflow_provider_paxos.emulator.event_log import ShownEvent, shown_events
from airflow_provider_paxos.emulator.pagination import created_filter, read_page
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
        found = (one for one in _shown(backend, request) if created(one.event) and kind in (None, one.event.type))
        items, cursor = page.cut(found, lambda one: one.place)
        return page_answer(backend, {"events": [one.event.to_json() for one in items]}, cursor)

    @routes.get(f"{EVENTS}/{{event_id}}")
    async def get_event(request: Request, event_id: str) -> JSONResponse:
        require(backend, request, READ)
        wanted = read_id(event_id, "event")
        event = next((one.event for one in _shown(backend, request) if one.event.id == wanted), None)
        if event is None:
            raise not_found()
        return JSONResponse(event.to_json())


def _shown(backend: Backend, request: Request) -> Iterator[ShownEvent]:
    # The emulator sends no test events, so a request for them finds none.
    events = [] if read_flag(request, "is_test") else backend.store.events
    return shown_events(events, backend.settings, backend.clock.now())
