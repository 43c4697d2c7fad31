"""The emulator as an ASGI application."""

from __future__ import annotations

from fastapi import FastAPI, Request
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from airflow_provider_paxos.emulator import (
    controls,
    routes_events,
    routes_orchestrations,
    routes_profiles,
    routes_token,
)
from airflow_provider_paxos.emulator.gate import CONTROLS, Gate
from airflow_provider_paxos.emulator.local_paxos import LocalPaxos
from airflow_provider_paxos.emulator.problems import Problem


def application(paxos: LocalPaxos) -> Gate:
    """Return the application that serves an emulator."""
    app = FastAPI(
        title="Paxos emulator: its controls",
        openapi_url=f"{CONTROLS}/openapi.json",
        docs_url=f"{CONTROLS}/docs",
        redoc_url=None,
        redirect_slashes=False,
    )
    for part in (routes_token, routes_orchestrations, routes_profiles, routes_events):
        app.include_router(part.router(paxos), include_in_schema=False)
    app.include_router(controls.router(paxos))

    @app.exception_handler(Problem)
    async def refuse(_: Request, problem: Problem) -> JSONResponse:
        return problem.response(paxos.settings)

    @app.exception_handler(HTTPException)
    async def not_routed(request: Request, error: HTTPException) -> JSONResponse:
        if request.url.path.startswith(CONTROLS):
            return JSONResponse({"detail": error.detail}, error.status_code)
        return Problem(error.status_code, str(error.detail)).response(paxos.settings, dict(error.headers or {}))

    return Gate(app, paxos)
