"""One orchestration: what the API shows of it, and what is going to happen to it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

from airflow_provider_paxos.emulator.amounts import plain
from airflow_provider_paxos.emulator.clock import rfc3339
from airflow_provider_paxos.emulator.outcomes import Outcome

CUSTOMER = "00000000-0000-4000-8000-0000000000c0"
"""The one customer; ref_ids are unique among its orchestrations."""

FINAL = frozenset({"COMPLETED", "FAILED", "REJECTED"})

LegStatus = Literal["PENDING", "PROCESSING", "COMPLETED", "FAILED"]
StepName = Literal["approve", "reject", "begin", "convert", "finish"]
Whereabouts = Literal["held", "converting", "delivered", "returned"]


@dataclass
class Leg:
    """One of the two transfers; it has an id once it is more than planned."""

    status: LegStatus
    transfer_id: str | None = None

    def shown(self) -> dict[str, str]:
        """Return it as the API does."""
        shown: dict[str, str] = {} if self.transfer_id is None else {"transfer_id": self.transfer_id}
        return {**shown, "status": self.status}


@dataclass(frozen=True)
class Step:
    """Something that happens to an orchestration at a time."""

    at: datetime
    name: StepName


@dataclass
class Orchestration:
    """An orchestration, its money's whereabouts and its plan."""

    seq: int
    id: str
    profile_id: str
    ref_id: str
    source_asset: str
    destination_asset: str
    source_amount: str
    amount: Decimal
    source: dict[str, dict[str, str]]
    destination: dict[str, dict[str, str]]
    optional: dict[str, Any]
    """``identity_id``, ``account_id`` and ``metadata``, as far as the request had them."""
    created_at: datetime
    updated_at: datetime
    outcome: Outcome
    settle_seconds: float
    status: str = "PROCESSING"
    fail_reason: str | None = None
    source_transfer: Leg | None = None
    destination_transfer: Leg | None = None
    money: Whereabouts = "held"
    plan: list[Step] = field(default_factory=list)

    def shown(self, *, normalize: bool = False) -> dict[str, Any]:
        """Return it as the API does.

        :param normalize: write the amount without needless zeros instead of as it was sent
        """
        shown: dict[str, Any] = {
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
        if self.fail_reason is not None:
            shown["fail_reason"] = {"detail": self.fail_reason}
        for name, leg in (
            ("source_transfer", self.source_transfer),
            ("destination_transfer", self.destination_transfer),
        ):
            if leg is not None:
                shown[name] = leg.shown()
        return shown
