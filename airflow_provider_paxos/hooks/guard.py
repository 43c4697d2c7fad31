"""An optional guard on the connection, against fat fingers and compromised Dags: what it may move, and where to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Self

from airflow_provider_paxos.api.amounts import plain, sendable
from airflow_provider_paxos.api.errors import Acceptance, InvalidConnection, NotAllowed, Subject, quoted
from airflow_provider_paxos.api.models import OrchestrationRequest
from airflow_provider_paxos.api.statuses import amount_of

EXTRAS = ("allowed_assets", "allowed_destinations", "max_source_amount")


@dataclass(frozen=True)
class Guard:
    """What a connection allows; what it does not mention, it allows.

    :param conn_id: whose limits these are.
    :param assets: source and destination assets.
    :param destinations: ids of profiles, bank accounts and addresses, and addresses themselves.
    :param max_source_amount: per source asset; if given, other assets are refused.
    """

    conn_id: str
    assets: frozenset[str] | None = None
    destinations: frozenset[str] | None = None
    max_source_amount: Mapping[str, Decimal] | None = field(default=None, hash=False)

    @classmethod
    def of(cls, conn_id: str, extra: Mapping[str, Any]) -> Self:
        """Return the guard that a connection's extra describes.

        :raises InvalidConnection: if a limit is not understood: an unreadable limit must not be none.
        """
        return cls(
            conn_id,
            _words(conn_id, "allowed_assets", extra.get("allowed_assets")),
            _words(conn_id, "allowed_destinations", extra.get("allowed_destinations")),
            _amounts(conn_id, extra.get("max_source_amount")),
        )

    def check(self, request: OrchestrationRequest) -> None:
        """Let a request pass, or refuse it before anything is sent.

        :raises NotAllowed: says which limit it is, and in whose connection.
        """
        if self.assets is not None:
            for asset in (request.source_asset, request.destination_asset):
                if asset not in self.assets:
                    raise self._refused(request, f"allowed_assets holds no {quoted(asset)}")
        if self.destinations is not None and not self.destinations.intersection(_destinations(request)):
            named = ", ".join(_destinations(request))
            raise self._refused(request, f"allowed_destinations holds no {quoted(named)}")
        if self.max_source_amount is not None:
            most = self.max_source_amount.get(request.source_asset)
            if most is None:
                raise self._refused(request, f"max_source_amount names no {quoted(request.source_asset)}")
            if request.source_amount > most:
                raise self._refused(request, f"max_source_amount of {request.source_asset} is {plain(most)}")

    def _refused(self, request: OrchestrationRequest, limit: str) -> NotAllowed:
        return NotAllowed(
            f"connection {quoted(self.conn_id)} does not allow it: {limit}.",
            subject=Subject("Create Orchestration", request.ref_id, amount=amount_of(request)),
            acceptance=Acceptance.NOT_SENT,
        )


def _destinations(request: OrchestrationRequest) -> list[str]:
    to = request.destination
    ids = [
        to.profile and to.profile.profile_id,
        to.fiat and to.fiat.bank_account_id,
        to.crypto and to.crypto.address_id,
        to.crypto and to.crypto.address,
    ]
    return [each for each in ids if each]


def _words(conn_id: str, name: str, value: object) -> frozenset[str] | None:
    if value in (None, ""):
        return None
    words: Iterable[object] = value.replace(",", " ").split() if isinstance(value, str) else _listed(value)
    if not words or not all(isinstance(word, str) and word for word in words):
        raise InvalidConnection(
            f"Connection {quoted(conn_id)}: {name} is {quoted(value)}; it is words separated by blanks, or a JSON list."
        )
    return frozenset(str(word) for word in words)


def _listed(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _amounts(conn_id: str, value: object) -> dict[str, Decimal] | None:
    if value in (None, ""):
        return None
    wrong = InvalidConnection(
        f"Connection {quoted(conn_id)}: max_source_amount is {quoted(value)}; it is amounts per asset, as in "
        "'USD=5000.00 USDC=2500', or a JSON object of strings."
    )
    if isinstance(value, str):
        pairs = [pair.partition("=")[::2] for pair in value.replace(",", " ").split()]
    elif isinstance(value, dict):
        pairs = list(value.items())
    else:
        raise wrong
    try:
        limits = {asset: sendable(amount) for asset, amount in pairs if asset}
    except ValueError:
        raise wrong from None
    if len(limits) != len(pairs) or not limits:
        raise wrong
    return limits
