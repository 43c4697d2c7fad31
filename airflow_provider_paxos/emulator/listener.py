"""Uvicorn, set up so that a fault can drop a request's connection."""

from __future__ import annotations

import asyncio
import socket
import threading

from uvicorn.config import Config
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import Server

from airflow_provider_paxos.emulator.app import application
from airflow_provider_paxos.emulator.gate import TRANSPORT, Gate
from airflow_provider_paxos.emulator.local_paxos import LocalPaxos


class Listener(Server):
    """A server that tells when it is up, and ends at once."""

    def __init__(self, config: Config, gate: Gate) -> None:
        super().__init__(config)
        self._gate = gate
        self.is_up = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start listening."""
        await super().startup(sockets=sockets)
        self.is_up.set()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop listening; requests that a fault delays do not hold up the end."""
        self._gate.closing.set()
        await super().shutdown(sockets=sockets)


class _Protocol(H11Protocol):
    """Hands every request its connection: ASGI has no word for closing one."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self.app_state = {**self.app_state, TRANSPORT: transport}
        super().connection_made(transport)


def listener(paxos: LocalPaxos) -> Listener:
    """Return a server for an emulator, to be run with sockets that listen."""
    gate = application(paxos)
    config = Config(
        gate,
        http=_Protocol,
        loop="asyncio",
        ws="none",
        lifespan="off",
        log_config=None,
        log_level="warning",
        access_log=False,
        # Rate limits are about who connects, not about who says so.
        proxy_headers=False,
        timeout_graceful_shutdown=1,
    )
    return Listener(config, gate)


def bound_socket(host: str, port: int) -> socket.socket:
    """Return a socket that listens at an address; port 0 takes a free one.

    :raises OSError: if the address is in use or not this machine's.
    """
    family, kind, protocol, _, address = socket.getaddrinfo(
        host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    bound = socket.socket(family, kind, protocol)
    try:
        # Ports of a server that has just ended may be taken at once.
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(address)
        # Until it listens, another server could bind the same port.
        bound.listen()
    except OSError:
        bound.close()
        raise
    return bound
