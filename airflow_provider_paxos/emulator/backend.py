"""Combine the parts of one emulator, and the rules that need several of them."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from uuid import uuid4

from airflow_provider_paxos.emulator import ledger as accounts
from airflow_provider_paxos.emulator.amounts import DECIMALS, plain
from airflow_provider_paxos.emulator.auth import Tokens
from airflow_provider_paxos.emulator.clock import Clock
from airflow_provider_paxos.emulator.faults import FaultQueue
from airflow_provider_paxos.emulator.journal import Journal
from airflow_provider_paxos.emulator.ledger import Booking, Ledger
from airflow_provider_paxos.emulator.lifecycle import QueuedOutcome, take_outcome
from airflow_provider_paxos.emulator.models import DEFAULT_PROFILE, SEED_BALANCE, SEED_PROFILES, Orchestration, Profile
from airflow_provider_paxos.emulator.problems import Problem, bad_request
from airflow_provider_paxos.emulator.rate_limits import RateLimits
from airflow_provider_paxos.emulator.settings import EmulatorSettings
from airflow_provider_paxos.emulator.state_file import State, load_state, save_state
from airflow_provider_paxos.emulator.store import OrchestrationStore, ProfileStore
from airflow_provider_paxos.emulator.validation import CreateRequest

TRAVEL_RULE_FROM = Decimal(3000)
"""US dollars from which a crypto destination needs travel rule data."""


class Backend:
    """Does the work of one emulator.

    Nothing here waits, so that whatever one event loop calls is done before the next call begins.

    :param settings: those to start with and to return to at a reset
    :param state_file: keeps the state across restarts; None keeps it in memory alone
    :raises UnreadableState: if the file is there and is not a state.
    """

    def __init__(self, settings: EmulatorSettings | None = None, state_file: Path | None = None) -> None:
        self._first_settings = settings or EmulatorSettings()
        self._state_file = state_file
        self._start(load_state(state_file) if state_file else None)

    def _start(self, state: State | None) -> None:
        saved = state or State()
        self.settings = self._first_settings
        self.clock = Clock(saved=saved.clock)
        self.ledger = Ledger(saved.bookings)
        self.store = OrchestrationStore(self.ledger, saved.orchestrations, saved.events)
        self.profiles = ProfileStore(saved.profiles)
        self.tokens = Tokens(saved.grants)
        self.journal = Journal()
        self.faults = FaultQueue()
        self.outcomes: list[QueuedOutcome] = []
        self.rate_limits = RateLimits()
        if state is None:
            for profile_id, nickname in SEED_PROFILES:
                self.add_profile(profile_id, nickname, dict.fromkeys(DECIMALS, SEED_BALANCE))

    def reset(self) -> None:
        """Forget everything that has happened since the start, tokens and changed settings included."""
        self._start(None)

    def run_due_steps(self) -> bool:
        """Run every step that is due by the clock, and return whether there was one."""
        return self.store.run_due_steps(self.clock.now())

    def save(self) -> None:
        """Write the state file, if there is to be one."""
        if self._state_file:
            state = State(
                clock=self.clock.saved,
                profiles=self.profiles.all(),
                orchestrations=self.store.orchestrations,
                bookings=self.ledger.bookings,
                events=self.store.events,
                grants=self.tokens.grants,
            )
            save_state(self._state_file, state)

    def add_profile(self, profile_id: str, nickname: str, balances: dict[str, Decimal]) -> Profile:
        """Add a profile and deposit its balances."""
        profile = self.profiles.add(profile_id, nickname, self.clock.now())
        for asset, amount in balances.items():
            self.deposit(profile.id, asset, amount)
        return profile

    def deposit(self, profile_id: str, asset: str, amount: Decimal) -> str:
        """Credit a profile with money from outside, and return the id of the activity."""
        now, to = self.clock.now(), accounts.available(profile_id)
        self.ledger.book(Booking(now, None, None, "deposit", accounts.DEPOSITS, to, asset, amount))
        return str(uuid4())

    def create(self, request: CreateRequest) -> Orchestration:
        """Accept an orchestration.

        :raises Problem: if a profile, the address, the travel rule data or the funds do not allow it.
        """
        profile_id = request.source["profile"]["profile_id"] if request.source else DEFAULT_PROFILE
        self._check_profiles(request, profile_id)
        self._check_address(request)
        self._check_funds(request, profile_id)
        return self.store.accept(
            request,
            profile_id,
            take_outcome(self.outcomes, request.body, request.destination),
            self.clock.now(),
            settle_seconds=self.settings.settle_seconds,
            approve_seconds=self.settings.approve_seconds,
        )

    def _check_profiles(self, request: CreateRequest, profile_id: str) -> None:
        if self.profiles.get(profile_id) is None:
            raise bad_request(f"source.profile.profile_id: there is no profile '{profile_id}'")
        to = (request.destination or {}).get("profile")
        if to and self.profiles.get(to["profile_id"]) is None:
            raise bad_request(f"destination.profile.profile_id: there is no profile '{to['profile_id']}'")

    def _check_address(self, request: CreateRequest) -> None:
        crypto = (request.destination or {}).get("crypto", {})
        address = crypto.get("address")
        if address is None:
            return
        if address in self.settings.unsupported_addresses:
            reason = self.settings.unsupported_addresses[address]
            meta = {"address": address, "reason": reason}
            raise Problem(400, f"address {address} is not supported: {reason}", cause="unsupported-address", meta=meta)
        exempt = not self.settings.travel_rule or address in self.settings.saved_addresses
        if request.amount >= TRAVEL_RULE_FROM and not exempt:
            meta = {"crypto_network": crypto["network"], "address": address}
            if "identity_id" in request.optional:
                meta["identity_id"] = request.optional["identity_id"]
            raise Problem(
                403,
                "the destination address must be saved with travel rule information",
                cause="travel-rule-information-required",
                meta=meta,
            )

    def _check_funds(self, request: CreateRequest, profile_id: str) -> None:
        spendable = self.ledger.balance(accounts.available(profile_id), request.source_asset)
        if spendable < request.amount:
            meta = {
                "profile_id": profile_id,
                "asset": request.source_asset,
                "available": plain(spendable),
                "needed": plain(request.amount),
            }
            raise Problem(403, "Not enough funds in account.", cause="insufficient-funds", meta=meta)
