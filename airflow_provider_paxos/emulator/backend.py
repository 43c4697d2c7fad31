"""Combine the parts of one emulator, and the rules that need several of them."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from pathlib import Path

from airflow_provider_paxos.emulator import ledger as accounts
from airflow_provider_paxos.emulator.acceptance import Destinations, check_fee, check_funds, check_profiles
from airflow_provider_paxos.emulator.amounts import DECIMALS, FIAT
from airflow_provider_paxos.emulator.approvals import approval_after
from airflow_provider_paxos.emulator.auth import Tokens
from airflow_provider_paxos.emulator.clock import Clock
from airflow_provider_paxos.emulator.crypto_addresses import AddressBook
from airflow_provider_paxos.emulator.faults import FaultQueue
from airflow_provider_paxos.emulator.journal import Journal
from airflow_provider_paxos.emulator.ledger import Booking, Ledger
from airflow_provider_paxos.emulator.lifecycle import QueuedOutcome, take_outcome
from airflow_provider_paxos.emulator.limit_rules import TransferType
from airflow_provider_paxos.emulator.models import DEFAULT_PROFILE, SEED_BALANCE, SEED_PROFILES, Orchestration, Profile
from airflow_provider_paxos.emulator.rate_limits import RateLimits
from airflow_provider_paxos.emulator.rule_deposits import deposit_of, new_rule, started_by
from airflow_provider_paxos.emulator.rules import Rule, RuleBook, RuleRequest, orchestration_destination
from airflow_provider_paxos.emulator.settings import EmulatorSettings
from airflow_provider_paxos.emulator.state_file import State, load_state, save_state
from airflow_provider_paxos.emulator.store import OrchestrationStore, ProfileStore
from airflow_provider_paxos.emulator.transfer_limits import TransferLimits, withdrawal_type
from airflow_provider_paxos.emulator.transfers import Deposit, Transfer, TransferBook
from airflow_provider_paxos.emulator.validation import CreateRequest


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
        self.transfers = TransferBook(saved.transfers)
        self.store = OrchestrationStore(self.ledger, self.transfers, self._obstacle, saved.orchestrations, saved.events)
        self.profiles = ProfileStore(saved.profiles)
        self.fiat_accounts = {account.id: account for account in saved.fiat_accounts}
        self.addresses = AddressBook(saved.addresses)
        self.vasps = saved.vasps
        self.rules = RuleBook(saved.rules)
        self.instructions = {one.id: one for one in saved.instructions}
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
                transfers=self.transfers.transfers,
                events=self.store.events,
                fiat_accounts=list(self.fiat_accounts.values()),
                addresses=self.addresses.addresses,
                vasps=self.vasps,
                rules=self.rules.rules,
                instructions=list(self.instructions.values()),
                grants=self.tokens.grants,
            )
            save_state(self._state_file, state)

    def add_profile(self, profile_id: str, nickname: str, balances: dict[str, Decimal]) -> Profile:
        """Add a profile and deposit its balances."""
        profile = self.profiles.add(profile_id, nickname, self.clock.now())
        for asset, amount in balances.items():
            self.deposit(Deposit(profile.id, asset, amount, None if asset in FIAT else "ETHEREUM"))
        return profile

    def deposit(self, deposit: Deposit) -> Transfer:
        """Credit a profile with money from outside."""
        now = self.clock.now()
        transfer = self.transfers.deposit(deposit, now)
        to = accounts.available(deposit.profile_id)
        booking = Booking(now, None, None, "deposit", accounts.DEPOSITS, to, deposit.asset, deposit.amount, transfer.id)
        self.ledger.book(booking)
        return transfer

    def deposit_for_rule(self, rule: Rule, asset: str, amount: Decimal) -> Transfer:
        """Credit a rule's profile with a deposit, and start the rule's orchestration if the deposit matches the rule.

        Money that matches no active rule stays in the profile, as documented for deleted rules.
        """
        transfer = self.deposit(deposit_of(rule, asset, amount))
        request = started_by(rule, transfer, self.clock.now())
        if request and amount > self._withdrawal(request, rule.profile_id)[1]:
            self._accept(request, rule.profile_id)
        return transfer

    def create(self, request: CreateRequest) -> Orchestration:
        """Accept an orchestration.

        :raises Problem: if a profile, the destination, a limit or the funds do not allow it.
        """
        profile_id = request.source["profile"]["profile_id"] if request.source else DEFAULT_PROFILE
        now, identity_id = self.clock.now(), request.optional.get("identity_id")
        check_profiles(self.profiles, profile_id, request.destination)
        destination = request.destination or {"profile": {"profile_id": profile_id}}
        self.destinations.check(destination, identity_id, now)
        self.destinations.check_travel_rule(destination, identity_id, request.amount, now)
        kind, fee = self._withdrawal(request, profile_id)
        self.limits.check(kind, request.amount, now)
        check_fee(request.amount, fee)
        check_funds(self.ledger, profile_id, request.source_asset, request.amount)
        return self._accept(request, profile_id)

    def create_rule(self, request: RuleRequest) -> Rule:
        """Add a rule, and what deposits for it are sent to.

        :raises Problem: if a profile or the destination does not allow it.
        """
        now, destination = self.clock.now(), orchestration_destination(request.destination)
        check_profiles(self.profiles, request.profile_id, destination)
        self.destinations.check(destination, request.optional.get("identity_id"), now)
        approval = approval_after(self.settings.rule_approve_seconds, now)
        rule = new_rule(request, len(self.rules.rules), self.instructions, approval, now)
        self.rules.add(rule)
        return rule

    def _accept(self, request: CreateRequest, profile_id: str) -> Orchestration:
        kind, fee = self._withdrawal(request, profile_id)
        return self.store.accept(
            request,
            profile_id,
            take_outcome(self.outcomes, request.body, request.destination),
            self.clock.now(),
            withdrawal_type=kind,
            fee=fee,
            settle_seconds=self.settings.settle_seconds,
            approve_seconds=self.settings.approve_seconds,
        )

    def _withdrawal(self, request: CreateRequest, profile_id: str) -> tuple[TransferType, Decimal]:
        """Return the type of the transfer to the destination, and its fee."""
        destination = request.destination or {"profile": {"profile_id": profile_id}}
        kind = withdrawal_type(destination, self.fiat_accounts)
        return kind, self.settings.fees.get(kind, Decimal())

    @property
    def destinations(self) -> Destinations:
        """Return what is known of destinations, under the present settings."""
        return Destinations(self.settings, self.fiat_accounts, self.addresses)

    @property
    def limits(self) -> TransferLimits:
        """Return the limits of the present settings."""
        return TransferLimits(self.settings.transfer_limits, self.store.orchestrations)

    def _obstacle(self, orchestration: Orchestration, at: datetime) -> str | None:
        # The saved address is read again when the orchestration is executed, so that what was accepted can fail.
        identity_id = orchestration.optional.get("identity_id")
        missing = self.destinations.travel_rule_data_missing(
            orchestration.destination, identity_id, orchestration.amount, at
        )
        return None if missing is None else f"Travel Rule information is required for this destination: {missing}"
