"""Limits: which assets a client may move, how much at once, where from and to: a protection from slips and forgery.

They are no wall against the code of a Dag, which can read the connection itself.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Self

from airflow_provider_paxos.api.amounts import plain, sendable
from airflow_provider_paxos.api.canonical import canonical
from airflow_provider_paxos.api.errors import Acceptance, InvalidConnection, NotAllowed, Subject, quoted
from airflow_provider_paxos.api.models import OrchestrationRequest
from airflow_provider_paxos.api.rule_models import OrchestrationRuleRequest
from airflow_provider_paxos.api.statuses import amount_of

LIMITS = ("allowed_assets", "allowed_sources", "allowed_destinations", "max_source_amount")
_DESTINATION_IDS = ("profile_id", "bank_account_id", "fiat_account_id", "address_id", "crypto_address_id", "address")
_NAME = re.compile(r"\w[\w-]*", re.ASCII)
_OLD_PREFIX = re.compile(r"^extra__[a-z]+__")
"""Airflow 2 put it before the names of a form's fields."""
_WORD = re.compile(r"[^\s,;=\[\]{}\"']+")
"""Without it, the remains of JSON or of a pair would be taken for words: a limit that nothing meets."""


@dataclass(frozen=True)
class Limits:
    """Refuses requests beyond the limits of a connection. What the connection does not mention is allowed.

    Values are compared by meaning: assets, UUIDs and addresses of Ethereum's kind without regard to case.

    :param owner: the connection's name, for the messages.
    :param assets: source and destination assets.
    :param sources: ids of profiles.
    :param destinations: ids of profiles, bank accounts and addresses, and addresses themselves, on whatever network.
    :param max_source_amount: of one orchestration, per source asset; if given, other assets are refused.
    """

    owner: str
    assets: frozenset[str] | None = None
    sources: frozenset[str] | None = None
    destinations: frozenset[str] | None = None
    max_source_amount: Mapping[str, Decimal] | None = field(default=None, hash=False)

    @classmethod
    def of(cls, owner: str, stated: Mapping[str, Any]) -> Self:
        """Return the limits that a connection states.

        :param stated: the limits by their names.
        :raises InvalidConnection: if a limit is not understood: an unreadable limit must not be none.
        """
        require_known(owner, stated, LIMITS, "limit")
        return cls(
            owner,
            _words(owner, "allowed_assets", stated, str.upper),
            _words(owner, "allowed_sources", stated, canonical),
            _words(owner, "allowed_destinations", stated, canonical),
            amounts_per_asset(owner, "max_source_amount", stated.get("max_source_amount")),
        )

    def in_force(self) -> Iterator[str]:
        """Yield each limit that is set, with its value; of ids, how many are allowed."""
        if self.assets is not None:
            yield f"allowed_assets {' '.join(sorted(self.assets))}"
        for name, ids in (("allowed_sources", self.sources), ("allowed_destinations", self.destinations)):
            if ids is not None:
                yield f"{name} ({len(ids)})"
        if self.max_source_amount is not None:
            yield f"max_source_amount {shown_amounts(self.max_source_amount)}"

    def require_allowed(self, request: OrchestrationRequest) -> None:
        """Raise for a request that is beyond a limit, before anything is sent.

        :raises NotAllowed: names the limit and the connection.
        """
        self._require_allowed_ends(request, request.source.profile.profile_id)
        if self.max_source_amount is not None:
            most = self.max_source_amount.get(request.source_asset.upper())
            if most is None:
                raise self._refused(request, f"max_source_amount names no {quoted(request.source_asset)}")
            if request.source_amount > most:
                raise self._refused(request, f"max_source_amount of {request.source_asset} is {plain(most)}")

    def require_rule_allowed(self, request: OrchestrationRuleRequest) -> None:
        """Raise for a rule that is beyond a limit, before anything is sent.

        What a rule will move is not known when it is created, so that no limit on amounts can hold.

        :raises NotAllowed: names the limit and the connection.
        """
        self._require_allowed_ends(request, request.profile_id)
        if self.max_source_amount is not None:
            raise self._refused(request, "max_source_amount cannot hold for the orchestrations of a rule")

    def _require_allowed_ends(self, request: OrchestrationRequest | OrchestrationRuleRequest, source: str) -> None:
        if self.assets is not None:
            for asset in (request.source_asset, request.destination_asset):
                if asset.upper() not in self.assets:
                    raise self._refused(request, f"allowed_assets holds no {quoted(asset)}")
        if self.sources is not None and canonical(source) not in self.sources:
            raise self._refused(request, f"allowed_sources holds no {quoted(source)}")
        if self.destinations is not None:
            destination = _destination(request)
            if canonical(destination) not in self.destinations:
                raise self._refused(request, f"allowed_destinations holds no {quoted(destination)}")

    def _refused(self, request: OrchestrationRequest | OrchestrationRuleRequest, limit: str) -> NotAllowed:
        if isinstance(request, OrchestrationRuleRequest):
            subject = request.subject
        else:
            subject = Subject("Create Orchestration", request.ref_id, amount=amount_of(request))
        what = f"connection {quoted(self.owner)} does not allow it: {limit}."
        return NotAllowed(what, subject=subject, acceptance=Acceptance.NOT_SENT)


def _destination(request: OrchestrationRequest | OrchestrationRuleRequest) -> str:
    rails = request.destination.model_dump(exclude_none=True).values()
    # A request has exactly one; what had none must not pass.
    return next((str(rail[name]) for rail in rails for name in _DESTINATION_IDS if name in rail), "")


def require_known(owner: str, stated: Iterable[str], known: Collection[str], kind: str) -> None:
    """Raise for a name that is not known: misspelled, a limit would be none, and a setting the default.

    :param owner: the connection's name.
    :param kind: what the names are names of, such as ``limit``.
    :raises InvalidConnection: names the first unknown one, and the known one that is nearest to it.
    """
    for name in stated:
        if name in known:
            continue
        if not _NAME.fullmatch(name):
            # Not quoted: of a URI whose password is not encoded, a part of the password would be here.
            raise _unreadable(owner, f"a name in extra is no {kind}; there are {', '.join(known)}.")
        plain_name = _OLD_PREFIX.sub("", name.lower().replace("-", "_"))
        near = difflib.get_close_matches(plain_name, known, n=1)
        raise _unreadable(
            owner,
            f"{quoted(name)} is no {kind}; "
            + (f"the nearest one is {near[0]}." if near else f"there are {', '.join(known)}."),
        )


def _words(owner: str, name: str, stated: Mapping[str, Any], meaning: Callable[[str], str]) -> frozenset[str] | None:
    value = stated.get(name)
    if value in (None, ""):
        return None
    words: Iterable[object] = value.replace(",", " ").split() if isinstance(value, str) else _listed(value)
    if not words or not all(isinstance(word, str) and _WORD.fullmatch(word) for word in words):
        raise _unreadable(owner, f"{name} is {quoted(value)}; it is words separated by blanks, or a JSON list of them.")
    return frozenset(meaning(str(word)) for word in words)


def _listed(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def amounts_per_asset(owner: str, name: str, value: object) -> dict[str, Decimal] | None:
    """Return the amounts per asset that a limit states; None if it states nothing.

    :param owner: the connection's name, for the message.
    :param name: of the limit.
    :param value: text such as ``USD=5000.00 USDC=2500``, or a mapping of strings.
    :raises InvalidConnection: if it is not understood.
    """
    if value in (None, ""):
        return None
    wrong = _unreadable(
        owner,
        f"{name} is {quoted(value)}; it is amounts per asset, as in 'USD=5000.00 USDC=2500', "
        "or a JSON object of strings.",
    )
    if isinstance(value, str):
        pairs = [pair.partition("=")[::2] for pair in value.replace(",", " ").split()]
    elif isinstance(value, dict):
        pairs = list(value.items())
    else:
        raise wrong
    try:
        limits = {asset.upper(): sendable(amount) for asset, amount in pairs if _WORD.fullmatch(asset)}
    except ValueError:
        raise wrong from None
    if len(limits) != len(pairs) or not limits:
        raise wrong
    return limits


def shown_amounts(limits: Mapping[str, Decimal]) -> str:
    """Return amounts per asset as a limit states them."""
    return " ".join(f"{asset}={plain(most)}" for asset, most in limits.items())


def _unreadable(owner: str, what: str) -> InvalidConnection:
    return InvalidConnection(f"Connection {quoted(owner)}: {what}")
