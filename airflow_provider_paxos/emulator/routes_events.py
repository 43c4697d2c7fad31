"""``/v2/events``."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from airflow_provider_paxos.emulator import listing
from airflow_provider_paxos.emulator.access import require
from airflow_provider_paxos.emulator.local_paxos import LocalPaxos
from airflow_provider_paxos.emulator.problems import bad_request, not_found

SCOPE = "events:read_event"


def router(paxos: LocalPaxos) -> APIRouter:
    """Return the events' endpoints."""
    routes = APIRouter(prefix="/v2/events")

    def real(request: Request) -> bool:
        is_test = request.query_params.get("is_test", "false")
        if is_test not in ("true", "false"):
            raise bad_request("is_test must be true or false")
        # Nothing here sends test events.
        return is_test == "false"

    @routes.get("")
    async def list_events(request: Request) -> JSONResponse:
        require(paxos, request, SCOPE)
        page = listing.page(request.query_params, order="ASC", default=100, most=100)
        created, kind = listing.created(request.query_params), request.query_params.get("type")
        found = paxos.book.events if real(request) else []
        items, cursor = page.cut(event for event in found if created(event) and kind in (None, event.type))
        answer = {"events": [event.shown() for event in items]}
        return JSONResponse({**answer, **({"next_page_cursor": cursor} if cursor else {})})

    @routes.get("/{event_id}")
    async def get_event(request: Request, event_id: str) -> JSONResponse:
        require(paxos, request, SCOPE)
        try:
            normal = str(UUID(event_id))
        except ValueError:
            raise bad_request("error parsing event id") from None
        event = next((one for one in paxos.book.events if one.id == normal), None)
        if event is None or not real(request):
            raise not_found()
        return JSONResponse(event.shown())

    return routes
