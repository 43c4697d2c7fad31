"""What a status means. Anything unknown means wait: Paxos may add statuses without notice."""

from __future__ import annotations

from enum import Enum, StrEnum

from airflow_provider_paxos.api.errors import (
    Acceptance,
    OrchestrationEnded,
    OrchestrationFailed,
    OrchestrationRejected,
    StillUnderWay,
    Subject,
    quoted,
)
from airflow_provider_paxos.api.models import Orchestration, OrchestrationRequest


class Status(StrEnum):
    """The statuses that Paxos publishes; PENDING awaits an approval."""

    PENDING = "PENDING"
    PROCESSING = "PROCESSING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    REJECTED = "REJECTED"


class Stage(Enum):
    """What a waiter makes of a status."""

    UNDER_WAY = "under way"
    SETTLED = "settled"
    LOST = "lost"


_STAGES: dict[str | None, Stage] = {
    Status.COMPLETED: Stage.SETTLED,
    Status.FAILED: Stage.LOST,
    Status.REJECTED: Stage.LOST,
}
_KNOWN = frozenset(Status)
_ENDS: dict[str | None, tuple[type[OrchestrationEnded], str]] = {
    Status.FAILED: (OrchestrationFailed, "The reserved funds return to the source profile."),
    Status.REJECTED: (OrchestrationRejected, "Its approval was refused; no money moves."),
}


def stage(status: str | None) -> Stage:
    """Return what a status means for a waiter; an unknown one is under way."""
    return _STAGES.get(status, Stage.UNDER_WAY)


def is_known(status: str | None) -> bool:
    """Tell whether Paxos has published this status."""
    return status in _KNOWN


def amount_of(payment: Orchestration | OrchestrationRequest) -> str | None:
    """Return amount and assets in words: ``100.00 USD to USDG``."""
    if payment.source_amount is None:
        return None
    return f"{payment.source_amount:f} {payment.source_asset} to {payment.destination_asset}"


def require_success(orchestration: Orchestration) -> Orchestration:
    """Return the orchestration, unless it has ended otherwise than COMPLETED.

    :raises OrchestrationFailed: with ``fail_reason.detail``.
    :raises OrchestrationRejected: likewise.
    """
    if orchestration.status not in _ENDS:
        return orchestration
    error, consequence = _ENDS[orchestration.status]
    reason = orchestration.fail_reason.detail if orchestration.fail_reason else None
    subject = Subject("Orchestration", orchestration.ref_id, orchestration.id, amount_of(orchestration))
    what = f"it ended {orchestration.status}: {quoted(reason or 'Paxos gave no reason').rstrip('.')}. {consequence}"
    ended = error(what, subject=subject, acceptance=Acceptance.ACCEPTED, detail=quoted(reason) if reason else None)
    ended.orchestration = orchestration
    raise ended


def require_settled(orchestration: Orchestration) -> Orchestration:
    """Return the orchestration if it is COMPLETED.

    :raises OrchestrationEnded: if it ended otherwise.
    :raises StillUnderWay: if it has not ended.
    """
    require_success(orchestration)
    if stage(orchestration.status) is Stage.SETTLED:
        return orchestration
    raise StillUnderWay(
        f"it was said to have ended, but is {quoted(orchestration.status)}.",
        subject=Subject("Orchestration", orchestration.ref_id, orchestration.id, amount_of(orchestration)),
        acceptance=Acceptance.ACCEPTED,
    )
