"""Check whether the destination of a payment can receive it: bank accounts, saved addresses, and Paxos' travel rule.

The travel rule: from 2026-11-30 Paxos refuses orchestrations of 3,000 USD and more to crypto addresses whose saved
address lacks travel rule data (Paxos' guide to the travel rule, July 2026). Stablecoins are valued at par.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal

from airflow_provider_paxos.api.amounts import plain
from airflow_provider_paxos.api.canonical import canonical_id
from airflow_provider_paxos.api.errors import quoted
from airflow_provider_paxos.api.fiat_accounts import FiatAccount
from airflow_provider_paxos.api.models import OrchestrationRequest
from airflow_provider_paxos.api.saved_addresses import CryptoDestinationAddress, DestinationKey
from airflow_provider_paxos.planning.facts import Facts, NotChecked
from airflow_provider_paxos.planning.plan import Check, Readiness

TRAVEL_RULE_USD = Decimal(3000)
"""From this value on the rule holds."""

TRAVEL_RULE_FROM = datetime(2026, 11, 30, tzinfo=UTC)
AT_PAR = frozenset({"USD", "USDC", "USDG", "USDP", "PYUSD"})
"""Assets of which one is valued at one US dollar."""

_READY = Check(Readiness.READY)
_REQUIRED_FOR = (
    f"{plain(TRAVEL_RULE_USD)} USD and more (Put Crypto Destination Address, or EnsureCryptoDestinationsOperator)"
)


def usd_value(asset: str, amount: Decimal) -> Decimal | None:
    """Return the value of an amount in US dollars; None for an asset without a fixed value."""
    return amount if asset in AT_PAR else None


@dataclass
class Destinations:
    """Checks destinations by what Paxos shows of bank accounts and saved addresses."""

    facts: Facts
    _accounts: Mapping[str, FiatAccount] = field(init=False)
    _by_key: Mapping[DestinationKey, list[CryptoDestinationAddress]] = field(init=False)
    _by_id: Mapping[str, CryptoDestinationAddress] = field(init=False)

    def __post_init__(self) -> None:
        accounts, saved = self.facts.bank_accounts, self.facts.saved_addresses
        self._accounts = {} if isinstance(accounts, NotChecked) else {canonical_id(each.id): each for each in accounts}
        addresses = () if isinstance(saved, NotChecked) else saved
        self._by_id = {canonical_id(each.id): each for each in addresses}
        by_key: dict[DestinationKey, list[CryptoDestinationAddress]] = {}
        for each in addresses:
            by_key.setdefault(each.key, []).append(each)
        self._by_key = by_key

    def check(self, request: OrchestrationRequest) -> Check:
        """Return whether the destination of a request can receive it."""
        to = request.destination
        if to.fiat:
            return self._bank_account(to.fiat.bank_account_id)
        if to.crypto:
            return self._saved_address(request)
        # A profile of Paxos itself.
        return _READY

    def _bank_account(self, account_id: str) -> Check:
        if isinstance(self.facts.bank_accounts, NotChecked):
            return Check(Readiness.NOT_CHECKED, self.facts.bank_accounts.reason)
        account = self._accounts.get(canonical_id(account_id))
        if account is None:
            return _not_ready(f"Paxos shows no bank account {quoted(account_id)}")
        if not account.is_approved:
            return _not_ready(f"bank account {quoted(account_id)} is {quoted(account.status)}, not APPROVED")
        return _READY

    def _saved_address(self, request: OrchestrationRequest) -> Check:
        if isinstance(self.facts.saved_addresses, NotChecked):
            return Check(Readiness.NOT_CHECKED, self.facts.saved_addresses.reason)
        checks = [self._saved(each, request) for each in self._candidates(request)]
        if not checks:
            return _not_ready(f"{_address_of(request)} is not saved at Paxos as a destination address")
        return next((each for each in checks if each.readiness is Readiness.READY), checks[0])

    def _candidates(self, request: OrchestrationRequest) -> Iterator[CryptoDestinationAddress]:
        """Yield what Paxos has saved of a destination: by its id, or by network, address and identity together."""
        crypto = request.destination.crypto
        if crypto and crypto.address_id:
            if found := self._by_id.get(canonical_id(crypto.address_id)):
                yield found
        elif crypto and crypto.network and crypto.address:
            key = DestinationKey.of(crypto.network, crypto.address, request.identity_id)
            yield from self._by_key.get(key, ())

    def _saved(self, saved: CryptoDestinationAddress, request: OrchestrationRequest) -> Check:
        address = _address_of(request)
        if not saved.is_approved:
            return _not_ready(f"{address} is {quoted(saved.status)} as a destination address, not APPROVED")
        missing = ", ".join(saved.missing_travel_rule_data)
        value = usd_value(request.source_asset, request.source_amount)
        if not missing or (value is not None and value < TRAVEL_RULE_USD):
            return _READY
        if value is None:
            reason = f"whether {plain(request.source_amount)} {request.source_asset} falls under the travel rule"
            return Check(Readiness.NOT_CHECKED, f"{reason} is not known; {address} lacks {missing}")
        if self.facts.read_at < TRAVEL_RULE_FROM:
            soon = f"which the travel rule requires from {TRAVEL_RULE_FROM:%Y-%m-%d}"
            return Check(Readiness.READY, f"{address} lacks {missing}, {soon} for {_REQUIRED_FOR}")
        return _not_ready(f"{address} lacks {missing}, which the travel rule requires for {_REQUIRED_FOR}")


def _address_of(request: OrchestrationRequest) -> str:
    crypto = request.destination.crypto
    if crypto and crypto.address_id:
        return f"saved address {quoted(crypto.address_id)}"
    return f"address {quoted(crypto and crypto.address)} on {quoted(crypto and crypto.network)}"


def _not_ready(reason: str) -> Check:
    return Check(Readiness.NOT_READY, reason)
