"""Where each payment of a batch stands: what Paxos holds for it, or why it holds nothing."""

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
    """Where a payment stands.

    :param orchestration: as Paxos last told it.
    :param adopted: whether an earlier attempt had created it, as far as that is known.
    :param refusal: why there is no orchestration, and what is known of the money.
    :param error: the refusal of this attempt, as it was raised.
    :param remembered_id: the id that an earlier attempt has left in its receipt.
    :param read_at: when Paxos told it.
    """

    payment: Payment
    orchestration: Orchestration | None = None
    adopted: bool | None = None
    refusal: str | None = None
    error: PaxosError | None = None
    remembered_id: str | None = None
    read_at: datetime | None = None

    @property
    def id(self) -> str | None:
        """The orchestration's id, also where an earlier attempt alone has seen it."""
        return self.orchestration.id if self.orchestration else self.remembered_id

    @property
    def ref_id(self) -> str:
        """The payment's ref_id."""
        return self.payment.request.ref_id

    @property
    def under_way(self) -> bool:
        """Whether Paxos holds an orchestration that has not ended."""
        return self.orchestration is not None and meaning_of(self.orchestration.status) is Meaning.IN_PROGRESS

    @property
    def failed(self) -> bool:
        """Whether the payment is FAILED, REJECTED, or none of Paxos' orchestrations."""
        return self.orchestration is None or meaning_of(self.orchestration.status) is Meaning.UNSUCCESSFUL

    @property
    def status(self) -> str | None:
        """The status that Paxos tells."""
        return self.orchestration.status if self.orchestration else None

    @property
    def reason(self) -> str | None:
        """Why it has failed, in the words of Paxos or of the error."""
        if self.orchestration is None:
            return quoted(self.refusal or NOT_SUBMITTED)
        fault = self.orchestration.fail_reason
        return quoted(fault.detail) if fault and fault.detail else None

    def record(self) -> dict[str, Any]:
        """Return what the task's result says of the payment; what is not known is left out."""
        told = {
            "key": self.payment.key,
            "ref_id": self.ref_id,
            "id": self.orchestration.id if self.orchestration else None,
            "status": self.status,
            "reason": self.reason if self.failed else None,
        }
        return {name: value for name, value in told.items() if value is not None}

    def receipt(self) -> dict[str, Any]:
        """Return what the XCom ``orchestration`` says of the payment."""
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
    """Where all payments of a batch stand, in their order."""

    def __init__(self, payments: Sequence[Payment]) -> None:
        self._all = [PaymentState(payment) for payment in payments]

    def __iter__(self) -> Iterator[PaymentState]:
        return iter(self._all)

    def __len__(self) -> int:
        return len(self._all)

    @property
    def accepted(self) -> list[PaymentState]:
        """Those for which Paxos holds an orchestration."""
        return [each for each in self._all if each.orchestration]

    @property
    def missing(self) -> list[PaymentState]:
        """Those for which it holds none, as far as is known."""
        return [each for each in self._all if not each.orchestration]

    @property
    def under_way(self) -> list[PaymentState]:
        """Those that have not ended."""
        return [each for each in self._all if each.under_way]

    @property
    def failed(self) -> list[PaymentState]:
        """Those that have ended otherwise than COMPLETED, or were never accepted."""
        return [each for each in self._all if each.failed]

    def adopt(self, found: Iterable[Orchestration]) -> int:
        """Adopt what an earlier attempt has created; return how many.

        What Paxos shows in part only is left for ``submit`` to make out.

        :raises RefIdConflict: names every payment whose ref_id belongs to another payment.
        """
        return self._take_in([each for each in found if is_comparable(each)], adopted=True)

    def update(self, found: Iterable[Orchestration]) -> int:
        """Take in a later reading of what was accepted, in which Paxos may leave fields out; return of how many.

        :raises RefIdConflict: names every payment whose ref_id belongs to another payment, by the fields that are
            shown.
        """
        return self._take_in(found, adopted=None)

    def _take_in(self, found: Iterable[Orchestration], adopted: bool | None) -> int:
        shown = _by_ref_id(found, {each.id: each.ref_id for each in self._all if each.id})
        conflicts = {}
        taken, now = 0, datetime.now(UTC)
        for payment_state in self._all:
            if theirs := shown.get(payment_state.ref_id):
                if differing := _differing(payment_state.payment, theirs, shown_only=adopted is None):
                    conflicts[payment_state.payment.key] = differing
                    payment_state.refusal = f"its ref_id belongs to another payment: {differing}."
                    continue
                payment_state.orchestration, payment_state.read_at = theirs[0], now
                payment_state.adopted = adopted if adopted is not None else payment_state.adopted
                taken += 1
        if conflicts:
            raise conflict(conflicts, len(self._all), Acceptance.NOT_SENT)
        return taken

    def note(self, payment_state: PaymentState, outcome: Submission | PaxosError, at: datetime | None = None) -> None:
        """Take in what the submitting of a payment came to.

        :param at: when Paxos told it; now by default.
        """
        payment_state.read_at = at
        if isinstance(outcome, Submission):
            payment_state.orchestration, payment_state.adopted = outcome.orchestration, outcome.adopted
        elif isinstance(outcome, OrchestrationUnsuccessful) and outcome.orchestration:
            payment_state.orchestration = outcome.orchestration
        else:
            payment_state.error = outcome
            payment_state.refusal = str(outcome).removeprefix(f"{outcome.subject}: ")

    def remember(self, receipts: Iterable[Mapping[str, Any]]) -> None:
        """Take from earlier receipts what Paxos does not tell: what was adopted, and why a payment was refused."""
        by_ref_id = {payment_state.ref_id: payment_state for payment_state in self._all}
        for receipt in receipts:
            if payment_state := by_ref_id.get(str(receipt.get("ref_id"))):
                if isinstance(receipt.get("adopted"), bool):
                    payment_state.adopted = receipt["adopted"]
                if receipt.get("error"):
                    payment_state.refusal = str(receipt["error"])
                if receipt.get("id"):
                    payment_state.remembered_id = str(receipt["id"])

    def require_accounted_for(self) -> None:
        """Let all payments pass for which there is an orchestration, or a reason why there is none.

        :raises OrchestrationMissing: for what Paxos has accepted, and does not show any more.
        """
        if lost := [each for each in self.missing if not each.refusal]:
            first = quoted(lost[0].payment.key)
            raise OrchestrationMissing(
                f"Paxos does not show {len(lost):,} of {len(self):,} payments, the first of them {first}.",
                subject=BATCH,
            )

    def records(self) -> list[dict[str, Any]]:
        """Return the task's result, payment by payment."""
        return [each.record() for each in self._all]

    def receipts(self) -> list[dict[str, Any]]:
        """Return the receipts, payment by payment."""
        return [each.receipt() for each in self._all]


def _by_ref_id(found: Iterable[Orchestration], known: Mapping[str, str]) -> dict[str | None, list[Orchestration]]:
    shown: dict[str | None, dict[str, Orchestration]] = defaultdict(dict)
    for each in found:
        shown[each.ref_id or known.get(each.id)][each.id] = each
    return {ref_id: list(those.values()) for ref_id, those in shown.items()}


def _differing(payment: Payment, theirs: Sequence[Orchestration], *, shown_only: bool) -> str | None:
    """Return in what Paxos' orchestration is not the payment's payment."""
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

    :param conflicts: per key of a payment, in what they differ.
    :param goes_on: what Paxos has accepted all the same.
    """
    lines = [f"  {quoted(key)}: {what}" for key, what in list(conflicts.items())[:_SHOWN]]
    shown = with_more("\n".join(lines), len(conflicts) - len(lines), "\n  ")
    what = f"the ref_ids of {len(conflicts):,} of {total:,} payments belong to other payments:\n{shown}"
    return RefIdConflict(f"{what}\n{goes_on} goes on unchanged.", subject=BATCH, acceptance=acceptance)
