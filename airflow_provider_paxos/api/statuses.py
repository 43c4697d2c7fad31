"""The statuses of an orchestration, and what each of them means: the one table, for waiting, errors and the web UI.

An unknown status means to wait: Paxos may add statuses without notice.
"""

from __future__ import annotations

from enum import Enum, StrEnum

from airflow_provider_paxos.api.errors import (
    Acceptance,
    OrchestrationFailed,
    OrchestrationRejected,
    OrchestrationUnsuccessful,
    StillInProgress,
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


class Meaning(Enum):
    """The three things that a status can mean."""

    IN_PROGRESS = "in progress"
    COMPLETED = "completed"
    UNSUCCESSFUL = "unsuccessful"


_MEANINGS: dict[str | None, Meaning] = {
    Status.COMPLETED: Meaning.COMPLETED,
    Status.FAILED: Meaning.UNSUCCESSFUL,
    Status.REJECTED: Meaning.UNSUCCESSFUL,
}
_KNOWN = frozenset(Status)
_UNSUCCESSFUL: dict[str | None, tuple[type[OrchestrationUnsuccessful], str]] = {
    Status.FAILED: (OrchestrationFailed, "The reserved funds return to the source profile."),
    Status.REJECTED: (OrchestrationRejected, "Its approval was refused; no money moves."),
}


def meaning_of(status: str | None) -> Meaning:
    """Return what a status means; an unknown one is in progress."""
    return _MEANINGS.get(status, Meaning.IN_PROGRESS)


def consequence_of(status: str | None) -> str | None:
    """Return what an unsuccessful status means for the money; None for any other status."""
    return _UNSUCCESSFUL[status][1] if status in _UNSUCCESSFUL else None


def is_known(status: str | None) -> bool:
    """Return whether Paxos has published this status."""
    return status in _KNOWN


def amount_of(payment: Orchestration | OrchestrationRequest) -> str | None:
    """Return amount and assets in words: ``100.00 USD to USDG``."""
    if payment.source_amount is None:
        return None
    return f"{payment.source_amount:f} {payment.source_asset} to {payment.destination_asset}"


def require_not_failed(orchestration: Orchestration) -> Orchestration:
    """Return the orchestration, unless it is FAILED or REJECTED.

    :raises OrchestrationFailed: with ``fail_reason.detail``.
    :raises OrchestrationRejected: likewise.
    """
    if orchestration.status not in _UNSUCCESSFUL:
        return orchestration
    error, consequence = _UNSUCCESSFUL[orchestration.status]
    reason = orchestration.fail_reason.detail if orchestration.fail_reason else None
    subject = Subject("Orchestration", orchestration.ref_id, orchestration.id, amount_of(orchestration))
    what = f"it is {orchestration.status}: {quoted(reason or 'Paxos gave no reason').rstrip('.')}. {consequence}"
    unsuccessful = error(
        what, subject=subject, acceptance=Acceptance.ACCEPTED, detail=quoted(reason) if reason else None
    )
    unsuccessful.orchestration = orchestration
    raise unsuccessful


def require_completed(orchestration: Orchestration) -> Orchestration:
    """Return the orchestration if it is COMPLETED.

    :raises OrchestrationUnsuccessful: if it is FAILED or REJECTED.
    :raises StillInProgress: if its status is not terminal.
    """
    require_not_failed(orchestration)
    if meaning_of(orchestration.status) is Meaning.COMPLETED:
        return orchestration
    raise StillInProgress(
        f"a terminal status was reported, but Paxos returns {quoted(orchestration.status)}.",
        subject=Subject("Orchestration", orchestration.ref_id, orchestration.id, amount_of(orchestration)),
        acceptance=Acceptance.ACCEPTED,
    )
