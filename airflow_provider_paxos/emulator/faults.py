"""Queue faults for the next requests that match, and build the answers of those that replace the work."""

from __future__ import annotations

import json
import re
from typing import Any, Literal
from urllib.parse import parse_qsl

from pydantic import BaseModel, ConfigDict, Field, field_validator
from starlette.responses import JSONResponse, Response

from airflow_provider_paxos.emulator.problems import Problem
from airflow_provider_paxos.emulator.settings import EmulatorSettings
from airflow_provider_paxos.emulator.urls import ORCHESTRATIONS, TOKEN

FaultKind = Literal[
    "refuse",
    "delay",
    "drop_before",
    "drop_after",
    "cut",
    "garble",
    "html",
    "unauthorized",
    "throttle",
    "error",
    "problem",
    "ignore_filters",
    "repeat_cursor",
]

PROXY_PAGE = "<!DOCTYPE html>\n<html><head><title>Bad gateway</title></head><body>Bad gateway</body></html>\n"
"""The body of an ``html`` fault: what a proxy answers when the server behind it does not."""


class Fault(BaseModel):
    """Describes a fault of the next ``times`` requests that match.

    - ``refuse``: the connection is reset, and nothing was done
    - ``drop_before``, ``drop_after``: the connection is closed without an answer, before or after the work is done
    - ``cut``: the work is done, and the answer stops halfway
    - ``garble``: the work is done, and the answer is a 200 that is not JSON
    - ``html``: nothing was done, and a proxy's page is the answer, with ``status`` (502)
    - ``unauthorized``, ``throttle`` (``retry_after``), ``error`` (``status``, 503): a 401, 429 or 5xx; nothing was
      done, unless an ``error`` has ``after_work``
    - ``problem``: a problem document of your own (``status``, ``cause``, ``detail``, ``meta``); nothing was done
    - ``delay``: the request waits for ``seconds`` before the work, or the answer after it with ``after_work``
    - ``ignore_filters``: List ignores its filters
    - ``repeat_cursor``: the answer to a request with a ``page_cursor`` leads to the same page again

    ``seconds`` delays any of them, in real time. Without a ``path``, the token endpoint is spared.
    """

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    kind: FaultKind
    times: int = Field(default=1, ge=1)
    method: str | None = None
    path: str | None = Field(
        default=None, description="how the path begins, or a regular expression that begins with ^"
    )
    query: str | None = Field(default=None, description="a part of the query, such as page_cursor=")
    ref_id: str | None = Field(default=None, description="of a create request")
    skip: int = Field(default=0, ge=0, description="how many matching requests are spared first")
    seconds: float = Field(default=0, ge=0)
    status: int | None = Field(default=None, ge=200, le=599)
    retry_after: int | str | None = None
    after_work: bool = False
    cause: str | None = None
    detail: str = ""
    meta: dict[str, Any] | None = None

    @field_validator("path")
    @classmethod
    def _must_compile(cls, path: str | None) -> str | None:
        if path and path.startswith("^"):
            try:
                re.compile(path)
            except re.error as error:
                raise ValueError(f"not a regular expression: {error}") from None
        return path

    def matches(self, method: str, path: str, query: str, ref_id: str | None) -> bool:
        """Return whether the fault applies to a request."""
        if self.kind == "repeat_cursor" and not _cursor_of(query):
            return False
        if self.kind == "ignore_filters" and (method, path) != ("GET", ORCHESTRATIONS):
            return False
        if self.path is None:
            right_path = path != TOKEN
        elif self.path.startswith("^"):
            right_path = re.search(self.path, path) is not None
        else:
            right_path = path.startswith(self.path)
        right_method = self.method is None or self.method.upper() == method
        right_query = self.query is None or self.query in query
        return right_path and right_method and right_query and self.ref_id in (None, ref_id)


class FaultQueue:
    """Keeps the faults that are still to come, in the order in which they are tried."""

    def __init__(self) -> None:
        self.pending: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """Add a fault at the end."""
        self.pending.append(fault.model_copy())

    def take(self, method: str, path: str, query: str, ref_id: str | None) -> Fault | None:
        """Return the first fault that matches a request, and count it; None if none does."""
        for fault in self.pending:
            if fault.matches(method, path, query, ref_id):
                if fault.skip:
                    fault.skip -= 1
                    continue
                fault.times -= 1
                if not fault.times:
                    self.pending.remove(fault)
                return fault
        return None


def replacement(fault: Fault, settings: EmulatorSettings, path: str) -> Response | None:
    """Return the answer of a fault that keeps the request from being processed, or None if it has no such answer."""
    headers = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
    if fault.kind == "html":
        return Response(PROXY_PAGE, fault.status or 502, headers, "text/html")
    if fault.kind == "unauthorized" and path == TOKEN:
        return JSONResponse({"error": "invalid_client"}, 401)
    problem = _problem(fault)
    return None if problem is None else problem.response(settings, headers)


def _problem(fault: Fault) -> Problem | None:
    match fault.kind:
        case "unauthorized":
            return Problem(401, fault.detail or "the token is unknown or has expired")
        case "throttle":
            return Problem(429, fault.detail or "rate limit exceeded")
        case "error" if not fault.after_work:
            return Problem(fault.status or 503, fault.detail)
        case "problem":
            return Problem(fault.status or 400, fault.detail, cause=fault.cause, meta=fault.meta)
    return None


def repeated_cursor(body: bytes, query: str) -> Response:
    """Return the answer of a list, with the cursor of its own request."""
    return JSONResponse({**json.loads(body), "next_page_cursor": _cursor_of(query)})


def _cursor_of(query: str) -> str:
    return dict(parse_qsl(query)).get("page_cursor", "")
