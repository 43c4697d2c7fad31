"""Build the emulator's ASGI application, and the uvicorn server that runs it."""

from __future__ import annotations

import asyncio
import socket
import threading

from fastapi import FastAPI, Request
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse
from uvicorn.config import Config
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import Server

from airflow_provider_paxos.emulator import controls, routes
from airflow_provider_paxos.emulator.backend import Backend
from airflow_provider_paxos.emulator.middleware import TRANSPORT, EmulatorMiddleware
from airflow_provider_paxos.emulator.problems import Problem
from airflow_provider_paxos.emulator.urls import CONTROLS


def build_app(backend: Backend) -> EmulatorMiddleware:
    """Return the application that serves an emulator."""
    app = FastAPI(
        title="Paxos emulator: its controls",
        openapi_url=f"{CONTROLS}/openapi.json",
        docs_url=f"{CONTROLS}/docs",
        redoc_url=None,
        redirect_slashes=False,
    )
    app.include_router(routes.router(backend), include_in_schema=False)
    app.include_router(controls.router(backend))

    @app.exception_handler(Problem)
    async def refuse(_: Request, problem: Problem) -> JSONResponse:
        return problem.response(backend.settings)

    @app.exception_handler(HTTPException)
    async def not_routed(request: Request, error: HTTPException) -> JSONResponse:
        if request.url.path.startswith(CONTROLS):
            return JSONResponse({"detail": error.detail}, error.status_code)
        return Problem(error.status_code, str(error.detail)).response(backend.settings, dict(error.headers or {}))

    return EmulatorMiddleware(app, backend)


class EmulatorServer(Server):
    """Serves an emulator: reports when it is up, and stops without waiting for delayed requests."""

    def __init__(self, config: Config, app: EmulatorMiddleware) -> None:
        super().__init__(config)
        self._app = app
        self.is_up = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start listening."""
        await super().startup(sockets=sockets)
        self.is_up.set()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop listening; requests that a fault delays do not hold it up."""
        self._app.closing.set()
        await super().shutdown(sockets=sockets)


class _Protocol(H11Protocol):
    """Adds its connection to every request: ASGI has no message that closes one."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self.app_state = {**self.app_state, TRANSPORT: transport}
        super().connection_made(transport)


def build_server(backend: Backend) -> EmulatorServer:
    """Return a server for an emulator, to be run with sockets that listen."""
    app = build_app(backend)
    config = Config(
        app,
        http=_Protocol,
        loop="asyncio",
        ws="none",
        lifespan="off",
        log_config=None,
        log_level="warning",
        access_log=False,
        # Rate limits apply to the address that connects, not to the one that a header names.
        proxy_headers=False,
        timeout_graceful_shutdown=1,
    )
    return EmulatorServer(config, app)


def bound_socket(host: str, port: int) -> socket.socket:
    """Return a socket that listens at an address; port 0 takes a free one.

    :raises OSError: if the address is in use or not this machine's.
    """
    family, kind, protocol, _, address = socket.getaddrinfo(
        host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    bound = socket.socket(family, kind, protocol)
    try:
        # The port of a server that has just stopped may be taken at once.
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(address)
        # Until it listens, another server could bind the same port.
        bound.listen()
    except OSError:
        bound.close()
        raise
    return bound
