"""Faults on order: what goes wrong with the next requests of a kind."""

from __future__ import annotations

import re
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

Kind = Literal[
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
    "strangers",
]

ORCHESTRATIONS = "/v2/orchestration/orchestrations"
TOKEN = "/oauth2/token"  # noqa: S105 - a path


class Fault(BaseModel):
    """Something that goes wrong with the next ``times`` requests that match.

    - ``refuse``: the connection is reset, and nothing was done
    - ``drop_before``, ``drop_after``: the connection is closed without an answer, before or after the work is done
    - ``cut``: the work is done, and the answer ends halfway
    - ``garble``: the work is done, and the answer is a 200 that is not JSON
    - ``html``: nothing was done, and a proxy's page is the answer, with ``status`` (502)
    - ``unauthorized``, ``throttle`` (``retry_after``), ``error`` (``status``, 503): a 401, 429 or 5xx; nothing was
      done, unless an ``error`` has ``after_work``
    - ``problem``: a problem document of one's own (``status``, ``cause``, ``detail``, ``meta``); nothing was done
    - ``delay``: the request waits for ``seconds`` before the work, or the answer after it with ``after_work``
    - ``strangers``: List ignores its filters

    ``seconds`` delays any of them, in real time. Without a ``path``, the token endpoint is spared.
    """

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    kind: Kind
    times: int = Field(default=1, ge=1)
    method: str | None = None
    path: str | None = Field(
        default=None, description="how the path begins, or a regular expression that begins with ^"
    )
    ref_id: str | None = Field(default=None, description="of a create request")
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

    def matches(self, method: str, path: str, ref_id: str | None) -> bool:
        """Return whether a request is one of those meant."""
        if self.kind == "strangers" and (method, path) != ("GET", ORCHESTRATIONS):
            return False
        if self.path is None:
            right_path = path != TOKEN
        elif self.path.startswith("^"):
            right_path = re.search(self.path, path) is not None
        else:
            right_path = path.startswith(self.path)
        right_method = self.method is None or self.method.upper() == method
        return right_path and right_method and self.ref_id in (None, ref_id)


class Faults:
    """The faults on order, in the order in which they are looked at."""

    def __init__(self) -> None:
        self.pending: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """Order a fault."""
        self.pending.append(fault.model_copy())

    def take(self, method: str, path: str, ref_id: str | None) -> Fault | None:
        """Return what goes wrong with a request, and count it; None if nothing does."""
        for fault in self.pending:
            if fault.matches(method, path, ref_id):
                fault.times -= 1
                if not fault.times:
                    self.pending.remove(fault)
                return fault
        return None
