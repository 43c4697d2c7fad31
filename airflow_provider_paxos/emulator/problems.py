"""Build Paxos' error answers: RFC 7807 problem documents, whose ``type`` names the cause."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from starlette.responses import JSONResponse

from airflow_provider_paxos.emulator.settings import EmulatorSettings, ProblemStyle

BLANK = "about:blank"
_HOSTS: dict[ProblemStyle, tuple[str, str]] = {
    "developer": ("https://developer.paxos.com/docs/v2/problems/", "-"),
    "api": ("https://api.paxos.com/v2/problems/", "_"),
}
_TITLES = {
    "below-min-withdraw-limit": "Withdrawal Amount Too Small",
    "exceed-max-withdraw-limit": "Withdrawal Amount Too Large",
    "exceed-precision": "Exceeds Maximum Precision Allowed",
}
"""The titles that do not follow from the cause."""

_MEDIA = {"problem": "application/problem+json", "json": "application/json"}


class Problem(Exception):
    """Reports that a request is refused, and writes the answer.

    :param cause: the last segment of the type, spelled with ``-``; None for ``about:blank``
    """

    def __init__(
        self, status: int, detail: str = "", *, cause: str | None = None, meta: dict[str, Any] | None = None
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.cause = cause
        self.meta = meta

    def document(self, style: ProblemStyle) -> dict[str, Any]:
        """Return the problem document."""
        host, joint = _HOSTS[style]
        document: dict[str, Any] = {
            "type": BLANK if self.cause is None else host + self.cause.replace("-", joint),
            "title": _title(self.status, self.cause),
            "status": self.status,
        }
        if self.detail:
            document["detail"] = self.detail
        if self.meta is not None:
            document["meta"] = self.meta
        return document

    def response(self, settings: EmulatorSettings, headers: dict[str, str] | None = None) -> JSONResponse:
        """Return the answer that carries the document."""
        return JSONResponse(
            self.document(settings.problem_style), self.status, headers, media_type=_MEDIA[settings.problem_media]
        )


def _title(status: int, cause: str | None) -> str:
    if cause is not None:
        return _TITLES.get(cause, cause.replace("-", " ").title())
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Error"


def bad_request(detail: str) -> Problem:
    """Return a 400 without a cause of its own."""
    return Problem(400, detail)


def not_found(detail: str = "") -> Problem:
    """Return a 404."""
    return Problem(404, detail)
