"""Do what every endpoint does: check the scope, read an id, answer a page."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from fastapi import Request
from fastapi.responses import JSONResponse

from airflow_provider_paxos.emulator.backend import Backend
from airflow_provider_paxos.emulator.problems import Problem, bad_request
from airflow_provider_paxos.emulator.settings import ConflictShape

_PARTIAL = ("id", "ref_id", "status")
"""The fields that a partial conflict shows of the first record."""


def require(backend: Backend, request: Request, scope: str | None) -> None:
    """Check that a request has a valid token, with a scope unless that is None.

    :raises Problem: 401 without a valid token, 403 without the scope.
    """
    backend.tokens.require(request.headers.get("authorization"), scope, backend.clock.now())


def read_id(text: str, name: str) -> str:
    """Return the id in a path, in its canonical form.

    :param name: of the record that it belongs to
    :raises Problem: 400 if it is no UUID.
    """
    try:
        return str(UUID(text))
    except ValueError:
        raise bad_request(f"error parsing {name} id") from None


def read_flag(request: Request, name: str) -> bool | None:
    """Return a parameter that is true or false, or None if it is absent.

    :raises Problem: 400 if it is anything else.
    """
    match request.query_params.get(name):
        case None:
            return None
        case "true" | "false" as value:
            return value == "true"
        case _:
            raise bad_request(f"{name} must be true or false")


def page_answer(backend: Backend, answer: dict[str, Any], cursor: str | None) -> JSONResponse:
    """Return the answer of a list endpoint; the last page has no cursor, or an empty one."""
    if cursor is None and backend.settings.last_cursor == "absent":
        return JSONResponse(answer)
    return JSONResponse({**answer, "next_page_cursor": cursor or ""})


def listed(backend: Backend, former_key: str, items: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the items of a page below the key that the settings choose: ``items``, the former key, or both."""
    keys = {"items": ["items"], "former": [former_key], "both": ["items", former_key]}[backend.settings.list_key]
    return dict.fromkeys(keys, items)


def already_exists(first: dict[str, Any], shape: ConflictShape) -> Problem:
    """Return the refusal of a ref_id that was used.

    :param first: the record that used it
    """
    existing = {name: first[name] for name in _PARTIAL} if shape == "partial" else first
    meta = None if shape == "none" else {"existing": existing}
    return Problem(409, f"ref_id {first['ref_id']} already exists", cause="already-exists", meta=meta)
