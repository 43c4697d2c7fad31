"""An Airflow connection of type ``paxos``, read into the settings of a client."""

from __future__ import annotations

import hashlib
import json
import logging
import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from airflow_provider_paxos.api.auth import TokenHolder
from airflow_provider_paxos.api.base_client import SharedState
from airflow_provider_paxos.api.credentials import Credentials
from airflow_provider_paxos.api.errors import InvalidConnection, quoted
from airflow_provider_paxos.api.limits import LIMITS, Limits, require_known
from airflow_provider_paxos.api.limits_over_time import LIMITS_OVER_TIME, LimitsOverTime
from airflow_provider_paxos.api.models import OrchestrationRequest
from airflow_provider_paxos.api.own_files import CAN_LOCK
from airflow_provider_paxos.api.own_secrets import Outgoing, OwnSecrets
from airflow_provider_paxos.api.rate_limiting import HostRateLimiter
from airflow_provider_paxos.api.rule_models import OrchestrationRuleRequest
from airflow_provider_paxos.api.secrecy import Secret
from airflow_provider_paxos.api.settings import HOST, Settings, checked_settings
from airflow_provider_paxos.hooks.host_folder import host_folder
from airflow_provider_paxos.hooks.host_token import token_file

if TYPE_CHECKING:
    from airflow.sdk import Connection

_NUMBERS = ("timeout", "requests_per_second", "hosts_behind_address")
EXTRAS = (
    "environment",
    "token_url",
    "scopes",
    "signing_key_id",
    "signing_key",
    "token_cache",
    "ref_id_namespace",
    "dashboard_url",
    *_NUMBERS,
)
_PORTS = {"http": 80, "https": 443}
_sharing = threading.Lock()
log = logging.getLogger(__name__)


def settings_of(connection: Connection) -> Settings:
    """Return the settings that a connection states.

    :raises InvalidConnection: names the connection and the field.
    """
    extra = _extra(connection)
    require_known(connection.conn_id, extra, (*EXTRAS, *LIMITS, *LIMITS_OVER_TIME), "field of a Paxos connection")
    stated = {name: extra.get(name) for name in EXTRAS}
    for name, value in stated.items():
        # Not quoted: it may be a key in another notation.
        if name not in _NUMBERS and not isinstance(value, str | None):
            raise InvalidConnection(f"Connection {quoted(connection.conn_id)}: {name} is not a string.")
    try:
        return checked_settings(
            client_id=connection.login,
            client_secret=connection.password,
            base_url=connection.host,
            port=connection.port,
            path=connection.schema,
            **stated,
        )
    except InvalidConnection as invalid:
        raise InvalidConnection(f"Connection {quoted(connection.conn_id)}: {invalid.args[0]}") from None


def limits_of(connection: Connection) -> Limits:
    """Return the limits that a connection sets.

    :raises InvalidConnection: if one cannot be read.
    """
    extra = _extra(connection)
    return Limits.of(connection.conn_id, {name: extra[name] for name in LIMITS if name in extra})


def limits_over_time_of(connection: Connection) -> LimitsOverTime:
    """Return the limits over time that a connection sets.

    :raises InvalidConnection: if one cannot be read.
    """
    extra = _extra(connection)
    return LimitsOverTime.of(connection.conn_id, {name: extra[name] for name in LIMITS_OVER_TIME if name in extra})


@dataclass(frozen=True)
class Allowance:
    """Lets requests pass that a connection allows.

    :param own_secrets: which no request may hold.
    :param limits: of the connection, for each request by itself.
    :param over_time: limits of the connection that take Paxos' list to check.
    """

    own_secrets: OwnSecrets
    limits: Limits
    over_time: LimitsOverTime

    def require_allowed(self, request: Outgoing) -> None:
        """Raise for a request that holds a secret, or for a payment or a rule beyond a limit.

        :raises HoldsSecret: names the field.
        :raises NotAllowed: names the limit.
        """
        # First, as a limit's message quotes the value that it refuses.
        self.own_secrets.require_absent(request)
        if isinstance(request, OrchestrationRequest):
            self.limits.require_allowed(request)
        if isinstance(request, OrchestrationRuleRequest):
            self.limits.require_rule_allowed(request)
            self.over_time.require_rule_allowed(request)


def allowance_of(connection: Connection, tokens: TokenHolder) -> Allowance:
    """Return what a connection allows.

    :param tokens: keeps the connection's token.
    :raises InvalidConnection: if a limit cannot be read.
    """
    signing_key = _extra(connection).get("signing_key")
    return Allowance(
        OwnSecrets(
            connection.conn_id,
            Secret(connection.password or ""),
            Secret(signing_key) if signing_key else None,
            lambda: held.value if (held := tokens.held) else None,
        ),
        limits_of(connection),
        limits_over_time_of(connection),
    )


def secrets_of(connection: Connection) -> Iterator[Any]:
    """Yield the values of a connection that logs must mask.

    :raises InvalidConnection: if the extra is not JSON, when all else has been yielded.
    """
    if connection.password:
        yield connection.password
    if signing_key := _extra(connection).get("signing_key"):
        yield signing_key


def _extra(connection: Connection) -> dict[str, Any]:
    # Not Connection.extra_dejson: it masks with a blocking call, which may stall a triggerer.
    if not connection.extra:
        return {}
    duplicates: list[str] = []

    def object_of(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        duplicates.extend(name for name, count in Counter(name for name, _ in pairs).items() if count > 1)
        return found

    try:
        extra = json.loads(connection.extra, object_pairs_hook=object_of)
    except ValueError:
        extra = None
    if not isinstance(extra, dict):
        raise InvalidConnection(f"Connection {quoted(connection.conn_id)}: extra is not a JSON object.")
    if duplicates:
        # JSON would let the last one win, and of two limits the reader sees the first one.
        raise InvalidConnection(
            f"Connection {quoted(connection.conn_id)}: extra holds {quoted(duplicates[0])} more than once."
        )
    return extra


def shared_by(settings: Settings) -> SharedState:
    """Return the state that all clients of these settings share: in this process, and by files in the whole host.

    A client id with another secret has another token: a rotated secret is tried, not covered by the old token.
    """
    api = urlsplit(settings.base_url)
    # A cache that several threads miss at once makes several.
    with _sharing:
        return SharedState(
            _rate_limiter(api.hostname, api.port or _PORTS[api.scheme]),
            _tokens(settings.credentials, settings.token_cache),
        )


@lru_cache(maxsize=32)
def _rate_limiter(host: str | None, port: int) -> HostRateLimiter:
    try:
        folder = host_folder() if CAN_LOCK else None
    except OSError as error:
        log.warning("Each process keeps to the rate limit on its own, as the host has no folder for it: %s.", error)
        folder = None
    if folder is None:
        return HostRateLimiter.by(time.monotonic)
    # An IPv6 address has signs that not every file system takes.
    name = hashlib.sha256(f"{host}:{port}".encode()).hexdigest()[:32]
    return HostRateLimiter.shared(folder, name, time.monotonic, random.random)


@lru_cache(maxsize=32)
def _tokens(credentials: Credentials, token_cache: str) -> TokenHolder:
    # Looked for when it is needed, in a thread: it reads Airflow's configuration, and the disk.
    return TokenHolder(time.time, partial(token_file, credentials) if token_cache == HOST else None)


def forget_shared() -> None:
    """Start anew with no token and an unused rate limiter, as a test does."""
    _rate_limiter.cache_clear()
    _tokens.cache_clear()
    token_file.cache_clear()
