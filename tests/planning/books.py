"""Random books: what a Paxos holds, what other runs have paid, and the batch that is about to be paid."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from hypothesis import strategies as st

HAZARDS = ("accounts", "addresses", "travel rule", "balances", "paxos limits", "earlier", "own", "day", "duplicates")
"""What may be wrong with a book; without one of them, all of its kind is as it should be."""

PROFILES = [str(UUID(int=number)) for number in (0xA, 0xB)]
ASSETS = ("USD", "USDC")
ACCOUNTS = [str(UUID(int=number)) for number in (0xC1, 0xC2, 0xC3)]
WALLETS = ("0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", "0xfb6916095ca1df60bb79ce92ce3ea74c37c5d359")
NETWORKS = ("ETHEREUM", "POLYGON_POS")
IDENTITY = str(UUID(int=0x1D))
AMOUNTS = ("250.25", "250.250", "1000", "2999.99", "3000", "3000.01")
AGES = [timedelta(hours=hours) for hours in (0, 0.6, 2, 13, 30, 170)]
"""Of earlier orchestrations: around the beginning of the day in each of the time zones, and of the window."""


@dataclass(frozen=True)
class Account:
    """A bank account; ``status`` None: Paxos has none with this id."""

    id: str
    status: str | None
    network: str = "wire"


@dataclass(frozen=True)
class Address:
    """An address as it is saved; ``status`` None: it is not."""

    network: str
    wallet: str
    identity_id: str | None
    status: str | None
    travel_rule: dict[str, Any] | None


@dataclass(frozen=True)
class Entry:
    """A payment: of the batch, or of another run.

    :param to: ``account``, ``address``, ``saved`` (an address by its id) or ``profile``.
    :param which: of them; an index.
    :param spelling: of an address and its network: as saved, or differently.
    """

    profile: str
    source_asset: str
    destination_asset: str
    amount: str
    to: str
    which: int
    identity_id: str | None = None
    as_saved: bool = True


@dataclass(frozen=True)
class Earlier:
    """An orchestration that exists before the batch.

    :param own: the index of the payment of the batch whose ref_id it has, if it has one's.
    :param entry: what it pays, if that is not what the payment of the batch asks for.
    """

    age: timedelta
    failed: bool
    own: int | None
    entry: Entry | None


@dataclass(frozen=True)
class Book:
    """All that matters to a plan."""

    balances: dict[tuple[str, str], Decimal]
    accounts: list[Account]
    addresses: list[Address]
    rules: list[dict[str, Any]]
    earlier: list[Earlier]
    batch: list[Entry]
    meant: list[list[str]]
    over_time: dict[str, Any] = field(default_factory=dict)


VALID = [
    {"custodian_type": "PRIVATE", "beneficiary": {"self": True}},
    {
        "custodian_type": "VASP",
        "vasp": {"custom_vasp_name": "Their Exchange", "custom_vasp_website": "https://vasp.example"},
        "beneficiary": {"institution_details": {"name": "A", "physical_address": {"country": "SGP"}}},
    },
]
INVALID = [
    None,
    {"custodian_type": "PRIVATE"},
    {"custodian_type": "VASP", "beneficiary": {"self": True}},
    {"beneficiary": {"self": True}},
    {"custodian_type": "PRIVATE", "beneficiary": {"institution_details": {"name": "A"}}},
]
STATUSES = ("APPROVED", "PENDING", "REJECTED", None)
TYPES = ("WIRE_WITHDRAWAL", "CUBIX_WITHDRAWAL", "CRYPTO_WITHDRAWAL", "INTERNAL_TRANSFER_DEBIT")
ADDRESSES = [(network, wallet, who) for network in NETWORKS for wallet in WALLETS for who in (None, IDENTITY)]

_entries = st.builds(
    Entry,
    profile=st.sampled_from(PROFILES),
    source_asset=st.sampled_from(ASSETS),
    destination_asset=st.sampled_from(("USDG", "USDP")),
    amount=st.sampled_from(AMOUNTS),
    to=st.sampled_from(("account", "address", "saved", "profile")),
    which=st.integers(0, 1),
    identity_id=st.sampled_from((None, None, IDENTITY)),
    as_saved=st.booleans(),
)
_rules = st.fixed_dictionaries(
    {
        "transfer_types": st.lists(st.sampled_from(TYPES), min_size=1, max_size=3, unique=True),
        "period_seconds": st.sampled_from((0, 3600, 86400)),
        "limit": st.sampled_from(("500", "3000", "6000.50")),
        "limit_asset": st.sampled_from(("USD", "USDC")),
    }
)


@st.composite
def books(draw: st.DrawFn) -> Book:
    """Draw a book with some of the hazards, or none."""
    hazards = draw(st.sets(st.sampled_from(HAZARDS)))

    def hazard(name: str, strategy: st.SearchStrategy[Any], otherwise: Any) -> Any:
        return draw(strategy) if name in hazards else otherwise

    unique = None if "duplicates" in hazards else content
    batch = draw(st.lists(_entries, min_size=1, max_size=5, unique_by=unique))
    statuses = st.sampled_from(STATUSES)
    keys = [str(number) for number in range(len(batch))]
    names = st.lists(st.sampled_from([*keys, "other-0", "other-1", "nobody"]), max_size=2)
    earlier = hazard("earlier", st.lists(st.builds(_other, st.sampled_from(AGES), st.booleans(), _entries)), [])
    if "duplicates" in hazards:
        again = st.builds(_other, st.sampled_from(AGES), st.booleans(), st.sampled_from(batch))
        earlier += draw(st.lists(again, max_size=3))
    own = st.builds(
        Earlier,
        age=st.sampled_from(AGES),
        failed=st.booleans(),
        own=st.sampled_from(range(len(batch))),
        entry=st.one_of(st.none(), st.none(), _entries),
    )
    earlier += hazard("own", st.lists(own, max_size=3, unique_by=lambda each: each.own), [])
    balance = st.sampled_from([Decimal(amount) for amount in ("0", "250.24", "3000", "7000")])
    return Book(
        balances={
            (profile, asset): hazard("balances", balance, Decimal(90_000)) for profile in PROFILES for asset in ASSETS
        },
        accounts=[
            Account(each, hazard("accounts", statuses, "APPROVED"), draw(st.sampled_from(("wire", "cubix"))))
            for each in ACCOUNTS
        ],
        addresses=[
            Address(
                *each,
                hazard("addresses", statuses, "APPROVED"),
                hazard("travel rule", st.sampled_from(INVALID), draw(st.sampled_from(VALID))),
            )
            for each in ADDRESSES
        ],
        rules=hazard("paxos limits", st.lists(_rules, max_size=2), []),
        earlier=sorted(earlier, key=lambda each: each.age, reverse=True),
        batch=batch,
        meant=[hazard("duplicates", names, []) for _ in batch],
        over_time={
            **hazard("duplicates", _window, {}),
            **hazard("day", _day, {}),
        },
    )


_window = st.fixed_dictionaries({"duplicate_window": st.sampled_from((1, 7))})
_day = st.fixed_dictionaries(
    {"limits_time_zone": st.sampled_from(("UTC", "America/Los_Angeles", "Pacific/Auckland"))},
    optional={
        "max_orchestrations_per_day": st.integers(1, 4),
        "max_source_amount_per_day": st.sampled_from(("USD=3000 USDC=1000.25", "USD=7000")),
    },
)


def content(entry: Entry) -> tuple[Any, ...]:
    """Return the content of a payment: whatever the digits of its amount and the spelling of an address are."""
    amount = Decimal(entry.amount)
    return entry.profile, entry.source_asset, entry.destination_asset, amount, entry.to, entry.which


def _other(age: timedelta, failed: bool, entry: Entry) -> Earlier:
    return Earlier(age, failed, None, entry)
