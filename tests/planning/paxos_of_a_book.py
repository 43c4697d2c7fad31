"""A Paxos that holds what a book says, all of its rules in force, and clients of it without sockets."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid5

from airflow_provider_paxos.api.base_client import SharedState
from airflow_provider_paxos.api.client import PaxosClient
from airflow_provider_paxos.api.settings import checked_settings
from airflow_provider_paxos.emulator.clock import Clock, SavedClock
from airflow_provider_paxos.emulator.fiat_accounts import OWNER_EXAMPLE, WIRE_EXAMPLE, FiatAccount
from airflow_provider_paxos.emulator.lifecycle import QueuedOutcome
from airflow_provider_paxos.emulator.models import PlannedOutcome
from airflow_provider_paxos.emulator.settings import SCOPES
from airflow_provider_paxos.emulator.transfers import Deposit
from airflow_provider_paxos.emulator.validation import read_create
from tests.chaos.transports import RequestsAdapter
from tests.chaos.wire import Answer, Call, InProcess
from tests.planning.books import ACCOUNTS, ADDRESSES, PROFILES, Book, Entry

NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)
"""The moment of every plan: one day after the travel rule has come into force."""

CUBIX = {"cubix": {"account_id": str(UUID(int=0xCB))}}


class CountingWire(InProcess):
    """Keeps the requests to the API, without those for tokens."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[Call] = []

    def send(self, call: Call) -> Answer:
        """Keep a request, and answer it."""
        if not call.url.endswith("/token"):
            self.calls.append(call)
        return super().send(call)


WIRE = CountingWire()
# Built once: an application takes longer than most examples.


def begin() -> CountingWire:
    """Start a Paxos with empty profiles, and its clock at ``NOW``."""
    WIRE.begin()
    WIRE.calls.clear()
    WIRE.paxos.clock = Clock(saved=SavedClock(frozen_at=NOW))
    for number, profile in enumerate(PROFILES):
        WIRE.paxos.add_profile(profile, f"profile {number}", {})
    return WIRE


def client_of(wire: InProcess, scopes: tuple[str, ...] = SCOPES) -> PaxosClient:
    """Return a client with these scopes."""
    first = wire.paxos.settings
    settings = checked_settings(
        base_url=f"{wire.origin}/v2",
        client_id=first.client_id,
        client_secret=first.client_secret.get_secret_value(),
        scopes=" ".join(scopes),
    )
    client = PaxosClient(settings, shared=SharedState(clock=wire.now), sleep=wire.sleep)
    client._session.mount(wire.origin, RequestsAdapter(wire))
    return client


def open_book(book: Book) -> CountingWire:
    """Start a Paxos that holds what a book says, and refuses what it would refuse."""
    wire = begin()
    paxos = wire.paxos
    for number, each in enumerate(book.accounts):
        if each.status:
            add_account(each.id, status=each.status, network=each.network, seq=number)
    for each in book.addresses:
        if each.status:
            body = {"crypto_network": each.network, "address": each.wallet, "identity_id": each.identity_id}
            saved = paxos.addresses.put({**body, "travelrule_metadata": each.travel_rule}, paxos.vasps, NOW, None)
            saved.approval.decided = each.status
    for (profile, asset), balance in book.balances.items():
        if balance:
            paxos.deposit(Deposit(profile, asset, balance, "ETHEREUM"))
    for number, earlier in enumerate(book.earlier):
        entry = earlier.entry or book.batch[earlier.own or 0]
        ref_id = f"other-{number}" if earlier.own is None else f"settle-{earlier.own}"
        paxos.clock = Clock(saved=SavedClock(frozen_at=NOW - earlier.age))
        if earlier.failed:
            paxos.outcomes.append(QueuedOutcome(PlannedOutcome("FAILED")))
        paxos.deposit(Deposit(entry.profile, entry.source_asset, Decimal(entry.amount), "ETHEREUM"))
        paxos.create(read_create(request_of(entry, ref_id, wire)))
    paxos.clock = Clock(saved=SavedClock(frozen_at=NOW))
    paxos.run_due_steps()
    paxos.settings = paxos.settings.changed(
        {
            "travel_rule_from": datetime(2026, 11, 30, tzinfo=UTC),
            "require_approved_accounts": True,
            "require_approved_addresses": True,
            "transfer_limits": book.rules,
        }
    )
    return wire


def add_account(account_id: str, *, status: str = "APPROVED", network: str = "wire", seq: int = 0) -> None:
    """Add a bank account."""
    instructions = WIRE_EXAMPLE if network == "wire" else CUBIX
    WIRE.paxos.fiat_accounts[account_id] = FiatAccount(
        seq,
        account_id,
        status,  # type: ignore[arg-type]
        OWNER_EXAMPLE,
        instructions,
        {},
        NOW,
        NOW,
    )


def request_of(entry: Entry, ref_id: str, wire: InProcess) -> dict[str, Any]:
    """Return the request to create of a payment."""
    fields = {
        "ref_id": ref_id,
        "source_asset": entry.source_asset,
        "destination_asset": entry.destination_asset,
        "source_amount": entry.amount,
        "source": {"profile": {"profile_id": entry.profile}},
        "destination": _destination(entry, wire),
        "identity_id": entry.identity_id,
    }
    return {name: value for name, value in fields.items() if value is not None}


def _destination(entry: Entry, wire: InProcess) -> dict[str, Any]:
    if entry.to == "account":
        return {"fiat": {"bank_account_id": ACCOUNTS[entry.which]}}
    if entry.to == "profile":
        return {"profile": {"profile_id": PROFILES[entry.which]}}
    # By its id the one that has no identity and the one that has, of the first wallet; as an address, each wallet.
    network, wallet, identity = ADDRESSES[entry.which if entry.to == "saved" else entry.which * 6]
    if entry.to == "saved":
        saved = wire.paxos.addresses.find(network, wallet, identity)
        unknown = uuid5(UUID(int=0), f"{network} {wallet} {identity}")
        return {"crypto": {"address_id": saved.id if saved else str(unknown)}}
    if not entry.as_saved:
        network, wallet = network.removesuffix("_POS"), wallet.lower()
    return {"crypto": {"address": wallet, "network": network}}
