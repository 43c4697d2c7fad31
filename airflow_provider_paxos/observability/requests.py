"""Count the requests of a connection: by endpoint and status, what was throttled, the waits, the tokens."""

from __future__ import annotations

from airflow_provider_paxos.api.observing import Answered, Minted, Waited
from airflow_provider_paxos.observability.metrics import (
    RATE_LIMIT_WAIT,
    REQUESTS,
    THROTTLED,
    TOKENS_MINTED,
    count,
    time,
)

LOST = "lost"
"""The status of a request whose answer was lost."""

_VERSION = "v2"
_WORDS = frozenset(
    [
        "balances",
        "crypto-destination-address",
        "crypto-destination-addresses",
        "deposit",
        "deposit-addresses",
        "events",
        "fiat-accounts",
        "fiat-deposit-instructions",
        "fiat-deposits",
        "internal",
        "limits",
        "oauth2",
        "orchestration",
        "orchestrations",
        "profiles",
        "rules",
        "sandbox",
        "token",
        "transfer",
        "transfers",
        "travelrule",
        "utilizations",
        "vasps",
    ]
)
"""The parts of Paxos' paths that are no ids."""


class RequestMetrics:
    """Counts what the clients of a connection do.

    :param conn_id: the id of the connection.
    """

    def __init__(self, conn_id: str) -> None:
        self._conn_id = conn_id

    def __call__(self, observed: Answered | Waited | Minted) -> None:
        """Count what has happened."""
        match observed:
            case Answered(method, url, status):
                shown = LOST if status is None else str(status)
                count(REQUESTS, conn_id=self._conn_id, method=method, endpoint=endpoint_of(url), status=shown)
                if status == 429:
                    count(THROTTLED, conn_id=self._conn_id)
            case Waited(seconds):
                time(RATE_LIMIT_WAIT, seconds, conn_id=self._conn_id)
            case Minted():
                count(TOKENS_MINTED, conn_id=self._conn_id)


def endpoint_of(url: str) -> str:
    """Return the endpoint of a URL, with ``id`` for each part that is none of Paxos' words.

    :returns: such as ``orchestration/orchestrations/id``.
    """
    # The query is cut off first: a hundred ids of it would cost more than all else here.
    _, _, path = url.partition("?")[0].partition("://")[2].partition("/")
    return "/".join([part if part in _WORDS else "id" for part in path.split("/") if part and part != _VERSION])
