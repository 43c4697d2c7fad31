"""What a plan of a book has to say, computed from the book and the emulator's ledger, and not by the provider."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from airflow_provider_paxos.emulator.backend import Backend
from airflow_provider_paxos.emulator.models import Orchestration
from tests.planning.books import ADDRESSES, VALID, Book, Entry, content
from tests.planning.paxos_of_a_book import NOW

DAY_BEGAN = {
    "UTC": datetime(2026, 12, 1, 0, tzinfo=UTC),
    "America/Los_Angeles": datetime(2026, 12, 1, 8, tzinfo=UTC),
    "Pacific/Auckland": datetime(2026, 12, 1, 11, tzinfo=UTC),
}
_LOST = ("FAILED", "REJECTED")


class Oracle:
    """Computes from a book what its plan has to say.

    :param paxos: the emulator, which holds the book.
    """

    def __init__(self, book: Book, paxos: Backend) -> None:
        self.book, self.paxos = book, paxos
        self.others = list(enumerate(book.earlier))
        self.own = {each.own: each for each in book.earlier if each.own is not None}
        self.new = {number: each for number, each in enumerate(book.batch) if number not in self.own}

    def report(self) -> dict[str, Any]:
        """Return all that a plan has to report, as things stand now."""
        return {
            "found": self.found(),
            "not ready": self.not_ready(),
            "short": self.short(),
            "beyond limits of Paxos": self.beyond_limits_of_paxos(),
            "beyond limits over time": self.beyond_limits_over_time(),
            "duplicates": self.duplicates(),
        }

    def found(self) -> list[str]:
        """Return for each payment what stands under its ref_id."""
        return [self._found(number) for number in range(len(self.book.batch))]

    def not_ready(self) -> set[str]:
        """Return the keys of the new payments that their destination cannot receive."""
        return {str(number) for number, each in self.new.items() if not self._ready(each)}

    def short(self) -> dict[tuple[str, str], Decimal]:
        """Return what each profile lacks of each asset."""
        needed: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
        for each in self.new.values():
            needed[each.profile, each.source_asset] += Decimal(each.amount)
        lacks = {
            (profile, asset): amount - self.paxos.ledger.balance(f"profile:{profile}:available", asset)
            for (profile, asset), amount in needed.items()
        }
        return {source: amount for source, amount in lacks.items() if amount > 0}

    def beyond_limits_of_paxos(self) -> list[frozenset[str]]:
        """Return for each limit of Paxos that is exceeded the keys of the payments that exceed it."""
        beyond = []
        for rule in self.book.rules:
            under = {str(n): Decimal(e.amount) for n, e in self.new.items() if self._type(e) in rule["transfer_types"]}
            limit = Decimal(rule["limit"])
            if rule["period_seconds"] == 0:
                keys = frozenset(key for key, amount in under.items() if amount > limit)
            else:
                since = NOW - timedelta(seconds=rule["period_seconds"])
                used = sum(
                    (each.amount for each in self._counting(since) if each.withdrawal_type in rule["transfer_types"]),
                    Decimal(),
                )
                left = max(Decimal(), limit - used)
                keys = frozenset(under) if sum(under.values(), Decimal()) > left else frozenset()
            beyond += [keys] if keys else []
        return sorted(beyond, key=sorted)

    def beyond_limits_over_time(self) -> set[tuple[str, str, str]]:
        """Return each limit of a day that is exceeded: its name, the profile and the unit."""
        stated, beyond = self.book.over_time, set()
        began = DAY_BEGAN[stated.get("limits_time_zone", "UTC")]
        for profile in {each.profile for each in self.new.values()}:
            new = [each for each in self.new.values() if each.profile == profile]
            today = [
                each
                for each in self.paxos.store.orchestrations
                if each.created_at >= began and each.profile_id == profile and each.status not in _LOST
            ]
            number = stated.get("max_orchestrations_per_day")
            if number and len(today) + len(new) > number:
                beyond.add(("max_orchestrations_per_day", profile, "payments"))
            if amounts := stated.get("max_source_amount_per_day"):
                most = dict(each.split("=") for each in amounts.split())
                for asset in {each.source_asset for each in new}:
                    moved = sum((each.amount for each in today if each.source_asset == asset), Decimal())
                    wanted = sum((Decimal(each.amount) for each in new if each.source_asset == asset), Decimal())
                    if moved + wanted > Decimal(most.get(asset, "0")):
                        beyond.add(("max_source_amount_per_day", profile, asset))
        return beyond

    def duplicates(self) -> dict[str, set[str]]:
        """Return for the keys of new payments the ref_ids of those whose content they have, unless that is meant."""
        window = self.book.over_time.get("duplicate_window")
        if window is None:
            return {}
        found = {}
        for number, entry in self.new.items():
            ref_ids = {
                f"other-{place}"
                for place, each in self.others
                if each.own is None
                and not self._lost(f"other-{place}")
                and each.age <= timedelta(days=window)
                and each.entry
                and content(each.entry) == content(entry)
            }
            ref_ids -= set(self.book.meant[number])
            for earlier in range(number):
                equal = content(self.book.batch[earlier]) == content(entry)
                meant = str(earlier) in self.book.meant[number] or str(number) in self.book.meant[earlier]
                if equal and not meant and not self._lost(f"settle-{earlier}"):
                    ref_ids.add(f"settle-{earlier}")
            if ref_ids:
                found[str(number)] = ref_ids
        return found

    def _found(self, number: int) -> str:
        earlier = self.own.get(number)
        if earlier is None:
            return "new"
        if earlier.entry and _sent(earlier.entry) != _sent(self.book.batch[number]):
            return "conflict"
        return "FAILED or REJECTED" if self._lost(f"settle-{number}") else "exists"

    def _lost(self, ref_id: str) -> bool:
        existing = self.paxos.store.by_ref_id(ref_id)
        return existing is not None and existing.status in _LOST

    def _counting(self, since: datetime) -> list[Orchestration]:
        return [
            each for each in self.paxos.store.orchestrations if each.created_at > since and each.status not in _LOST
        ]

    def _ready(self, entry: Entry) -> bool:
        if entry.to == "profile":
            return True
        if entry.to == "account":
            return self.book.accounts[entry.which].status == "APPROVED"
        if entry.to == "saved":
            wanted = ADDRESSES[entry.which]
        else:
            network, wallet, _ = ADDRESSES[entry.which * 6]
            wanted = (network, wallet, entry.identity_id)
        (saved,) = [each for each in self.book.addresses if (each.network, each.wallet, each.identity_id) == wanted]
        small = Decimal(entry.amount) < 3000
        return saved.status == "APPROVED" and (small or saved.travel_rule in VALID)

    def _type(self, entry: Entry) -> str:
        if entry.to != "account":
            return "INTERNAL_TRANSFER_DEBIT" if entry.to == "profile" else "CRYPTO_WITHDRAWAL"
        account = self.book.accounts[entry.which]
        # Paxos says nothing of the network of an account that it does not show.
        return "CUBIX_WITHDRAWAL" if account.status and account.network == "cubix" else "WIRE_WITHDRAWAL"


def _sent(entry: Entry) -> tuple[Any, ...]:
    return *content(entry), entry.identity_id
