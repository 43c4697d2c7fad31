"""The network between clients and emulator, with real sockets and the real transports of both drivers."""

from __future__ import annotations

import socket
import threading
import time
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import httpx2
import requests
from requests.adapters import HTTPAdapter

from airflow_provider_paxos.emulator.app import bound_socket, build_server
from airflow_provider_paxos.emulator.backend import Backend
from airflow_provider_paxos.emulator.faults import Fault
from tests.chaos.troubles import OF_ANSWERS, SLOW_AFTER, SLOW_BEFORE, TARGETS, Trouble
from tests.chaos.wire import Wire

REAL_TIMEOUT = 0.2
_SLOW = 0.3
_LONGEST_WAIT = 10.0


class Sockets(Wire):
    """A server in a thread. Clocks are as in-process; only what is slow takes real time."""

    real = True

    def __init__(self) -> None:
        paxos = Backend()
        self._bound = bound_socket("127.0.0.1", 0)
        super().__init__(paxos, f"http://127.0.0.1:{self._bound.getsockname()[1]}", REAL_TIMEOUT)
        # Bound, but not listening: whoever connects to it is refused.
        self._deaf = socket.create_server(("127.0.0.1", 0))
        self._deaf.close()
        self._deaf = socket.socket()
        self._deaf.bind(("127.0.0.1", 0))
        self._server = build_server(paxos)
        self._thread = threading.Thread(target=self._server.run, args=([self._bound],), daemon=True)
        self._thread.start()
        self._server.is_up.wait(_LONGEST_WAIT)

    def stop(self) -> None:
        """End the server."""
        self._server.should_exit = True
        self._thread.join(_LONGEST_WAIT)
        self._bound.close()
        self._deaf.close()

    def order(self, trouble: Trouble) -> None:
        """Let something go wrong; what is slow is the emulator's here."""
        if trouble.kind in OF_ANSWERS:
            return
        if trouble.kind not in (SLOW_BEFORE, SLOW_AFTER):
            super().order(trouble)
            return
        method, path = TARGETS[trouble.target]
        after = trouble.kind == SLOW_AFTER
        self.paxos.faults.add(
            Fault(kind="delay", times=min(2, trouble.times), seconds=_SLOW, after_work=after, method=method, path=path)
        )

    def settle(self) -> None:
        """Return when the server works on no request."""
        end = time.monotonic() + _LONGEST_WAIT
        while self._server.server_state.tasks and time.monotonic() < end:
            time.sleep(0.002)

    def redirected(self, method: str, url: str) -> str:
        """Return where a request really goes: to nobody, where it is not to be connected."""
        if self.take(method, url) is None:
            return url
        return urlunsplit(urlsplit(url)._replace(netloc=f"127.0.0.1:{self._deaf.getsockname()[1]}"))


class Redialling(HTTPAdapter):
    """The adapter of requests, with a wrong number now and then."""

    def __init__(self, wire: Sockets) -> None:
        super().__init__()
        self._wire = wire

    def send(self, request: requests.PreparedRequest, *arguments: Any, **options: Any) -> requests.Response:
        request.url = self._wire.redirected(str(request.method), str(request.url))
        return super().send(request, *arguments, **options)


class AsyncRedialling(httpx2.AsyncHTTPTransport):
    """Likewise the transport of httpx2."""

    def __init__(self, wire: Sockets) -> None:
        super().__init__()
        self._wire = wire

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        request.url = httpx2.URL(self._wire.redirected(request.method, str(request.url)))
        return await super().handle_async_request(request)
