"""Everything that one emulator is: its parts, and what it takes several of them to do."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from uuid import uuid4

from airflow_provider_paxos.emulator import ledger as accounts
from airflow_provider_paxos.emulator.amounts import DECIMALS, plain
from airflow_provider_paxos.emulator.book import Book
from airflow_provider_paxos.emulator.clock import Clock
from airflow_provider_paxos.emulator.create_request import CreateRequest
from airflow_provider_paxos.emulator.faults import Faults
from airflow_provider_paxos.emulator.journal import Journal
from airflow_provider_paxos.emulator.ledger import Booking, Ledger
from airflow_provider_paxos.emulator.limits import Limits
from airflow_provider_paxos.emulator.oauth import Tokens
from airflow_provider_paxos.emulator.orchestration import Orchestration
from airflow_provider_paxos.emulator.outcomes import Ordered, take
from airflow_provider_paxos.emulator.problems import Problem, bad_request
from airflow_provider_paxos.emulator.profiles import DEFAULT_PROFILE, SEED_BALANCE, SEEDED, Profile, Profiles
from airflow_provider_paxos.emulator.settings import Settings
from airflow_provider_paxos.emulator.state import State, load, save

TRAVEL_RULE_FROM = Decimal(3000)
"""US dollars from which a crypto destination needs travel rule data."""


class LocalPaxos:
    """One emulator. Nothing here waits, so that whatever one event loop calls is done before the next call begins.

    :param settings: those to start with and to return to at a reset
    :param state_file: keeps the state across restarts; None keeps it in memory alone
    :raises UnreadableState: if the file is there and is not a state.
    """

    def __init__(self, settings: Settings | None = None, state_file: Path | None = None) -> None:
        self._first_settings = settings or Settings()
        self._state_file = state_file
        self._start(load(state_file) if state_file else None)

    def _start(self, state: State | None) -> None:
        saved = state or State()
        self.settings = self._first_settings
        self.clock = Clock(saved=saved.clock)
        self.ledger = Ledger(saved.bookings)
        self.book = Book(self.ledger, saved.orchestrations, saved.events)
        self.profiles = Profiles(saved.profiles)
        self.tokens = Tokens(saved.grants)
        self.journal = Journal()
        self.faults = Faults()
        self.outcomes: list[Ordered] = []
        self.limits = Limits()
        if state is None:
            for profile_id, nickname in SEEDED:
                self.add_profile(profile_id, nickname, dict.fromkeys(DECIMALS, SEED_BALANCE))

    def reset(self) -> None:
        """Forget everything that has happened since the start, tokens and changed settings included."""
        self._start(None)

    def pass_time(self) -> bool:
        """Let the orchestrations catch up with the clock, and return whether any of them changed."""
        return self.book.pass_time(self.clock.now())

    def save(self) -> None:
        """Write the state file, if there is to be one."""
        if self._state_file:
            state = State(
                clock=self.clock.saved,
                profiles=self.profiles.all(),
                orchestrations=self.book.orchestrations,
                bookings=self.ledger.bookings,
                events=self.book.events,
                grants=self.tokens.grants,
            )
            save(self._state_file, state)

    def add_profile(self, profile_id: str, nickname: str, balances: dict[str, Decimal]) -> Profile:
        """Add a profile and deposit what it has."""
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

        :raises Problem: if its profiles, its address, its travel rule data or the funds are not what they need to be.
        """
        profile_id = request.source["profile"]["profile_id"] if request.source else DEFAULT_PROFILE
        self._check_profiles(request, profile_id)
        self._check_address(request)
        self._check_funds(request, profile_id)
        return self.book.accept(
            request,
            profile_id,
            take(self.outcomes, request),
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
        known = not self.settings.travel_rule or address in self.settings.saved_addresses
        if request.amount >= TRAVEL_RULE_FROM and not known:
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
