"""Credentials: the client ID and secret that a token is requested with, where, and for which scopes."""

from __future__ import annotations

from dataclasses import dataclass

from airflow_provider_paxos.api.secrecy import Secret

READ_ORCHESTRATION = "orchestration:read_orchestration"
WRITE_ORCHESTRATION = "orchestration:write_orchestration"
DEFAULT_SCOPES = (READ_ORCHESTRATION, WRITE_ORCHESTRATION)


@dataclass(frozen=True)
class Credentials:
    """Holds what a token is requested with.

    :param client_secret: a plain string is wrapped, so that nothing shows it.
    :param token_url: absolute URL of the token endpoint.
    :param scopes: what the token is to allow.
    """

    client_id: str
    client_secret: Secret[str]
    token_url: str
    scopes: tuple[str, ...] = DEFAULT_SCOPES

    def __post_init__(self) -> None:
        object.__setattr__(self, "client_secret", Secret.of(self.client_secret))
