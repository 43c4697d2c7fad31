"""The base of both clients: the flows of a client, and the state that the clients of a process share. No I/O."""

from __future__ import annotations

import time
from collections.abc import Callable

from airflow_provider_paxos import __version__
from airflow_provider_paxos.api.auth import TokenHolder, authorize, refused_scopes
from airflow_provider_paxos.api.crypto_destinations import CryptoDestinations
from airflow_provider_paxos.api.deposit_instructions import DepositInstructions
from airflow_provider_paxos.api.events import Events
from airflow_provider_paxos.api.exchange import Exchange, Patience
from airflow_provider_paxos.api.fiat_accounts import FiatAccounts
from airflow_provider_paxos.api.flow import Flow, Token
from airflow_provider_paxos.api.limit_utilizations import LimitUtilizations
from airflow_provider_paxos.api.observing import Observe
from airflow_provider_paxos.api.orchestrations import Orchestrations
from airflow_provider_paxos.api.own_secrets import Outgoing
from airflow_provider_paxos.api.profiles import Profiles
from airflow_provider_paxos.api.rate_limiting import HostRateLimiter
from airflow_provider_paxos.api.rules import OrchestrationRules
from airflow_provider_paxos.api.settings import Settings
from airflow_provider_paxos.api.transfers import Transfers
from airflow_provider_paxos.api.vasps import Vasps

RequireSendable = Callable[[Outgoing], None]
USER_AGENT = f"airflow-provider-paxos/{__version__}"


class SharedState:
    """Holds what clients share that call one Paxos as one client id: the token, and the rate limiter.

    :param rate_limiter: one for all who call the same host.
    :param tokens: keeps the token.
    :param clock: unix seconds, which then count for the rate limiter, too; by default that has a clock of its own,
        which nobody sets back.
    """

    def __init__(
        self,
        rate_limiter: HostRateLimiter | None = None,
        tokens: TokenHolder | None = None,
        clock: Callable[[], float] | None = None,
    ) -> None:
        self.clock = clock or time.time
        self.rate_limiter = rate_limiter or HostRateLimiter.by(clock or time.monotonic)
        self.tokens = tokens or TokenHolder(self.clock)


class BaseClient:
    """Holds a client's flows; the classes below it drive them.

    :param settings: where Paxos is, and as whom to call it.
    :param shared: the state to share with other clients; by default the client has its own.
    :param patience: how long a call may wait.
    :param require_allowed: lets a request that changes something pass or raises, before anything is sent.
    :param observe: is called with each answer, wait and new token.
    """

    def __init__(
        self,
        settings: Settings,
        shared: SharedState | None,
        patience: Patience,
        require_allowed: RequireSendable | None,
        *,
        observe: Observe,
    ) -> None:
        self.settings = settings
        self.shared = shared or SharedState()
        self._exchange = Exchange(
            rate_limiter=self.shared.rate_limiter,
            rate=settings.rate,
            grant_rate=settings.grant_rate,
            clock=self.shared.clock,
            patience=patience,
            signer=settings.signer,
            observe=observe,
        )
        url, scopes = settings.base_url, settings.credentials.scopes
        self.orchestrations = Orchestrations(url, self._exchange, require_allowed)
        self.profiles = Profiles(url, self._exchange, scopes)
        self.fiat_accounts = FiatAccounts(url, self._exchange, scopes)
        self.crypto_destinations = CryptoDestinations(url, self._exchange, scopes, require_allowed)
        self.limit_utilizations = LimitUtilizations(url, self._exchange, scopes)
        self.rules = OrchestrationRules(url, self._exchange, scopes, require_allowed)
        self.deposit_instructions = DepositInstructions(url, self._exchange, scopes)
        self.events = Events(url, self._exchange, scopes)
        self.transfers = Transfers(url, self._exchange, scopes)
        self.vasps = Vasps(url, self._exchange, scopes)

    def authorize(self, stale: Token | None) -> Flow[Token]:
        """Return a token other than the stale one; to be driven under a lock of the shared tokens."""
        return authorize(self.shared.tokens, stale, self.settings.credentials, self._exchange)

    def refused_scopes(self) -> Flow[list[str]]:
        """Return those of the settings' scopes that the client is not granted, by a token request for each."""
        return refused_scopes(self.settings.credentials, self._exchange)
