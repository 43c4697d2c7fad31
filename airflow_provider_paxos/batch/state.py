"""Keep the state of each payment of a batch: its orchestration, or why there is none."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from airflow_provider_paxos.api.errors import (
    Acceptance,
    OrchestrationMissing,
    OrchestrationUnsuccessful,
    PaxosError,
    RefIdConflict,
    quoted,
    with_more,
)
from airflow_provider_paxos.api.models import Orchestration
from airflow_provider_paxos.api.orchestrations import Submission
from airflow_provider_paxos.api.same_payment import ABSENT, describe_differences, differences, is_comparable
from airflow_provider_paxos.api.statuses import Meaning, meaning_of
from airflow_provider_paxos.batch.validation import BATCH, Payment
from airflow_provider_paxos.receipts import receipt_of, receipt_of_error

NOT_SUBMITTED = "it was not submitted by this attempt."
_SHOWN = 20


@dataclass(slots=True)
class PaymentState:
    """Hold what is known of a payment.

    :param payment: the key and the request.
    :param orchestration: as last read.
    :param adopted: whether an earlier attempt had created it; None if that is not known.
    :param refusal: why there is no orchestration, and what is known of the money.
    :param error: the error of this attempt, as it was raised.
    :param receipt_id: the orchestration's id in the receipt that was left before the deferral.
    :param read_at: when the orchestration was read.
    """

    payment: Payment
    orchestration: Orchestration | None = None
    adopted: bool | None = None
    refusal: str | None = None
    error: PaxosError | None = None
    receipt_id: str | None = None
    read_at: datetime | None = None

    @property
    def id(self) -> str | None:
        """The orchestration's id, also where only the receipt has it."""
        return self.orchestration.id if self.orchestration else self.receipt_id

    @property
    def ref_id(self) -> str:
        """The payment's ref_id."""
        return self.payment.request.ref_id

    @property
    def in_progress(self) -> bool:
        """Return whether there is an orchestration, and its status is not terminal."""
        return self.orchestration is not None and meaning_of(self.orchestration.status) is Meaning.IN_PROGRESS

    @property
    def failed(self) -> bool:
        """Return whether the orchestration is FAILED or REJECTED, or there is none."""
        return self.orchestration is None or meaning_of(self.orchestration.status) is Meaning.UNSUCCESSFUL

    @property
    def status(self) -> str | None:
        """The orchestration's status, as Paxos shows it."""
        return self.orchestration.status if self.orchestration else None

    @property
    def reason(self) -> str | None:
        """Why the payment failed: Paxos' reason, or the error's text."""
        if self.orchestration is None:
            return quoted(self.refusal or NOT_SUBMITTED)
        fault = self.orchestration.fail_reason
        return quoted(fault.detail) if fault and fault.detail else None

    def record(self) -> dict[str, Any]:
        """Return the payment's record in the task's result; what is not known is left out."""
        record = {
            "key": self.payment.key,
            "ref_id": self.ref_id,
            "id": self.orchestration.id if self.orchestration else None,
            "status": self.status,
            "reason": self.reason if self.failed else None,
        }
        return {name: value for name, value in record.items() if value is not None}

    def receipt(self) -> dict[str, Any]:
        """Return the payment's receipt, for the XCom ``orchestration``."""
        if self.orchestration:
            return receipt_of(
                self.orchestration,
                ref_id=self.ref_id,
                adopted=self.adopted,
                key=self.payment.key,
                read_at=self.read_at,
            )
        asked_for = self.payment.request.model_dump(mode="json", exclude_none=True)
        return receipt_of_error(asked_for, self.refusal or NOT_SUBMITTED, key=self.payment.key)


class BatchState:
    """The states of all payments of a batch, in the author's order."""

    def __init__(self, payments: Sequence[Payment]) -> None:
        self._all = [PaymentState(payment) for payment in payments]

    def __iter__(self) -> Iterator[PaymentState]:
        return iter(self._all)

    def __len__(self) -> int:
        return len(self._all)

    @property
    def accepted(self) -> list[PaymentState]:
        """Those with an orchestration."""
        return [each for each in self._all if each.orchestration]

    @property
    def without_orchestration(self) -> list[PaymentState]:
        """Those for which Paxos has shown none: not submitted yet, refused, or of unknown outcome."""
        return [each for each in self._all if not each.orchestration]

    @property
    def in_progress(self) -> list[PaymentState]:
        """Those whose orchestration is not terminal."""
        return [each for each in self._all if each.in_progress]

    @property
    def failed(self) -> list[PaymentState]:
        """Those whose orchestration is FAILED or REJECTED, and those without one."""
        return [each for each in self._all if each.failed]

    def adopt(self, found: Iterable[Orchestration]) -> int:
        """Adopt what earlier attempts created; return how many.

        An orchestration that lacks a field of a payment cannot be compared: it is left for ``submit``, which reads it
        again.

        :param found: as Paxos shows them now.

        :raises RefIdConflict: names every payment whose ref_id belongs to another payment.
        """
        return self._apply([each for each in found if is_comparable(each)], adopted=True)

    def update(self, found: Iterable[Orchestration]) -> int:
        """Update what was accepted by a later read, in which Paxos may leave fields out; return how many were updated.

        :param found: as Paxos shows them now.
        :raises RefIdConflict: names every payment whose ref_id belongs to another payment, by the fields that are
            shown.
        """
        return self._apply(found, adopted=None)

    def _apply(self, found: Iterable[Orchestration], adopted: bool | None) -> int:
        shown = _by_ref_id(found, {each.id: each.ref_id for each in self._all if each.id})
        conflicts = {}
        applied, now = 0, datetime.now(UTC)
        for payment_state in self._all:
            if theirs := shown.get(payment_state.ref_id):
                if differing := _differing(payment_state.payment, theirs, shown_only=adopted is None):
                    conflicts[payment_state.payment.key] = differing
                    payment_state.refusal = f"its ref_id belongs to another payment: {differing}."
                    continue
                payment_state.orchestration, payment_state.read_at = theirs[0], now
                payment_state.adopted = adopted if adopted is not None else payment_state.adopted
                applied += 1
        if conflicts:
            raise conflict(conflicts, len(self._all), Acceptance.NOT_SENT)
        return applied

    def record(self, payment_state: PaymentState, outcome: Submission | PaxosError, at: datetime | None = None) -> None:
        """Record the outcome of a submit.

        :param payment_state: of the payment that was submitted.
        :param outcome: the submission, or the error.
        :param at: when the answer came; None makes the receipt say now.
        """
        payment_state.read_at = at
        if isinstance(outcome, Submission):
            payment_state.orchestration, payment_state.adopted = outcome.orchestration, outcome.adopted
        elif isinstance(outcome, OrchestrationUnsuccessful) and outcome.orchestration:
            payment_state.orchestration = outcome.orchestration
        else:
            payment_state.error = outcome
            payment_state.refusal = str(outcome).removeprefix(f"{outcome.subject}: ")

    def restore(self, receipts: Iterable[Mapping[str, Any]]) -> None:
        """Restore from earlier receipts what Paxos does not show: what was adopted, and why a payment was refused."""
        by_ref_id = {payment_state.ref_id: payment_state for payment_state in self._all}
        for receipt in receipts:
            if payment_state := by_ref_id.get(str(receipt.get("ref_id"))):
                if isinstance(receipt.get("adopted"), bool):
                    payment_state.adopted = receipt["adopted"]
                if receipt.get("error"):
                    payment_state.refusal = str(receipt["error"])
                if receipt.get("id"):
                    payment_state.receipt_id = str(receipt["id"])

    def require_accounted_for(self) -> None:
        """Require an orchestration for each payment, or a reason why there is none.

        :raises OrchestrationMissing: for payments that Paxos had accepted, and does not show any more.
        """
        if not_shown := [each for each in self.without_orchestration if not each.refusal]:
            first = quoted(not_shown[0].payment.key)
            raise OrchestrationMissing(
                f"Paxos does not show {len(not_shown):,} of {len(self):,} payments, the first of them {first}.",
                subject=BATCH,
            )

    def records(self) -> list[dict[str, Any]]:
        """Return the record of each payment, for the task's result."""
        return [each.record() for each in self._all]

    def receipts(self) -> list[dict[str, Any]]:
        """Return the receipt of each payment."""
        return [each.receipt() for each in self._all]


def _by_ref_id(found: Iterable[Orchestration], known: Mapping[str, str]) -> dict[str | None, list[Orchestration]]:
    shown: dict[str | None, dict[str, Orchestration]] = defaultdict(dict)
    for each in found:
        shown[each.ref_id or known.get(each.id)][each.id] = each
    return {ref_id: list(those.values()) for ref_id, those in shown.items()}


def _differing(payment: Payment, theirs: Sequence[Orchestration], *, shown_only: bool) -> str | None:
    """Return how the orchestrations with the payment's ref_id differ from its request; None if they do not."""
    if len(theirs) > 1:
        ids = ", ".join(quoted(each.id) for each in theirs[:3])
        return f"Paxos holds {len(theirs)} orchestrations with its ref_id: {ids}"
    differing = {
        name: (asked, exists)
        for name, (asked, exists) in differences(payment.request, theirs[0]).items()
        if not (shown_only and exists == ABSENT)
    }
    if not differing:
        return None
    return (
        f"orchestration {quoted(theirs[0].id)} ({quoted(theirs[0].status)}) differs: {describe_differences(differing)}"
    )


def conflict(
    conflicts: Mapping[str, str], total: int, acceptance: Acceptance, goes_on: str = "What exists"
) -> RefIdConflict:
    """Return the error for payments whose ref_ids belong to other payments.

    :param conflicts: how they differ, by the payment's key.
    :param total: how many payments the batch has.
    :param acceptance: what is known of the money.
    :param goes_on: the orchestrations that go on unchanged, as the subject of a sentence.
    """
    lines = [f"  {quoted(key)}: {what}" for key, what in list(conflicts.items())[:_SHOWN]]
    shown = with_more("\n".join(lines), len(conflicts) - len(lines), "\n  ")
    what = f"the ref_ids of {len(conflicts):,} of {total:,} payments belong to other payments:\n{shown}"
    return RefIdConflict(f"{what}\n{goes_on} goes on unchanged.", subject=BATCH, acceptance=acceptance)
