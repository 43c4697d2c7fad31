"""Refusals: from an answer with an error status, be it an RFC 7807 problem document or not, to the error of its cause.

Paxos asks to decide on ``type`` rather than on the status: insufficient funds is a 403, not a 402. The last path
segment of ``type`` is what is stable; hosts differ, and so do ``-`` and ``_``.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

from airflow_provider_paxos.api.decoding import described, read_json
from airflow_provider_paxos.api.errors import (
    AlreadyExists,
    BadCredentials,
    ExceedsPrecision,
    InsufficientFunds,
    MissingScope,
    Refused,
    TravelRuleInformationRequired,
    UnreadableAnswer,
    UnsupportedAddress,
    quoted,
)
from airflow_provider_paxos.api.flow import Response
from airflow_provider_paxos.api.http_status import HttpStatus, row_of

_BY_TYPE: Mapping[str, type[Refused]] = {
    "already-exists": AlreadyExists,
    "insufficient-funds": InsufficientFunds,
    "travel-rule-information-required": TravelRuleInformationRequired,
    "unsupported-address": UnsupportedAddress,
    "exceed-precision": ExceedsPrecision,
}
_SHOWN_META: Mapping[type[Refused], tuple[str, ...]] = {
    InsufficientFunds: ("profile_id", "asset", "available", "needed"),
    TravelRuleInformationRequired: ("address", "crypto_network", "identity_id"),
    UnsupportedAddress: ("address", "reason"),
}
_GRANT_REFUSALS: Mapping[str, type[Refused]] = {
    "invalid_client": BadCredentials,
    "unauthorized_client": BadCredentials,
    "invalid_scope": MissingScope,
}
_LONGEST_WAIT = 3600.0
"""Seconds: a Retry-After beyond it is not Paxos' five minutes, but somebody's mistake."""

_REQUEST_IDS = ("x-request-id", "request-id", "paxos-request-id", "cf-ray")


def slug(problem_type: object) -> str:
    """Return what is stable of a problem's type: ``…/problems/insufficient_funds`` is ``insufficient-funds``."""
    return str(problem_type or "").rstrip("/").rpartition("/")[2].lower().replace("_", "-")


def retry_after(response: Response, now: float) -> float | None:
    """Return the seconds that ``Retry-After`` asks for, or None if it is absent or not understood.

    :param now: unix seconds, for the form that gives a date.
    """
    value = response.headers.get("retry-after", "").strip()
    try:
        seconds = float(value)
    except ValueError:
        seconds = _seconds_until(value, now)
    return min(seconds, _LONGEST_WAIT) if math.isfinite(seconds) and seconds >= 0 else None


def _seconds_until(date: str, now: float) -> float:
    try:
        moment: datetime = parsedate_to_datetime(date)
        return max(0.0, moment.timestamp() - now)
    except (ValueError, TypeError, IndexError, OverflowError, OSError):
        return math.nan


def refusal(response: Response, now: float, excluded: Collection[type[Refused]] = ()) -> Refused:
    """Return the error for an answer with an error status, whatever its body is.

    :param now: unix seconds.
    :param excluded: causes that a refusal of this call cannot have: the 404 and 409 of a proxy before the token
        endpoint say nothing of an orchestration.
    """
    document, row = _document(response.body), row_of(response.status)
    named = _named_cause(response.status, document)
    cause = named or row.cause
    if cause in excluded:
        cause = Refused
    detail = document.get("detail") or document.get("error_description") or document.get("title")
    meta = document.get("meta")
    facts = _facts(cause, meta if isinstance(meta, dict) else {})
    name = slug(document.get("type")) or str(document.get("error") or "")
    what = f"Paxos answered {response.status}"
    if name and name != "about:blank":
        what += f" {quoted(name)}"
    if detail:
        what += f": {quoted(detail)}"
    elif not document:
        what += f", without a problem document ({described(response.body)})"
    if 300 <= response.status < 400:
        what += ", a redirect, which is never followed"
    error = cause(
        f"{what.rstrip('.')}{facts}.",
        status=response.status,
        type=quoted(document["type"]) if document.get("type") else None,
        detail=quoted(detail) if detail else None,
        meta=meta if isinstance(meta, dict) else None,
        request_id=_request_id(response, document),
    )
    error.retry_after = retry_after(response, now)
    error.maybe_accepted = _maybe_accepted(row, document, named)
    return error


def _document(body: bytes) -> dict[str, Any]:
    try:
        return read_json(body)
    except UnreadableAnswer:
        return {}


def _named_cause(status: int, document: Mapping[str, Any]) -> type[Refused] | None:
    """Return the cause that a refusal's document names, if it does."""
    if not 400 <= status < 500:
        return None
    by_type = _BY_TYPE.get(slug(document.get("type"))) or _GRANT_REFUSALS.get(str(document.get("error")))
    if by_type:
        return by_type
    if status == 403 and "insufficient scope" in str(document.get("detail")).lower():
        return MissingScope
    return None


def _maybe_accepted(row: HttpStatus, document: Mapping[str, Any], named: type[Refused] | None) -> bool:
    is_problem = any(isinstance(document.get(name), str) for name in ("type", "title"))
    return row.maybe_accepted and not named and not (row.problem_refuses and is_problem)


def _facts(cause: type[Refused], meta: Mapping[str, Any]) -> str:
    facts = [f"{name} {quoted(meta[name])}" for name in _SHOWN_META.get(cause, ()) if meta.get(name) not in (None, "")]
    return f" ({', '.join(facts)})" if facts else ""


def _request_id(response: Response, document: Mapping[str, Any]) -> str | None:
    carried = [response.headers.get(name) for name in _REQUEST_IDS] + [document.get("request_id")]
    return next((quoted(value) for value in carried if value), None)
