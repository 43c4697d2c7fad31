"""What every request passes: the journal, the faults, the rate limits and the signatures."""

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

from airflow_provider_paxos.emulator.fault_answers import instead
from airflow_provider_paxos.emulator.faults import ORCHESTRATIONS, TOKEN, Fault
from airflow_provider_paxos.emulator.journal import Entry
from airflow_provider_paxos.emulator.local_paxos import LocalPaxos
from airflow_provider_paxos.emulator.problems import Problem
from airflow_provider_paxos.emulator.signatures import HEADER, SignatureRefused, Signed, verify

CONTROLS = "/_emulator"
API = "/v2"
TRANSPORT = "paxos_emulator_transport"
"""Where the request's scope has its connection, when there is a real one."""

_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


@dataclass
class Answer:
    """An answer that was caught on its way out."""

    start: Message = field(default_factory=dict)
    body: bytes = b""

    async def catch(self, message: Message) -> None:
        """Take a message instead of the server."""
        if message["type"] == "http.response.start":
            self.start = message
        else:
            self.body += message.get("body", b"")

    async def deliver(self, send: Send) -> None:
        """Let it go its way."""
        await send(self.start)
        await send({"type": "http.response.body", "body": self.body})


@dataclass(frozen=True)
class Visit:
    """A request, read as a whole, and its connection."""

    scope: Scope
    receive: Receive
    send: Send
    body: bytes

    async def reply(self, response: Response) -> int:
        """Answer, and return the status."""
        await response(self.scope, self.receive, self.send)
        return response.status_code

    async def hang_up(self, *, reset: bool = False) -> None:
        """Close the connection, after what was sent already; or reset it."""
        transport: Any = self.scope.get("state", {}).get(TRANSPORT)
        if transport is None:
            raise ConnectionResetError("the emulator dropped the connection, as it was told to")
        if reset:
            transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        transport.close()
        # Not before the server has noticed: it would answer a 500 to an application that returns without an answer.
        while (await self.receive())["type"] != "http.disconnect":
            pass


class Gate:
    """Stands before the application.

    :param app: the endpoints
    :param paxos: what they work on
    """

    def __init__(self, app: ASGIApp, paxos: LocalPaxos) -> None:
        self._app = app
        self._paxos = paxos
        self.closing = asyncio.Event()
        """Once set, nobody is delayed any more: who waits is hung up on."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, unless a fault prevents it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        visit = Visit(scope, receive, send, await Request(scope, receive).body())
        if scope["path"].startswith(CONTROLS):
            await (await self._work(visit)).deliver(send)
            return
        entry = self._paxos.journal.open(self._entry(visit))
        fault = self._paxos.faults.take(entry.method, entry.path, entry.ref_id)
        if fault is None:
            await (await self._allowed(visit, entry)).deliver(send)
            return
        entry.fault = fault.kind
        await self._suffer(fault, visit, entry)

    async def _suffer(self, fault: Fault, visit: Visit, entry: Entry) -> None:
        if not fault.after_work and not await self._delayed(fault):
            await visit.hang_up()
            return
        if (answer_instead := instead(fault, self._paxos.settings, entry.path)) is not None:
            entry.status = await visit.reply(answer_instead)
            return
        if fault.kind in ("refuse", "drop_before"):
            await visit.hang_up(reset=fault.kind == "refuse")
            return
        visit.scope.setdefault("state", {})["strangers"] = fault.kind == "strangers"
        answer = await self._allowed(visit, entry)
        in_time = not fault.after_work or await self._delayed(fault)
        match fault.kind if in_time else "drop_after":
            case "drop_after":
                entry.status = None
                await visit.hang_up()
            case "cut":
                await visit.send(answer.start)
                half = answer.body[: len(answer.body) // 2]
                await visit.send({"type": "http.response.body", "body": half, "more_body": True})
                await visit.hang_up()
            case "garble":
                entry.status = await visit.reply(Response('{"id": "', 200, media_type="application/json"))
            case "error":
                problem = Problem(fault.status or 503, fault.detail)
                entry.status = await visit.reply(problem.response(self._paxos.settings))
            case _:
                await answer.deliver(visit.send)

    async def _delayed(self, fault: Fault) -> bool:
        """Wait for as long as a fault says, and return False if the server closes meanwhile."""
        if fault.seconds:
            try:
                await asyncio.wait_for(self.closing.wait(), fault.seconds)
            except TimeoutError:
                return True
            return False
        return True

    def _entry(self, visit: Visit) -> Entry:
        method, path = visit.scope["method"], visit.scope["path"]
        # Somebody may put a secret into the query where it does not belong.
        query = "" if path == TOKEN else visit.scope["query_string"].decode("latin-1")
        ref_id = _ref_id(visit.body) if (method, path) == ("POST", ORCHESTRATIONS) else None
        return Entry(self._paxos.clock.now(), method, path, query, ref_id)

    async def _allowed(self, visit: Visit, entry: Entry) -> Answer:
        settings, now = self._paxos.settings, self._paxos.clock.now()
        address = visit.scope["client"][0] if visit.scope.get("client") else ""
        problem: Problem | None = None
        if not self._paxos.limits.allow(settings, (address, entry.method, entry.path), now):
            problem = Problem(429, "rate limit exceeded")
        elif settings.require_signatures and entry.path.startswith(API):
            problem = self._unsigned(visit)
        if problem is None:
            answer = await self._work(visit)
        else:
            answer = Answer()
            await problem.response(settings)(visit.scope, visit.receive, answer.catch)
        entry.status = answer.start["status"]
        if (entry.method, entry.path, entry.status) == ("POST", ORCHESTRATIONS, 200):
            entry.accepted = True
            entry.orchestration_id = json.loads(answer.body)["id"]
        return answer

    def _unsigned(self, visit: Visit) -> Problem | None:
        """Return why a request's signature is refused, or None."""
        scope = visit.scope
        # Not scope["path"], which is decoded: what was signed is what was sent.
        target, query = scope["raw_path"].decode("latin-1"), scope["query_string"].decode("latin-1")
        request = Signed(scope["method"], f"{target}?{query}" if query else target, visit.body)
        try:
            keys = self._paxos.settings.signing_keys
            verify(keys, Headers(scope=scope).getlist(HEADER), request, self._paxos.clock.now())
        except SignatureRefused as refused:
            return Problem(403, str(refused))
        return None

    async def _work(self, visit: Visit) -> Answer:
        passed = self._paxos.pass_time()
        answer = Answer()

        async def request() -> Message:
            return {"type": "http.request", "body": visit.body, "more_body": False}

        await self._app(visit.scope, request, answer.catch)
        # What is answered must outlive a crash, so the state is written first.
        if passed or visit.scope["method"] != "GET":
            self._paxos.save()
        return answer


def _ref_id(body: bytes) -> str | None:
    try:
        ref_id = json.loads(body)["ref_id"]
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    return ref_id if isinstance(ref_id, str) else None
