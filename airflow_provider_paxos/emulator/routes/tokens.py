"""Serve the token endpoint."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from airflow_provider_paxos.emulator.auth import GrantRefused
from airflow_provider_paxos.emulator.backend import Backend
from airflow_provider_paxos.emulator.urls import TOKEN

_NEVER_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}


def add_to(routes: APIRouter, backend: Backend) -> None:
    """Add the route that grants tokens."""

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
