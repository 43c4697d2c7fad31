"""The invariants: what a caller was answered, against what the emulator's book says."""

from __future__ import annotations

from dataclasses import dataclass, field

from airflow_provider_paxos.api.errors import (
    Acceptance,
    CreatedByAnother,
    OrchestrationUnsuccessful,
    PaxosError,
    RefIdConflict,
)
from airflow_provider_paxos.api.orchestrations import Submission
from airflow_provider_paxos.emulator.backend import Backend
from airflow_provider_paxos.emulator.models import Orchestration
from tests.chaos.callers import Attempt
from tests.chaos.payments import Payment
from tests.chaos.tally import TALLY

LOST = ("FAILED", "REJECTED")

_RECENT = 300.0
"""Seconds: clocks of two machines may differ by as much."""

SAYS_NOT_PAID = ("nothing was sent to paxos", "did not accept the orchestration", "no money moves")
"""Words of an error that a reader takes for: this payment was not made."""


def violated(kind: str, what: str) -> AssertionError:
    """Count a broken invariant, and return the error that ends the history."""
    TALLY.count("violations", kind)
    return AssertionError(f"{kind}: {what}")


@dataclass
class Invariants:
    """Judges one history.

    :param paxos: the emulator
    :param twins: the ids of orchestrations that only a list showed
    """

    paxos: Backend
    twins: set[str]
    attempts: dict[int, Attempt] = field(default_factory=dict)
    denied: dict[int, str] = field(default_factory=dict)
    """What was answered to attempts that were said not to have been accepted."""

    def succeeded(self, attempt: Attempt, submitted: Submission) -> None:
        """Judge an attempt that was answered "created" or "adopted"."""
        held = self.paxos.store.by_ref_id(attempt.payment.ref_id)
        if attempt.payment.creator is None and submitted.orchestration.id in self.twins:
            return  # Who adopts from everybody adopts what is the same.
        if held is None or held.id != submitted.orchestration.id:
            raise violated("lost", f"{attempt} got {submitted.orchestration.id}, the book has {held}")
        # What an answer to Create leaves out is not compared, and a replayed answer is one.
        if attempt.payment.differs_from(held) or (attempt.payment.missing_in(held) and not attempt.replayed):
            raise violated("conflicts reported as success", f"{attempt}: {held}")
        if self.is_strange(attempt.payment, held):
            raise violated("adopted from a stranger", f"{attempt}: {held}")
        created_by = self.attempts[accepted_attempt(held)]
        if not submitted.adopted and created_by is not attempt and not _is_ambiguous(attempt, created_by, held):
            raise violated("adopted reported as created", f"{attempt}: {held}")
        another = created_by.payment.creator != attempt.payment.creator or attempt.payment.creator is None
        if submitted.adopted and bool(submitted.other_creator) != another:
            raise violated("creators that are not named", f"{attempt}: {submitted.other_creator}, {held}")
        if submitted.orchestration.status in LOST or (held.status in LOST and not attempt.overtaken):
            raise violated("lost payments reported as success", f"{attempt}: {held.status}")

    def failed(self, attempt: Attempt, error: PaxosError) -> None:
        """Judge an attempt that was answered with an error."""
        text, held = str(error), self.paxos.store.by_ref_id(attempt.payment.ref_id)
        paid = held is not None and attempt.payment.is_paid_by(held)
        differing = attempt.payment.differs_from(held) if held else set()
        report = f"{attempt} got {type(error).__name__}: {text!r}; the book has {held}"
        if (
            paid
            and not isinstance(error, OrchestrationUnsuccessful)
            and any(each in text.lower() for each in SAYS_NOT_PAID)
        ):
            raise violated("paid, but reported as not paid", report)
        match error.acceptance:
            case Acceptance.ACCEPTED:
                true = paid and held and held.status in LOST and error.orchestration_id == held.id
            case Acceptance.UNKNOWN:
                true = attempt.posted and error.retryable
            case Acceptance.EXISTS if isinstance(error, CreatedByAnother):
                strange = held is not None and self.is_strange(attempt.payment, held)
                true = strange or error.orchestration_id in self.twins
            case Acceptance.EXISTS:
                true = held is not None
            case Acceptance.NEVER:
                true = isinstance(error, RefIdConflict) and bool(differing)
                self.denied[attempt.number] = text
            case Acceptance.IRRELEVANT:
                true = False
            case _:
                true = held is None or accepted_attempt(held) != attempt.number
                self.denied[attempt.number] = text
        if not true or error.acceptance.value not in text:
            raise violated("untrue errors", report)
        # What Paxos shows with the refusal may be a part of the record, and a part of the differences.
        of_a_twin = error.orchestration_id in self.twins
        if (
            isinstance(error, RefIdConflict)
            and not of_a_twin
            and not (error.differences and set(error.differences) <= differing)
        ):
            raise violated("untrue conflicts", report)
        if attempt.payment.ref_id not in text or not any(word in text.lower() for word in ("retry", "again")):
            raise violated("errors without ref_id or advice", report)
        secrets = (self.paxos.settings.client_secret.get_secret_value(), "Bearer")
        if any(secret in f"{text}{error!r}" for secret in secrets):
            raise violated("secrets shown", report)

    def is_strange(self, payment: Payment, held: Orchestration) -> bool:
        """Return whether somebody has created an orchestration from whom a payment is not adopted."""
        accepted = self.attempts.get(accepted_attempt(held))
        return accepted is not None and payment.is_of_a_stranger(accepted.payment)

    def books_are_right(self) -> None:
        """Judge the book and the ledger."""
        ledger = self.paxos.ledger
        if any(ledger.sums().values()):
            raise violated("ledger out of balance", str(ledger.sums()))
        reserved = [booking.ref_id for booking in ledger.bookings if booking.reason == "reserve"]
        if len(reserved) != len(set(reserved)):
            raise violated("duplicates", str(reserved))
        for held in self.paxos.store.orchestrations:
            attempt = self.attempts.get(accepted_attempt(held))
            if attempt is None or attempt.payment.ref_id != held.ref_id or not attempt.payment.is_paid_by(held):
                raise violated("unexplained", f"{held}; {attempt}")
            if attempt.number in self.denied:
                raise violated("untrue errors", f"{attempt} got {self.denied[attempt.number]!r}: {held}")


def _is_ambiguous(attempt: Attempt, created_by: Attempt, held: Orchestration) -> bool:
    """Return whether a replayed answer looks just as one to this very attempt would."""
    creator = attempt.payment.creator
    is_recent = held.created_at.timestamp() >= attempt.began - _RECENT
    return attempt.replayed and is_recent and (creator is None or creator == created_by.payment.creator)


def accepted_attempt(held: Orchestration) -> int:
    """Return the number of the attempt that an orchestration was accepted from; -1 if it says none."""
    number = held.optional.get("metadata", {}).get("attempt", "")
    return int(number) if number.isdecimal() else -1
