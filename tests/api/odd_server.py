"""A server for what no well-behaved one does: it grants tokens, and answers all else with given bytes."""

from __future__ import annotations

import gzip
import json
import ssl
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

TOO_MUCH = 11 * 2**20
TOKEN = json.dumps({"access_token": "tok-1", "expires_in": 3599}).encode()


class Handler(BaseHTTPRequestHandler):
    """Knows its server's behaviour, and remembers each request."""

    server: Any
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.seen.append((self.command, self.path, dict(self.headers), body))
        self.close_connection = True
        try:
            if self.path == "/oauth2/token":
                answer(TOKEN)(self)
            else:
                self.server.behave(self)
        except OSError:
            return  # the client has gone

    do_GET = do_POST  # noqa: N815 - http.server's name

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        return


class OddServer:
    """Runs on a free port of the loopback address, from ``with`` to its end.

    :param behave: what to do with an API request once it was read.
    """

    def __init__(self, behave: Callable[[Handler], None], tls: ssl.SSLContext | None = None) -> None:
        self._server: Any = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._server.behave, self._server.seen, self._server.over = behave, [], threading.Event()
        self._server.handle_error = lambda *_: None
        if tls:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True, do_handshake_on_connect=False)
        scheme, host = ("https", "localhost") if tls else ("http", "127.0.0.1")
        self.base_url = f"{scheme}://{host}:{self._server.server_port}/v2"

    @property
    def seen(self) -> list[tuple[str, str, dict[str, str], bytes]]:
        """Method, path, headers and body of each API request."""
        return [each for each in self._server.seen if each[1] != "/oauth2/token"]

    @property
    def requests(self) -> int:
        """The number of requests, those for tokens included."""
        return len(self._server.seen)

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.over.set()
        self._server.shutdown()
        self._server.server_close()


def raw(*parts: bytes) -> Callable[[Handler], None]:
    """Return the behaviour of writing some bytes, and closing the connection."""

    def behave(handler: Handler) -> None:
        for part in parts:
            handler.wfile.write(part)

    return behave


def answer(body: bytes, status: str = "200 OK", *headers: bytes) -> Callable[[Handler], None]:
    """Return the behaviour of giving a whole answer."""
    lines = [f"HTTP/1.1 {status}".encode(), *headers, b"Content-Length: %d" % len(body), b"Connection: close"]
    return raw(b"\r\n".join(lines) + b"\r\n\r\n" + body)


def silent(handler: Handler) -> None:
    """Say nothing until the test is over."""
    handler.server.over.wait(10)


def dripping(handler: Handler) -> None:
    """Send a little now and then, never enough."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
    while not handler.server.over.wait(0.05):
        handler.wfile.write(b" ")


HEAD = b"HTTP/1.1 200 OK\r\n"
LOSSES: dict[str, tuple[Callable[[Handler], None], str]] = {
    "dropped": (raw(), "broke before the whole answer was there"),
    "cut": (raw(HEAD + b'Content-Length: 1000\r\n\r\n{"id": "orch-1"'), "broke before the whole answer was there"),
    "cut chunk": (raw(HEAD + b'Transfer-Encoding: chunked\r\n\r\n400\r\n{"id"'), "broke before the whole answer"),
    "no http": (raw(b"SSH-2.0-OpenSSH_9.9\r\n\r\n"), "broke before the whole answer was there"),
    "endless headers": (raw(HEAD, *[b"X-%d: %s\r\n" % (n, b"x" * 1000) for n in range(300)]), "broke before the whole"),
    "bad gzip": (answer(b"no gzip", "200 OK", b"Content-Encoding: gzip"), "broke before the whole answer was there"),
    "too large": (answer(b" " * TOO_MUCH), "is larger than 10 MiB"),
    "gzip bomb": (
        answer(gzip.compress(b" " * TOO_MUCH), "200 OK", b"Content-Encoding: gzip"),
        "is larger than 10 MiB",
    ),
    "silent": (silent, "no answer from 127.0.0.1"),
    "dripping": (dripping, "no answer from 127.0.0.1"),
}
