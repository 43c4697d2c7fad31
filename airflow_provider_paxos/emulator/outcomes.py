"""How an orchestration is going to end: by a destination that says so, by a control, or well."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from airflow_provider_paxos.emulator.create_request import CreateRequest

FAILS = "fa11ed00-0000-4000-8000-000000000001"
"""A destination bank account whose payments end FAILED, and the money returns."""

NEEDS_APPROVAL = "a99e0000-0000-4000-8000-000000000002"
"""One whose payments stay PENDING until approved or rejected, or for ``approve_seconds`` when set."""

REJECTED = "4e1ec7ed-0000-4000-8000-000000000003"
"""One whose payments are PENDING, then REJECTED after ``settle_seconds``."""

FAIL_REASON = "beneficiary bank returned the payment: account closed"
REJECT_REASON = "rejected by an approver"

End = Literal["COMPLETED", "FAILED", "REJECTED"]


@dataclass(frozen=True)
class Outcome:
    """A planned end.

    :param end: the final status; REJECTED comes after PENDING
    :param approval: start as PENDING
    :param reason: ``fail_reason.detail`` of a FAILED or REJECTED one
    :param settle_seconds: overrides the setting of that name
    """

    end: End = "COMPLETED"
    approval: bool = False
    reason: str | None = None
    settle_seconds: float | None = None


MAGIC: Mapping[str, Outcome] = {
    FAILS: Outcome("FAILED", reason=FAIL_REASON),
    NEEDS_APPROVAL: Outcome(approval=True),
    REJECTED: Outcome("REJECTED", approval=True, reason=REJECT_REASON),
}
"""What decides by a destination's bank account id, crypto address or address id."""


@dataclass
class Ordered:
    """An outcome ordered for the next creates of a kind.

    :param match: a request's fields, dotted when nested, and the values that they must have
    :param times: how many more creates it decides
    """

    outcome: Outcome
    match: dict[str, Any] = field(default_factory=dict)
    times: int = 1

    def matches(self, request: Mapping[str, Any]) -> bool:
        """Return whether a create request has those values."""
        return all(_at(request, path) == value for path, value in self.match.items())


def take(orders: list[Ordered], request: CreateRequest) -> Outcome:
    """Return how an orchestration ends, and use up the order that says so, if one does."""
    for order in orders:
        if order.matches(request.body):
            order.times -= 1
            if not order.times:
                orders.remove(order)
            return order.outcome
    values = (value for rail in (request.destination or {}).values() for value in rail.values())
    return next((MAGIC[value] for value in values if value in MAGIC), Outcome())


def _at(request: Mapping[str, Any], path: str) -> Any:
    value: Any = request
    for name in path.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    return value
