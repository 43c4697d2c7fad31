"""Who may call what: the bearer token and its scopes."""

from __future__ import annotations

from starlette.requests import Request

from airflow_provider_paxos.emulator.local_paxos import LocalPaxos
from airflow_provider_paxos.emulator.problems import Problem


def require(paxos: LocalPaxos, request: Request, scope: str) -> None:
    """Let a request pass whose token has a scope.

    :raises Problem: 401 without a good token, 403 without the scope.
    """
    header = request.headers.get("authorization")
    if not header:
        raise Problem(401, "no authorization header set")
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer":
        raise Problem(401, "the authorization header is not a bearer token")
    found = paxos.tokens.scopes(token.strip(), paxos.clock.now())
    if found is None:
        raise Problem(401, "the token is unknown or has expired")
    if scope not in found:
        raise Problem(403, f"insufficient scopes: found '{' '.join(found)}', required one of '[{scope}]'")
