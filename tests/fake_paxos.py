"""A Paxos in memory, in the place of the network: what it was asked, and what it answers."""

from __future__ import annotations

import json
from collections import defaultdict, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import httpx2
import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPResponse
from urllib3.connection import HTTPConnection
from urllib3.exceptions import MaxRetryError, NewConnectionError

from tests.payments import REQUEST

PROBLEMS = "https://developer.paxos.com/docs/v2/api/problems/"
SECRET = "the-client-secret"
LIST_ADDRESSES = "GET /transfer/crypto-destination-addresses"
PUT_ADDRESS = "PUT /transfer/crypto-destination-address"
SCOPES = "orchestration:read_orchestration orchestration:write_orchestration"


@dataclass(frozen=True)
class Asked:
    """A request that arrived."""

    call: str
    url: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> dict[str, Any]:
        return dict(json.loads(self.body))

    @property
    def query(self) -> dict[str, list[str]]:
        return parse_qs(urlsplit(self.url).query)


@dataclass(frozen=True)
class Answer:
    status: int
    document: object


def problem(status: int, slug: str = "about:blank", detail: str = "no", **meta: Any) -> Answer:
    return Answer(status, {"type": PROBLEMS + slug, "status": status, "detail": detail, "meta": meta})


UNAUTHORIZED = problem(401, "unauthorized", "the token is not accepted")
MISSING_SCOPE = problem(403, "forbidden", "insufficient scope")
BROKEN = problem(503, "unavailable", "come back later")


class FakePaxos:
    """Answers ``token``, ``create``, ``get`` and ``list``, and keeps what was created and what was asked.

    So with ``LIST_ADDRESSES`` and ``PUT_ADDRESS``: new addresses have ``address_status``.

    ``replies[call]`` are given once each, ``always[call]`` from then on; ``unlisted`` ids are shown by Get alone. Other
    calls are named by method and path, as in ``GET /profiles``, and have an answer if one is given.
    """

    def __init__(self) -> None:
        self.book: dict[str, dict[str, Any]] = {}
        self.asked: list[Asked] = []
        self.replies: dict[str, deque[Answer]] = defaultdict(deque)
        self.always: dict[str, Answer] = {}
        self.unlisted: set[str] = set()
        self.unreachable = False
        self.secret = SECRET
        self.scopes = SCOPES
        self.held: set[str] | None = None
        self.minted = 0
        self.addresses: dict[str, dict[str, Any]] = {}
        self.address_status = "APPROVED"

    def calls(self) -> list[str]:
        """Return what was asked, without the token requests."""
        return [each.call for each in self.asked if each.call != "token"]

    def only(self, call: str) -> Asked:
        (one,) = [each for each in self.asked if each.call == call]
        return one

    def add(self, number: int = 1, *, status: str = "PROCESSING", **but: Any) -> str:
        """Put an orchestration into the book, and return its id."""
        made = {**REQUEST, "id": f"orchestration-{number}", "ref_id": f"settle-{number}", "status": status}
        made = {**made, "metadata": {}, **but}
        self.book[made["id"]] = made
        return str(made["id"])

    def end(self, orchestration_id: str, status: str, reason: str | None = None) -> None:
        self.book[orchestration_id]["status"] = status
        if reason:
            self.book[orchestration_id]["fail_reason"] = {"detail": reason}

    def answer(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        path = urlsplit(url).path
        name = path.rpartition("/orchestrations")[2].strip("/")
        call = "token" if path.endswith("/token") else "create" if method == "POST" else "get" if name else "list"
        if call != "token" and "/orchestration/orchestrations" not in path:
            call = f"{method} {path.removeprefix('/v2')}"
        self.asked.append(Asked(call, url, headers, body))
        if self.unreachable:
            raise ConnectionRefusedError(111, "Connection refused")
        if self.replies[call]:
            return self.replies[call].popleft()
        if call in self.always:
            return self.always[call]
        return self._answer(call, name, url, body)

    def _answer(self, call: str, name: str, url: str, body: bytes) -> Answer:
        match call:
            case "token":
                return self._token(dict(parse_qsl(body.decode())))
            case "create":
                return self._create(json.loads(body))
            case "GET /transfer/crypto-destination-addresses":
                return self._list_addresses(parse_qs(urlsplit(url).query))
            case "PUT /transfer/crypto-destination-address":
                return self._put_address(json.loads(body))
            case "get":
                return Answer(200, self.book[name]) if name in self.book else problem(404, "not-found")
            case _:
                return self._list(parse_qs(urlsplit(url).query))

    def _token(self, form: Mapping[str, str]) -> Answer:
        if form["client_secret"] != self.secret:
            return Answer(401, {"error": "invalid_client", "error_description": "Client authentication failed"})
        if self.held is not None and not self.held.issuperset(form["scope"].split()):
            return Answer(400, {"error": "invalid_scope"})
        self.minted += 1
        return Answer(200, {"access_token": f"minted-{self.minted}", "expires_in": 3600, "scope": self.scopes})

    def _create(self, request: dict[str, Any]) -> Answer:
        for each in self.book.values():
            if each["ref_id"] == request["ref_id"]:
                return problem(409, "already-exists", "the ref_id is in use", existing=each)
        number = next(n for n in range(len(self.book) + 1, 10**9) if f"orchestration-{n}" not in self.book)
        return Answer(201, self.book[self.add(number, **request)])

    def _list_addresses(self, query: Mapping[str, list[str]]) -> Answer:
        found = [
            each
            for each in self.addresses.values()
            if each["id"] in query.get("ids", [each["id"]])
            and each["address"] in query.get("addresses", [each["address"]])
        ]
        return Answer(200, {"addresses": found})

    def _put_address(self, request: dict[str, Any]) -> Answer:
        fresh = {"id": f"address-{len(self.addresses) + 1}", "status": self.address_status}
        saved = {**(self.addresses[request["id"]] if "id" in request else fresh), **request}
        self.addresses[saved["id"]] = saved
        return Answer(200, {"address": saved})

    def _list(self, query: Mapping[str, list[str]]) -> Answer:
        found = [
            each
            for each in self.book.values()
            if each["id"] not in self.unlisted
            and each["id"] in query.get("orchestration_id", [each["id"]])
            and each["ref_id"] in query.get("ref_id", [each["ref_id"]])
        ]
        return Answer(200, {"items": found})


def requests_network(paxos: FakePaxos) -> Callable[..., requests.Response]:
    """Stand in for ``HTTPAdapter.send``, the network below ``requests``."""

    def send(adapter: HTTPAdapter, request: requests.PreparedRequest, **__: Any) -> requests.Response:
        sent = request.body.encode() if isinstance(request.body, str) else request.body or b""
        try:
            answer = paxos.answer(str(request.method), str(request.url), request.headers, bytes(sent))
        except OSError as error:
            refused = NewConnectionError(HTTPConnection("paxos"), str(error))
            raise requests.ConnectionError(MaxRetryError(HTTPConnectionPool("paxos"), "/", refused)) from error
        body = BytesIO(json.dumps(answer.document).encode())
        return adapter.build_response(request, HTTPResponse(body, status=answer.status, preload_content=False))

    return send


def sent_to(request: httpx2.Request) -> str:
    """Return the URL that goes over the wire: a long query is beside the one that httpx2 knows of."""
    target = request.extensions.get("target")
    return str(request.url.copy_with(raw_path=target) if target else request.url)


def httpx_network(paxos: FakePaxos) -> httpx2.MockTransport:
    """Stand in for the network below ``httpx2``."""

    def handle(request: httpx2.Request) -> httpx2.Response:
        try:
            answer = paxos.answer(request.method, sent_to(request), request.headers, request.content)
        except OSError as error:
            raise httpx2.ConnectError(str(error), request=request) from error
        return httpx2.Response(answer.status, json=answer.document)

    return httpx2.MockTransport(handle)
