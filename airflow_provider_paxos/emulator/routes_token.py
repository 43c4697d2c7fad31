"""``POST /oauth2/token``."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from airflow_provider_paxos.emulator.faults import TOKEN
from airflow_provider_paxos.emulator.local_paxos import LocalPaxos
from airflow_provider_paxos.emulator.oauth import GrantRefused

_NEVER_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}


def router(paxos: LocalPaxos) -> APIRouter:
    """Return the token endpoint."""
    routes = APIRouter()

    @routes.post(TOKEN)
    async def grant(request: Request) -> JSONResponse:
        authorization = request.headers.get("authorization", "")
        body = await request.body()
        try:
            granted = paxos.tokens.grant(paxos.settings, authorization, body, paxos.clock.now())
        except GrantRefused as refused:
            asks = {"WWW-Authenticate": 'Basic realm="paxos"'} if refused.status == 401 else {}
            return JSONResponse(refused.document, refused.status, {**_NEVER_STORE, **asks})
        return JSONResponse(granted, headers=_NEVER_STORE)

    return routes
