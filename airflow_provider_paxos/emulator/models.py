"""Define the emulator's records: profiles, orchestrations with their transfers, and events.

The records hold data and write themselves as the API's JSON. ``lifecycle`` changes them, and ``store`` finds them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal
from uuid import uuid4

from airflow_provider_paxos.emulator.amounts import plain
from airflow_provider_paxos.emulator.clock import rfc3339, with_nanoseconds
from airflow_provider_paxos.emulator.limit_rules import TransferType

CUSTOMER = "00000000-0000-4000-8000-0000000000c0"
"""The one customer; ref_ids are unique among its orchestrations."""

DEFAULT_PROFILE = "00000000-0000-4000-8000-000000000001"
TREASURY_PROFILE = "00000000-0000-4000-8000-000000000002"
PAYOUTS_PROFILE = "00000000-0000-4000-8000-000000000003"

SEED_PROFILES = ((DEFAULT_PROFILE, "default"), (TREASURY_PROFILE, "treasury"), (PAYOUTS_PROFILE, "payouts"))
"""The id and nickname of each profile that an emulator starts with."""

SEED_BALANCE = Decimal(10_000_000)
"""The amount of every asset that each of these profiles starts with."""

TERMINAL = frozenset({"COMPLETED", "FAILED", "REJECTED"})

EVENT_TYPES = {
    "PROCESSING": "orchestration.processing",
    "COMPLETED": "orchestration.completed",
    "FAILED": "orchestration.failed",
}
"""The type of the event of each status that has one: PENDING and REJECTED have none."""

Party = dict[str, dict[str, str]]
"""A source or destination: one of ``profile``, ``fiat`` and ``crypto``, and its fields."""

TerminalStatus = Literal["COMPLETED", "FAILED", "REJECTED"]
DetailsStatus = Literal["PENDING", "PROCESSING", "COMPLETED", "FAILED"]
StepName = Literal["approve", "reject", "begin", "convert", "finish"]
MoneyLocation = Literal["held", "converting", "delivered", "returned"]


@dataclass(frozen=True)
class Profile:
    """Holds a profile, and its place in the order of creation."""

    seq: int
    id: str
    nickname: str
    type: Literal["DEFAULT", "NORMAL"]
    created_at: datetime

    def to_json(self) -> dict[str, str]:
        """Return it as the API does."""
        return {"id": self.id, "nickname": self.nickname, "type": self.type}


@dataclass(frozen=True)
class PlannedOutcome:
    """Holds the terminal status that an orchestration is going to reach.

    :param status: the terminal status; REJECTED comes after PENDING
    :param approval: start as PENDING
    :param reason: ``fail_reason.detail`` of a FAILED or REJECTED one
    :param settle_seconds: overrides the setting of that name
    """

    status: TerminalStatus = "COMPLETED"
    approval: bool = False
    reason: str | None = None
    settle_seconds: float | None = None


@dataclass
class TransferDetails:
    """Holds what an orchestration shows of one of its two transfers; it has an id from PROCESSING on."""

    status: DetailsStatus
    transfer_id: str | None = None

    def to_json(self) -> dict[str, str]:
        """Return it as the API does."""
        document: dict[str, str] = {} if self.transfer_id is None else {"transfer_id": self.transfer_id}
        return {**document, "status": self.status}


@dataclass(frozen=True)
class Step:
    """Holds a change of an orchestration that is due at a time."""

    at: datetime
    name: StepName


@dataclass
class Orchestration:
    """Holds an orchestration, the location of its money and the steps that are still to come."""

    seq: int
    id: str
    profile_id: str
    ref_id: str
    source_asset: str
    destination_asset: str
    source_amount: str
    amount: Decimal
    source: Party
    destination: Party
    optional: dict[str, Any]
    """``identity_id``, ``account_id`` and ``metadata``, as far as the request had them."""
    created_at: datetime
    updated_at: datetime
    outcome: PlannedOutcome
    settle_seconds: float
    withdrawal_type: TransferType
    """The type of the transfer to its destination, which limits and fees depend on."""
    fee: Decimal = Decimal()
    """What that transfer costs, of its amount."""
    rule_id: str | None = None
    status: str = "PROCESSING"
    fail_reason: str | None = None
    source_transfer: TransferDetails | None = None
    destination_transfer: TransferDetails | None = None
    money: MoneyLocation = "held"
    pending_steps: list[Step] = field(default_factory=list)
    altered: dict[str, Any] = field(default_factory=dict)
    """Fields that the API shows with another value than they have; None shows none."""

    def to_json(self, *, normalize: bool = False) -> dict[str, Any]:
        """Return it as the API does.

        :param normalize: write the amount without needless zeros instead of as it was sent
        """
        document: dict[str, Any] = {
            "id": self.id,
            "profile_id": self.profile_id,
            "customer_id": CUSTOMER,
            "ref_id": self.ref_id,
            "source_asset": self.source_asset,
            "destination_asset": self.destination_asset,
            "source_amount": plain(self.amount) if normalize else self.source_amount,
            "status": self.status,
            "source": self.source,
            "destination": self.destination,
            "created_at": rfc3339(self.created_at),
            "updated_at": rfc3339(self.updated_at),
            **self.optional,
        }
        if self.rule_id is not None:
            document["orchestration_rule_id"] = self.rule_id
        if self.fail_reason is not None:
            document["fail_reason"] = {"detail": self.fail_reason}
        for name, transfer in (
            ("source_transfer", self.source_transfer),
            ("destination_transfer", self.destination_transfer),
        ):
            if transfer is not None:
                document[name] = transfer.to_json()
        document.update(self.altered)
        return {name: value for name, value in document.items() if value is not None}


@dataclass(frozen=True)
class Event:
    """Holds an event, and its place in the order of creation."""

    seq: int
    id: str
    type: str
    orchestration_id: str
    ref_id: str
    status: str
    created_at: datetime
    rule_id: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Return it as the API does."""
        change = {"id": self.orchestration_id, "ref_id": self.ref_id, "status": self.status}
        if self.rule_id is not None:
            change["orchestration_rule_id"] = self.rule_id
        return {
            "id": self.id,
            "type": self.type,
            "object_type": "orchestration_status_change",
            "object": change,
            "created_at": with_nanoseconds(self.created_at, self.seq),
            "undelivered_webhooks": 0,
        }


def event_for(orchestration: Orchestration, seq: int, at: datetime) -> Event | None:
    """Return the event of an orchestration's present status, or None if the status has none."""
    status = orchestration.status
    if status not in EVENT_TYPES:
        return None
    return Event(
        seq=seq,
        id=str(uuid4()),
        type=EVENT_TYPES[status],
        orchestration_id=orchestration.id,
        ref_id=orchestration.ref_id,
        status=status,
        created_at=at,
        rule_id=orchestration.rule_id,
    )
