"""Grant OAuth 2 tokens for client credentials, and check the tokens and scopes of requests."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, unquote_plus

from airflow_provider_paxos.emulator.problems import Problem
from airflow_provider_paxos.emulator.settings import EmulatorSettings

TOKEN_PREFIX = "emulated-paxos-token-"  # noqa: S105 - no secret
"""The prefix of every token, so that a leaked one is found wherever it is."""


class GrantRefused(Exception):
    """Reports that a token request is refused, with the error code and description of RFC 6749."""

    def __init__(self, error: str, description: str, status: int = 400) -> None:
        super().__init__(error)
        self.document = {"error": error, "error_description": description}
        self.status = status


@dataclass(frozen=True)
class Grant:
    """Holds a granted token; of the token itself, only the hash is kept."""

    digest: str
    scopes: tuple[str, ...]
    expires_at: datetime


class Tokens:
    """Grants tokens, and keeps them until they expire or are revoked."""

    def __init__(self, grants: Iterable[Grant] = ()) -> None:
        self._grants = {grant.digest: grant for grant in grants}

    @property
    def grants(self) -> list[Grant]:
        """All grants, expired ones included."""
        return list(self._grants.values())

    def grant(self, settings: EmulatorSettings, authorization: str, body: bytes, now: datetime) -> dict[str, Any]:
        """Answer a token request.

        :param authorization: the header, or an empty string
        :param body: the form
        :raises GrantRefused: with the document of the refusal.
        """
        form = _form(body)
        _check_client(settings, *_credentials(authorization, form))
        if (kind := form.get("grant_type")) != "client_credentials":
            if kind:
                raise GrantRefused("unsupported_grant_type", f"The grant type '{kind}' is not supported.")
            raise GrantRefused("invalid_request", "The parameter 'grant_type' is missing.")
        scopes = _scopes(settings, form.get("scope", "").split())
        token = TOKEN_PREFIX + secrets.token_urlsafe(32)
        for digest in [grant.digest for grant in self.grants if grant.expires_at <= now]:
            del self._grants[digest]
        grant = Grant(_digest(token), scopes, now + timedelta(seconds=settings.token_lifetime))
        self._grants[grant.digest] = grant
        return {
            "access_token": token,
            "expires_in": settings.token_lifetime,
            "scope": " ".join(scopes),
            "token_type": "bearer",
        }

    def require(self, authorization: str | None, scope: str | None, now: datetime) -> None:
        """Check that a request has a valid bearer token, with a scope unless that is None.

        :param authorization: the header, or None
        :raises Problem: 401 without a valid token, 403 without the scope.
        """
        if not authorization:
            raise Problem(401, "no authorization header set")
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer":
            raise Problem(401, "the authorization header is not a bearer token")
        grant = self._grants.get(_digest(token.strip()))
        if grant is None or now >= grant.expires_at:
            raise Problem(401, "the token is unknown or has expired")
        if scope is not None and scope not in grant.scopes:
            raise Problem(403, f"insufficient scopes: found '{' '.join(grant.scopes)}', required one of '[{scope}]'")

    def revoke(self) -> None:
        """Revoke every token."""
        self._grants.clear()


def _form(body: bytes) -> Mapping[str, str]:
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=100)
    except ValueError:
        raise GrantRefused("invalid_request", "The body is not a form.") from None
    form = dict(pairs)
    if len(form) < len(pairs):
        raise GrantRefused("invalid_request", "A parameter is repeated.")
    return form


def _credentials(authorization: str, form: Mapping[str, str]) -> tuple[str, str]:
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic":
        return form.get("client_id", ""), form.get("client_secret", "")
    if "client_secret" in form:
        raise GrantRefused("invalid_request", "The client must not authenticate in two ways at once.")
    try:
        client_id, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        raise _unknown_client() from None
    # RFC 6749, section 2.3.1: both are form-encoded before they become Basic credentials.
    return unquote_plus(client_id), unquote_plus(secret)


def _check_client(settings: EmulatorSettings, client_id: str, secret: str) -> None:
    expected = settings.client_secret.get_secret_value()
    if client_id != settings.client_id or not hmac.compare_digest(secret.encode(), expected.encode()):
        raise _unknown_client()


def _unknown_client() -> GrantRefused:
    return GrantRefused("invalid_client", "Client authentication failed.", 401)


def _scopes(settings: EmulatorSettings, requested: list[str]) -> tuple[str, ...]:
    foreign = [scope for scope in requested if scope not in settings.scopes]
    if foreign and not settings.narrow_scopes:
        raise GrantRefused("invalid_scope", f"The client may not ask for: {' '.join(foreign)}.")
    return tuple(scope for scope in settings.scopes if not requested or scope in requested)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
