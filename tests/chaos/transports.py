"""What stands in for the network inside requests and httpx2, for a wire without sockets."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import requests
import urllib3
from requests.adapters import HTTPAdapter
from urllib3.exceptions import MaxRetryError, NewConnectionError, ProtocolError, ReadTimeoutError

from tests.chaos.troubles import UNCONNECTED
from tests.chaos.wire import TIMED_OUT, Call, InProcess, Lost
from tests.fake_paxos import sent_to


class RequestsAdapter(HTTPAdapter):
    """Hands requests' requests to the wire, and raises what requests raises."""

    def __init__(self, wire: InProcess) -> None:
        super().__init__()
        self._wire = wire

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:  # type: ignore[override]
        body = request.body or b""
        try:
            answer = self._wire.send(Call(str(request.method), str(request.url), dict(request.headers), bytes(body)))
        except Lost as lost:
            raise _of_requests(str(lost), str(request.url)) from None
        # As a connection's response: it notices by itself that fewer bytes come than were announced.
        raw = urllib3.HTTPResponse(
            io.BytesIO(answer.body),
            dict(answer.headers),
            answer.status,
            preload_content=False,
            enforce_content_length=True,
        )
        return self.build_response(request, raw)


def _of_requests(lost: str, url: str) -> requests.RequestException:
    pool = urllib3.HTTPConnectionPool("127.0.0.1", 9)
    if lost == UNCONNECTED:
        refused = NewConnectionError(urllib3.connection.HTTPConnection("127.0.0.1", 9), "connection refused")
        return requests.ConnectionError(MaxRetryError(pool, url, refused))
    if lost == TIMED_OUT:
        return requests.ReadTimeout(ReadTimeoutError(pool, url, "read timed out"))
    return requests.ConnectionError(ProtocolError("connection aborted", ConnectionResetError(104, "reset by peer")))


class _Body(httpx2.AsyncByteStream):
    def __init__(self, body: bytes, announced: int) -> None:
        self._body = body
        self._announced = announced

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield self._body
        if len(self._body) < self._announced:
            raise httpx2.RemoteProtocolError("peer closed connection without sending complete message body")


class Httpx2Transport(httpx2.AsyncBaseTransport):
    """Hands httpx2's requests to the wire, and raises what httpx2 raises."""

    def __init__(self, wire: InProcess) -> None:
        self._wire = wire

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        call = Call(request.method, sent_to(request), dict(request.headers), await request.aread())
        try:
            answer = self._wire.send(call)
        except Lost as lost:
            raise _of_httpx2(str(lost)) from None
        announced = int(answer.headers.get("content-length", len(answer.body)))
        return httpx2.Response(answer.status, headers=dict(answer.headers), stream=_Body(answer.body, announced))


def _of_httpx2(lost: str) -> httpx2.TransportError:
    if lost == UNCONNECTED:
        return httpx2.ConnectError("all connection attempts failed")
    if lost == TIMED_OUT:
        return httpx2.ReadTimeout("")
    return httpx2.ReadError("")
