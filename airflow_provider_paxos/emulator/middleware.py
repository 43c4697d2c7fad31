"""Pass every request through the journal, the faults, the rate limits and the check of its signature."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
from dataclasses import dataclass, field
from typing import Any

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from airflow_provider_paxos.emulator.backend import Backend
from airflow_provider_paxos.emulator.faults import Fault, repeated_cursor, replacement
from airflow_provider_paxos.emulator.journal import JournalEntry
from airflow_provider_paxos.emulator.problems import Problem
from airflow_provider_paxos.emulator.signatures import HEADER, SignatureRefused, SignedContent, verify
from airflow_provider_paxos.emulator.urls import API, CONTROLS, ORCHESTRATIONS, TOKEN

TRANSPORT = "paxos_emulator_transport"
"""The key of a request's connection in the state of its ASGI scope, when there is a real connection."""

_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


@dataclass
class BufferedResponse:
    """Holds an answer until it is sent."""

    start: Message = field(default_factory=dict)
    body: bytes = b""

    async def receive(self, message: Message) -> None:
        """Take a message in the place of the server."""
        if message["type"] == "http.response.start":
            self.start = message
        else:
            self.body += message.get("body", b"")

    async def send_to(self, send: Send) -> None:
        """Send the answer to the client."""
        await send(self.start)
        await send({"type": "http.response.body", "body": self.body})


@dataclass(frozen=True)
class BufferedRequest:
    """Holds a request, read as a whole, and its connection."""

    scope: Scope
    receive: Receive
    send: Send
    body: bytes

    async def reply(self, response: Response) -> int:
        """Send an answer, and return its status."""
        await response(self.scope, self.receive, self.send)
        return response.status_code

    async def disconnect(self, *, reset: bool = False) -> None:
        """Close the connection after what was sent already, or reset it."""
        transport: Any = self.scope.get("state", {}).get(TRANSPORT)
        if transport is None:
            raise ConnectionResetError("the emulator dropped the connection because of a fault")
        if reset:
            transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        transport.close()
        # Not before the server has noticed: it would answer a 500 to an application that returns without an answer.
        while (await self.receive())["type"] != "http.disconnect":
            pass


class EmulatorMiddleware:
    """Wraps the application.

    :param app: the endpoints
    :param backend: the emulator that they serve
    """

    def __init__(self, app: ASGIApp, backend: Backend) -> None:
        self._app = app
        self._backend = backend
        self.closing = asyncio.Event()
        """Once set, no request is delayed any more, and the connections of delayed requests are closed."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, unless a fault prevents it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = BufferedRequest(scope, receive, send, await Request(scope, receive).body())
        if scope["path"].startswith(CONTROLS):
            await (await self._call(request)).send_to(send)
            return
        entry = self._backend.journal.open(self._entry(request))
        fault = self._backend.faults.take(entry.method, entry.path, entry.query, entry.ref_id)
        if fault is None:
            await (await self._process(request, entry)).send_to(send)
            return
        entry.fault = fault.kind
        await self._apply(fault, request, entry)

    async def _apply(self, fault: Fault, request: BufferedRequest, entry: JournalEntry) -> None:
        if not fault.after_work and not await self._delayed(fault):
            await request.disconnect()
            return
        if (replaced := replacement(fault, self._backend.settings, entry.path)) is not None:
            entry.status = await request.reply(replaced)
            return
        if fault.kind in ("refuse", "drop_before"):
            await request.disconnect(reset=fault.kind == "refuse")
            return
        request.scope.setdefault("state", {})["ignore_filters"] = fault.kind == "ignore_filters"
        answer = await self._process(request, entry)
        in_time = not fault.after_work or await self._delayed(fault)
        match fault.kind if in_time else "drop_after":
            case "drop_after":
                entry.status = None
                await request.disconnect()
            case "cut":
                await request.send(answer.start)
                half = answer.body[: len(answer.body) // 2]
                await request.send({"type": "http.response.body", "body": half, "more_body": True})
                await request.disconnect()
            case "garble":
                entry.status = await request.reply(Response('{"id": "', 200, media_type="application/json"))
            case "error":
                problem = Problem(fault.status or 503, fault.detail)
                entry.status = await request.reply(problem.response(self._backend.settings))
            case "repeat_cursor" if entry.status == 200:
                await request.reply(repeated_cursor(answer.body, entry.query))
            case _:
                await answer.send_to(request.send)

    async def _delayed(self, fault: Fault) -> bool:
        """Wait for as long as a fault says, and return False if the server stops meanwhile."""
        if fault.seconds:
            try:
                await asyncio.wait_for(self.closing.wait(), fault.seconds)
            except TimeoutError:
                return True
            return False
        return True

    def _entry(self, request: BufferedRequest) -> JournalEntry:
        method, path = request.scope["method"], request.scope["path"]
        # A client may put a secret into the query of a token request, where it does not belong.
        query = "" if path == TOKEN else request.scope["query_string"].decode("latin-1")
        ref_id = _ref_id(request.body) if (method, path) == ("POST", ORCHESTRATIONS) else None
        return JournalEntry(self._backend.clock.now(), method, path, query, ref_id)

    async def _process(self, request: BufferedRequest, entry: JournalEntry) -> BufferedResponse:
        settings, now = self._backend.settings, self._backend.clock.now()
        address = request.scope["client"][0] if request.scope.get("client") else ""
        problem: Problem | None = None
        if not self._backend.rate_limits.allow(settings, (address, entry.method, entry.path), now):
            problem = Problem(429, "rate limit exceeded")
        elif settings.require_signatures and entry.path.startswith(API):
            problem = self._refuse_signature(request)
        if problem is None:
            answer = await self._call(request)
        else:
            answer = BufferedResponse()
            await problem.response(settings)(request.scope, request.receive, answer.receive)
        entry.status = answer.start["status"]
        if (entry.method, entry.path, entry.status) == ("POST", ORCHESTRATIONS, 200):
            entry.accepted = True
            entry.orchestration_id = json.loads(answer.body)["id"]
        return answer

    def _refuse_signature(self, request: BufferedRequest) -> Problem | None:
        """Return why a request's signature is refused, or None."""
        scope = request.scope
        # Not scope["path"], which is decoded: what was signed is what was sent.
        target, query = scope["raw_path"].decode("latin-1"), scope["query_string"].decode("latin-1")
        signed = SignedContent(scope["method"], f"{target}?{query}" if query else target, request.body)
        try:
            keys = self._backend.settings.signing_keys
            verify(keys, Headers(scope=scope).getlist(HEADER), signed, self._backend.clock.now())
        except SignatureRefused as refused:
            return Problem(403, str(refused))
        return None

    async def _call(self, request: BufferedRequest) -> BufferedResponse:
        changed = self._backend.run_due_steps()
        answer = BufferedResponse()

        async def receive() -> Message:
            return {"type": "http.request", "body": request.body, "more_body": False}

        await self._app(request.scope, receive, answer.receive)
        # An answer must outlive a crash, so the state is written before it is sent.
        if changed or request.scope["method"] != "GET":
            self._backend.save()
        return answer


def _ref_id(body: bytes) -> str | None:
    try:
        ref_id = json.loads(body)["ref_id"]
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    return ref_id if isinstance(ref_id, str) else None
