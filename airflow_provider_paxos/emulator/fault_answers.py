"""What a fault answers instead of the endpoint."""

from __future__ import annotations

from starlette.responses import JSONResponse, Response

from airflow_provider_paxos.emulator.faults import TOKEN, Fault
from airflow_provider_paxos.emulator.problems import Problem
from airflow_provider_paxos.emulator.settings import Settings

PAGE = "<!DOCTYPE html>\n<html><head><title>Bad gateway</title></head><body>Bad gateway</body></html>\n"
"""What proxies answer when what is behind them does not."""


def instead(fault: Fault, settings: Settings, path: str) -> Response | None:
    """Return what is answered without doing the work, or None if the work is to be done or nothing is answered."""
    after = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
    if fault.kind == "html":
        return Response(PAGE, fault.status or 502, after, "text/html")
    if fault.kind == "unauthorized" and path == TOKEN:
        return JSONResponse({"error": "invalid_client"}, 401)
    problem = _problem(fault)
    return None if problem is None else problem.response(settings, after)


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
