"""Keep the state of each payment of a batch: its orchestration, or why there is none."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from airflow_provider_paxos.api.adoption import Adoption, Match
from airflow_provider_paxos.api.creators import Adopt, Relation
from airflow_provider_paxos.api.errors import (
    Acceptance,
    CreatedByAnother,
    OrchestrationMissing,
    OrchestrationUnsuccessful,
    PaxosError,
    RefIdConflict,
    quoted,
    with_more,
)
from airflow_provider_paxos.api.models import Orchestration
from airflow_provider_paxos.api.orchestrations import Submission
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
    :param adopted: whether it existed before this attempt; None if that is not known.
    :param creator: who created it, if that is not this very task instance; ``unknown`` without a stamp.
    :param refusal: why there is no orchestration, and what is known of the money.
    :param error: the error of this attempt, as it was raised.
    :param receipt_id: the orchestration's id in the receipt that was left before the deferral.
    :param read_at: when the orchestration was read.
    :param adopt: whose orchestrations the batch adopts.
    """

    payment: Payment
    orchestration: Orchestration | None = None
    adopted: bool | None = None
    creator: str | None = None
    refusal: str | None = None
    error: PaxosError | None = None
    receipt_id: str | None = None
    read_at: datetime | None = None
    adopt: Adopt = Adopt.SAME_TASK

    @property
    def id(self) -> str | None:
        """The orchestration's id, also where only the receipt has it."""
        return self.orchestration.id if self.orchestration else self.receipt_id

    @property
    def ref_id(self) -> str:
        """The payment's ref_id."""
        return self.payment.request.ref_id

    @property
    def adoption(self) -> Adoption:
        """The rule by which an orchestration is this payment's."""
        return Adoption(self.payment.request, self.payment.creator, self.adopt)

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

    def take(self, match: Match, *, adopted: bool = True) -> None:
        """Take an orchestration for the payment's own.

        :param adopted: whether it existed before this attempt.
        """
        self.orchestration, self.adopted, self.read_at = match.orchestration, adopted, datetime.now(UTC)
        if adopted and match.relation is not Relation.OWN:
            self.creator = match.creator or "unknown"

    def record(self) -> dict[str, Any]:
        """Return the payment's record in the task's result; what is not known is left out."""
        record = {
            "key": self.payment.key,
            "ref_id": self.ref_id,
            "id": self.orchestration.id if self.orchestration else None,
            "status": self.status,
            "creator": self.creator,
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
                creator=self.creator,
                key=self.payment.key,
                read_at=self.read_at,
            )
        asked_for = self.payment.request.model_dump(mode="json", exclude_none=True)
        return receipt_of_error(asked_for, self.refusal or NOT_SUBMITTED, key=self.payment.key)


class BatchState:
    """The states of all payments of a batch, in the author's order.

    :param adopt: whose orchestrations the batch adopts.
    """

    def __init__(self, payments: Sequence[Payment], adopt: Adopt = Adopt.SAME_TASK) -> None:
        self.adopt_from = adopt
        self._all = [PaymentState(payment, adopt=adopt) for payment in payments]

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

    @property
    def by_others(self) -> list[PaymentState]:
        """Those whose orchestration another run, or nobody known, has created."""
        return [each for each in self._all if each.creator]

    def adopt(self, found: Iterable[Orchestration]) -> int:
        """Adopt what exists already; return how many.

        What lacks a field of a payment, or its creator, is left for ``submit``, which reads it again.

        :param found: as Paxos shows them now.
        :raises RefIdConflict: names every payment whose ref_id belongs to another payment.
        :raises CreatedByAnother: likewise, if all of them belong to equal payments of others.
        """
        adopted = 0
        with self._conflicts(Acceptance.NOT_SENT) as judged:
            for state, theirs in self._with_theirs(found):
                with judged(state):
                    match = state.adoption.choose(theirs)
                    if match and not state.adoption.lacks_creator(match):
                        state.take(match)
                        adopted += 1
        return adopted

    def update(self, found: Iterable[Orchestration]) -> int:
        """Update what was accepted by a later read, in which Paxos may leave fields out; return how many were updated.

        :param found: as Paxos shows them now.
        :raises RefIdConflict: names every payment that Paxos shows as another one than it was submitted as.
        :raises CreatedByAnother: likewise, if all of them belong to equal payments of others.
        """
        updated = 0
        with self._conflicts(Acceptance.IRRELEVANT) as judged:
            for state, theirs in self._with_theirs(found):
                with judged(state):
                    own = next((each for each in theirs if each.id == state.id), None)
                    match = state.adoption.require_same(own) if own else state.adoption.choose(theirs)
                    state.orchestration = (match or state.adoption.require_same(theirs[0])).orchestration
                    state.read_at = datetime.now(UTC)
                    updated += 1
        return updated

    def _with_theirs(self, found: Iterable[Orchestration]) -> list[tuple[PaymentState, list[Orchestration]]]:
        shown = _by_ref_id(found, {each.id: each.ref_id for each in self._all if each.id})
        return [(each, theirs) for each in self._all if (theirs := shown.get(each.ref_id))]

    @contextmanager
    def _conflicts(self, acceptance: Acceptance) -> Iterator[Callable[[PaymentState], AbstractContextManager[None]]]:
        conflicts: dict[str, PaxosError] = {}

        @contextmanager
        def judged(state: PaymentState) -> Iterator[None]:
            try:
                yield
            except (RefIdConflict, CreatedByAnother) as error:
                conflicts[state.payment.key] = error
                state.refusal = str(error.args[0])

        yield judged
        if conflicts:
            raise conflict(conflicts, len(self._all), acceptance)

    def record(self, payment_state: PaymentState, outcome: Submission | PaxosError, at: datetime | None = None) -> None:
        """Record the outcome of a submit.

        :param payment_state: of the payment that was submitted.
        :param outcome: the submission, or the error.
        :param at: when the answer came; None makes the receipt say now.
        """
        if isinstance(outcome, Submission):
            match = Match(outcome.orchestration, outcome.relation, outcome.creator)
            payment_state.take(match, adopted=outcome.adopted)
            payment_state.read_at = at
        elif isinstance(outcome, OrchestrationUnsuccessful) and outcome.orchestration:
            payment_state.orchestration, payment_state.read_at = outcome.orchestration, at
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
                if receipt.get("creator"):
                    payment_state.creator = str(receipt["creator"])
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


def conflict(
    conflicts: Mapping[str, PaxosError], total: int, acceptance: Acceptance, goes_on: str = "What exists"
) -> PaxosError:
    """Return the error for payments whose ref_ids belong to other payments.

    :param conflicts: by the payment's key, the error of each.
    :param total: how many payments the batch has.
    :param acceptance: what is known of the money.
    :param goes_on: the orchestrations that go on unchanged, as the subject of a sentence.
    """
    kind = CreatedByAnother if all(isinstance(each, CreatedByAnother) for each in conflicts.values()) else RefIdConflict
    lines = [f"  {quoted(key)}: {each.args[0]}" for key, each in list(conflicts.items())[:_SHOWN]]
    shown = with_more("\n".join(lines), len(conflicts) - len(lines), "\n  ")
    what = f"the ref_ids of {len(conflicts):,} of {total:,} payments belong to other payments:\n{shown}"
    return kind(f"{what}\n{goes_on} goes on unchanged.", subject=BATCH, acceptance=acceptance)
