"""The network between clients and emulator, without a socket: requests go straight into the application.

The emulator's clock is the only one. It stands still, but for pauses and time-outs.
"""

from __future__ import annotations

import json
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlsplit
from uuid import uuid4

from airflow_provider_paxos.api.settings import Settings, checked_settings
from airflow_provider_paxos.emulator.app import build_app
from airflow_provider_paxos.emulator.backend import Backend
from airflow_provider_paxos.emulator.faults import Fault
from airflow_provider_paxos.emulator.models import Orchestration
from tests.chaos.tally import TALLY
from tests.chaos.troubles import (
    BY_ADDRESS_ID,
    OF_ANSWERS,
    OF_THE_NETWORK,
    SLOW_AFTER,
    SLOW_BEFORE,
    TARGETS,
    UNCONNECTED,
    Trouble,
)

TIMEOUT = 30.0
_MICROSECOND = 1e-6
Result = TypeVar("Result")


class Lost(Exception):
    """No answer at all: ``UNCONNECTED``, ``TIMED_OUT`` or ``DROPPED``."""


TIMED_OUT, DROPPED = "timed out", "dropped"


@dataclass(frozen=True)
class Call:
    """A request on its way."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Answer:
    """An answer; one that was cut has fewer bytes than its ``content-length`` says."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Wire:
    """What both kinds of network share: the emulator, its clock, and the faults to come.

    :param origin: where the emulator seems to be
    :param timeout: seconds that clients wait for an answer
    """

    real = False

    def __init__(self, paxos: Backend, origin: str, timeout: float) -> None:
        self.paxos = paxos
        self.origin = origin
        self.timeout = timeout
        self.troubles: list[Trouble] = []
        self.replays = 0
        self.twins: set[str] = set()
        """The ids of orchestrations that only a list showed."""

    def begin(self) -> None:
        """Start a history: forget everything, and stop the clock."""
        self.paxos.reset()
        self.paxos.clock.freeze()
        self.troubles.clear()
        self.twins.clear()

    def settings(self) -> Settings:
        """Return what a client is made from."""
        first = self.paxos.settings
        return checked_settings(
            base_url=f"{self.origin}/v2",
            client_id=first.client_id,
            client_secret=first.client_secret.get_secret_value(),
            timeout=self.timeout,
        )

    def now(self) -> float:
        """Return unix seconds."""
        return self.paxos.clock.now().timestamp()

    def sleep(self, seconds: float) -> None:
        """Let time pass. The clock has microseconds: a shorter pause must not be none."""
        self.paxos.clock.advance(seconds + _MICROSECOND)

    def order(self, trouble: Trouble) -> None:
        """Let something go wrong."""
        if trouble.kind in OF_THE_NETWORK:
            self.troubles.append(Trouble(trouble.kind, trouble.target, trouble.times, trouble.more))
            return
        method, path = TARGETS[trouble.target]
        self.paxos.faults.add(
            Fault(kind=trouble.kind, times=trouble.times, method=method, path=path, **trouble.more)  # type: ignore[arg-type]
        )

    def calm(self) -> None:
        """Let nothing more go wrong."""
        self.paxos.faults.pending.clear()
        self.troubles.clear()

    def settle(self) -> None:
        """Return when no request is in progress any more."""

    def take(self, method: str, url: str) -> Trouble | None:
        """Return what the network does to a request, and count it."""
        endpoint = (method, urlsplit(url).path)
        for trouble in self.troubles:
            if TARGETS[trouble.target] == endpoint:
                trouble.times -= 1
                if not trouble.times:
                    self.troubles.remove(trouble)
                TALLY.count("faults", trouble.kind)
                return trouble
        return None


class InProcess(Wire):
    """A network without sockets and without real time."""

    def __init__(self) -> None:
        paxos = Backend()
        super().__init__(paxos, "http://127.0.0.1:9", TIMEOUT)
        self._application = build_app(paxos)
        self._held: list[tuple[float, Call]] = []

    def begin(self) -> None:
        """Start a history: forget everything, and stop the clock."""
        super().begin()
        self._held.clear()

    def sleep(self, seconds: float) -> None:
        """Let time pass, and let arrive what arrives meanwhile."""
        end = self.now() + seconds
        while self._held and self._held[0][0] <= end:
            arrives, call = self._held.pop(0)
            super().sleep(max(0.0, arrives - self.now()))
            TALLY.count("faults", "late arrivals")
            try:
                self._arrive(call)
            except Lost:
                continue
        super().sleep(max(0.0, end - self.now()))

    def settle(self) -> None:
        """Let arrive what is still on its way."""
        while self._held:
            self.sleep(max(0.0, self._held[0][0] - self.now()))

    def send(self, call: Call) -> Answer:
        """Answer a request.

        :raises Lost: if no answer comes.
        """
        trouble = self.take(call.method, call.url)
        match trouble.kind if trouble else None:
            case "unconnected":
                raise Lost(UNCONNECTED)
            case "slow_before":
                self._held.append((self.now() + self.timeout + trouble.more["seconds"], call))
                self._held.sort(key=lambda held: held[0])
                self.sleep(self.timeout)
                raise Lost(TIMED_OUT)
        answer = self._arrive(call)
        if trouble and trouble.kind == SLOW_AFTER:
            self.sleep(self.timeout)
            raise Lost(TIMED_OUT)
        return self._changed(answer, trouble) if trouble and trouble.kind in OF_ANSWERS else answer

    def _changed(self, answer: Answer, trouble: Trouble) -> Answer:
        try:
            document = json.loads(answer.body)
        except ValueError:
            return answer
        status = answer.status
        match trouble.kind:
            case "sparse":
                _take_away(document, trouble.more["lacks"])
            case "replay" if status == 409 and (held := self._named_in(document)):
                status, document = 200, held.to_json()
                self.replays += 1
            case "twin" if len(items := document.get("items") or ()) == 1:
                twin = {**items[0], "id": str(uuid4()), **trouble.more["but"]}
                self.twins.add(twin["id"])
                items.insert(0 if trouble.more["first"] else 1, twin)
        body = json.dumps(document).encode()
        return Answer(status, {**answer.headers, "content-length": str(len(body))}, body)

    def _named_in(self, problem: dict[str, Any]) -> Orchestration | None:
        # The emulator's 409, not that of a fault, says which ref_id is in use.
        words = str(problem.get("detail", "")).split()
        return self.paxos.store.by_ref_id(words[1]) if words[:1] == ["ref_id"] else None

    def _arrive(self, call: Call) -> Answer:
        url = urlsplit(call.url)
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": call.method,
            "scheme": url.scheme,
            "path": url.path,
            "raw_path": url.path.encode(),
            "root_path": "",
            "query_string": url.query.encode(),
            "headers": [(name.lower().encode(), value.encode()) for name, value in call.headers.items()],
            "client": ("127.0.0.1", 50000),
            "server": (url.hostname, url.port),
            "state": {},
        }
        sent: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": call.body, "more_body": False}

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        try:
            _run(self._application(scope, receive, send))
        except ConnectionResetError:
            if not sent:
                raise Lost(DROPPED) from None
        start, *chunks = sent
        headers = {name.decode(): value.decode() for name, value in start["headers"]}
        return Answer(start["status"], headers, b"".join(chunk["body"] for chunk in chunks))


def _run(coroutine: Coroutine[Any, Any, Result]) -> Result:
    """Run what never waits, inside of a running event loop, too."""
    while True:
        try:
            coroutine.send(None)
        except StopIteration as end:
            return end.value


def _take_away(document: dict[str, Any], lacks: set[str]) -> None:
    items = [*(document.get("items") or ()), *(document.get("orchestrations") or ())]
    for each in (document, *items, (document.get("meta") or {}).get("existing")):
        if isinstance(each, dict) and "id" in each:
            for path in lacks:
                *ends, name = path.split(".")
                inner: Any = each
                for end in ends:
                    inner = inner.get(end) if isinstance(inner, dict) else None
                if not isinstance(inner, dict):
                    continue
                inner.pop(name, None)
                if path == BY_ADDRESS_ID:
                    inner.clear()
                    inner[name] = "address-1"


__all__ = ["DROPPED", "SLOW_BEFORE", "TIMED_OUT", "Answer", "Call", "InProcess", "Lost", "Wire"]
