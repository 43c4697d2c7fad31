"""Keep a double-entry ledger in exact decimals.

What leaves one account arrives in another, in the same asset.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from airflow_provider_paxos.emulator.amounts import EXACT, plain
from airflow_provider_paxos.emulator.clock import rfc3339

DEPOSITS = "outside:deposits"
"""The account that deposited money comes from; like every account outside Paxos it may be overdrawn."""

CONVERSION = "paxos:conversion"
"""The account that takes the source asset in and gives the destination asset out."""

FEES = "paxos:fees"
"""The account that fees go to."""


def available(profile_id: str) -> str:
    """Return the account of the money that a profile can spend."""
    return f"profile:{profile_id}:available"


def held(profile_id: str) -> str:
    """Return the account of the money that is reserved for a profile's orchestrations."""
    return f"profile:{profile_id}:held"


def destination(party: Mapping[str, Mapping[str, str]]) -> str:
    """Return the account at which an orchestration's destination receives."""
    ((kind, fields),) = party.items()
    if kind == "profile":
        return available(fields["profile_id"])
    names = {"fiat": ("bank_account_id",), "crypto": ("network", "address", "address_id")}[kind]
    return ":".join([f"outside:{kind}", *(fields[name] for name in names if name in fields)])


class Overdrawn(Exception):
    """Reports that a booking would take more from a profile than it has; nothing is booked."""


@dataclass(frozen=True)
class Booking:
    """Holds an amount that left the account ``debit`` and arrived in the account ``credit``."""

    time: datetime
    orchestration_id: str | None
    ref_id: str | None
    reason: str
    debit: str
    credit: str
    asset: str
    amount: Decimal
    transfer_id: str | None = None

    def to_json(self) -> dict[str, str | None]:
        """Return it as the controls do, the amount as a string."""
        return {
            "time": rfc3339(self.time),
            "orchestration_id": self.orchestration_id,
            "ref_id": self.ref_id,
            "reason": self.reason,
            "debit": self.debit,
            "credit": self.credit,
            "asset": self.asset,
            "amount": plain(self.amount),
            "transfer_id": self.transfer_id,
        }


class Ledger:
    """Keeps all bookings, and the balances that follow from them."""

    def __init__(self, bookings: Iterable[Booking] = ()) -> None:
        self.bookings: list[Booking] = []
        self._balances: defaultdict[tuple[str, str], Decimal] = defaultdict(Decimal)
        for booking in bookings:
            self.book(booking)

    def book(self, booking: Booking) -> None:
        """Move an amount.

        :raises Overdrawn: if an account of a profile lacks it.
        """
        debit, credit = (booking.debit, booking.asset), (booking.credit, booking.asset)
        left = EXACT.subtract(self._balances[debit], booking.amount)
        if left < 0 and booking.debit.startswith("profile:"):
            raise Overdrawn(f"{booking.debit} lacks {plain(-left)} {booking.asset}")
        self._balances[debit] = left
        self._balances[credit] = EXACT.add(self._balances[credit], booking.amount)
        self.bookings.append(booking)

    def balance(self, account: str, asset: str) -> Decimal:
        """Return what an account holds of an asset."""
        return self._balances.get((account, asset), Decimal())

    def accounts(self) -> dict[str, dict[str, str]]:
        """Return every account's balances, as strings."""
        accounts: dict[str, dict[str, str]] = {}
        for (account, asset), amount in sorted(self._balances.items()):
            accounts.setdefault(account, {})[asset] = plain(amount)
        return accounts

    def sums(self) -> dict[str, Decimal]:
        """Return the sum over all accounts, by asset: always zero."""
        sums: dict[str, Decimal] = {}
        for (_, asset), amount in sorted(self._balances.items()):
            sums[asset] = EXACT.add(sums.get(asset, Decimal()), amount)
        return sums
