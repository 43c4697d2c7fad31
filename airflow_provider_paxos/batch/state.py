"""Keep the state of each payment of a batch: its orchestration, or why there is none."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, get_args

from airflow_provider_paxos.api.adoption import Adoption, Match
from airflow_provider_paxos.api.creators import STAMP, Adopt, Relation
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
from airflow_provider_paxos.receipts import Known, acceptance_of, receipt_of, receipt_of_error
from airflow_provider_paxos.xcom import packed

NOT_SUBMITTED = "it was not submitted by this attempt."
NOT_CARRIED = "Paxos shows no orchestration for it; the log before the wait says why."
_SHOWN = 20

_LONGEST_CARRIED = 256 * 1024
"""Characters of JSON that a deferral keeps about the payments of a batch."""

_LONGEST_REASON = 300


@dataclass(slots=True)
class PaymentState:
    """Hold what is known of a payment.

    :param payment: the key and the request.
    :param orchestration: as last read.
    :param adopted: whether it existed before this attempt; None if that is not known.
    :param creator: who created it, if that is not this very task instance; ``unknown`` without a stamp.
    :param approval: who approved it, and when, if the task asked for that.
    :param refusal: why there is no orchestration.
    :param unaccepted: what is known of the money as long as there is no orchestration.
    :param error: the error of this attempt, as it was raised.
    :param receipt_id: the orchestration's id in the receipt that was left before the deferral.
    :param read_at: when the orchestration was read.
    :param adopt: whose orchestrations the batch adopts.
    """

    payment: Payment
    orchestration: Orchestration | None = None
    adopted: bool | None = None
    creator: str | None = None
    approval: str | None = None
    refusal: str | None = None
    unaccepted: Known = "not_sent"
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
    def acceptance(self) -> Known:
        """The acceptance by Paxos, as far as it is known."""
        return "accepted" if self.id else self.unaccepted

    @property
    def accounted_for(self) -> bool:
        """Return whether there is an orchestration, or a reason why there is none."""
        return self.orchestration is not None or self.refusal is not None

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

    def refuse(self, error: PaxosError) -> None:
        """Keep why there is no orchestration, and what is known of the money."""
        self.refusal = str(error.args[0])
        self.unaccepted = acceptance_of(error)

    def recognise(self, match: Match) -> None:
        """Take the creator from a later read, where nothing is kept of the submit.

        Without a stamp it is not this task's own, provided that the request has one.
        """
        if self.adopted is None and self.creator is None and match.orchestration.metadata is not None:
            stamped = match.relation is not Relation.UNKNOWN
            if match.relation is not Relation.OWN and (stamped or STAMP in (self.payment.request.metadata or {})):
                self.creator = match.creator or "unknown"

    def record(self) -> dict[str, Any]:
        """Return the payment's record in the task's result; what is not known is left out."""
        record = {
            "key": self.payment.key,
            "ref_id": self.ref_id,
            "id": self.orchestration.id if self.orchestration else None,
            "status": self.status,
            "acceptance": self.acceptance,
            "creator": self.creator,
            "approval": self.approval,
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
                approval=self.approval,
                key=self.payment.key,
                read_at=self.read_at,
            )
        asked_for = self.payment.request.model_dump(mode="json", exclude_none=True)
        return receipt_of_error(
            asked_for, self.refusal or NOT_SUBMITTED, acceptance=self.acceptance, key=self.payment.key
        )

    def carried(self) -> dict[str, Any]:
        """Return what a resumption may not learn from Paxos: the id, or why there is none."""
        own = {"key": self.payment.key, "ref_id": self.ref_id}
        if self.orchestration:
            return {**own, "id": self.orchestration.id}
        return {**own, "error": (self.reason or "")[:_LONGEST_REASON], "acceptance": self.acceptance}


class DroppedPayment:
    """Holds a payment that was submitted before a deferral, and is no longer in the list.

    :param receipt: the last one that is known of it.
    """

    def __init__(self, receipt: Mapping[str, Any]) -> None:
        self._receipt = {**receipt, "dropped": True}

    @property
    def key(self) -> str:
        """The payment's key, or else its ref_id."""
        return str(self._receipt.get("key") or self._receipt.get("ref_id"))

    @property
    def id(self) -> str | None:
        """The orchestration's id, if there is one."""
        return str(self._receipt["id"]) if self._receipt.get("id") else None

    def restore(self, receipt: Mapping[str, Any]) -> None:
        """Add what a further receipt has."""
        self._receipt.update(receipt)

    def update(self, found: Orchestration) -> None:
        """Take the values of a later read."""
        kept = {name: self._receipt.get(name) for name in ("ref_id", "key", "adopted", "creator", "approval")}
        self._receipt = {**receipt_of(found, **kept), "dropped": True}

    def record(self) -> dict[str, Any]:
        """Return the payment's record in the task's result."""
        reason = self._receipt.get("fail_reason")
        detail = reason.get("detail") if isinstance(reason, dict) else None
        names = ("key", "ref_id", "id", "status", "acceptance", "creator", "approval")
        known = {"acceptance": "accepted" if self.id else "unknown", **self._receipt}
        record = {**{name: known.get(name) for name in names}, "reason": detail or self._receipt.get("error")}
        return {**{name: value for name, value in record.items() if value is not None}, "dropped": True}

    def receipt(self) -> dict[str, Any]:
        """Return the payment's receipt."""
        return dict(self._receipt)


class BatchState:
    """The states of all payments of a batch, in the author's order.

    :param adopt: whose orchestrations the batch adopts.
    """

    def __init__(self, payments: Sequence[Payment], adopt: Adopt = Adopt.SAME_TASK) -> None:
        self.adopt_from = adopt
        self._all = [PaymentState(payment, adopt=adopt) for payment in payments]
        self._dropped: dict[str, DroppedPayment] = {}

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
    def unaccounted_for(self) -> list[PaymentState]:
        """Those without an orchestration, and without a reason why there is none."""
        return [each for each in self._all if not each.accounted_for]

    @property
    def dropped(self) -> list[DroppedPayment]:
        """Payments that were submitted before the deferral, and are no longer in the list."""
        return list(self._dropped.values())

    @property
    def unread_ids(self) -> list[str]:
        """The ids that are known from receipts alone, those of dropped payments included."""
        not_shown = [each.id for each in self.without_orchestration]
        return [each for each in [*not_shown, *(one.id for one in self.dropped)] if each]

    @property
    def by_others(self) -> list[PaymentState]:
        """Those whose orchestration another run, or nobody known, has created."""
        return [each for each in self._all if each.creator]

    def approve(self, approval: str) -> None:
        """Note who approved what this task pays, or has paid in an earlier attempt.

        :param approval: who, and when.
        """
        for each in self._all:
            if not each.creator:
                each.approval = approval

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
        updated, found = 0, list(found)
        dropped = {each.id: each for each in self.dropped if each.id}
        for one in found:
            if one.id in dropped:
                dropped[one.id].update(one)
        with self._conflicts(Acceptance.IRRELEVANT) as judged:
            for state, theirs in self._with_theirs(found):
                with judged(state):
                    own = next((each for each in theirs if each.id == state.id), None)
                    match = state.adoption.require_same(own) if own else state.adoption.choose(theirs)
                    match = match or state.adoption.require_same(theirs[0])
                    state.recognise(match)
                    state.orchestration = match.orchestration
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
                state.refuse(error)

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
            payment_state.unaccepted = acceptance_of(outcome)

    def restore(self, receipts: Iterable[Mapping[str, Any]]) -> None:
        """Restore from earlier receipts what Paxos does not show: what was adopted, and why a payment was refused.

        A payment that is no longer in the list stays visible as such.
        """
        by_ref_id = {payment_state.ref_id: payment_state for payment_state in self._all}
        for receipt in receipts:
            ref_id = str(receipt.get("ref_id"))
            if ref_id not in by_ref_id:
                self._dropped.setdefault(ref_id, DroppedPayment(receipt)).restore(receipt)
            if payment_state := by_ref_id.get(ref_id):
                if isinstance(receipt.get("adopted"), bool):
                    payment_state.adopted = receipt["adopted"]
                if receipt.get("creator"):
                    payment_state.creator = str(receipt["creator"])
                if receipt.get("approval"):
                    payment_state.approval = str(receipt["approval"])
                if receipt.get("error"):
                    payment_state.refusal = str(receipt["error"])
                    payment_state.unaccepted = _known(receipt.get("acceptance"))
                if receipt.get("id"):
                    payment_state.receipt_id = str(receipt["id"])

    def carried(self, *, with_ids: bool) -> list[dict[str, Any]]:
        """Return what a resumption may not learn from Paxos, in bounded size: first why payments were not accepted.

        :param with_ids: whether to add the ids of those that were, since no receipt keeps them.
        """
        carried = [each.carried() for each in [*self.without_orchestration, *(self.accepted if with_ids else ())]]
        while len(json.dumps(packed(carried))) > _LONGEST_CARRIED:
            carried = carried[: len(carried) // 2]
        return carried

    def require_accounted_for(self, accepted: int | None = None) -> None:
        """Require an orchestration for each payment, or a reason why there is none.

        :param accepted: how many Paxos had accepted before the wait, if that is known. Once all of those are shown, the
            others have not been accepted, for reasons that were too many to be kept.
        :raises OrchestrationMissing: for payments that Paxos had accepted, and does not show any more.
        """
        not_shown = self.unaccounted_for
        if accepted is not None and len(self.accepted) + sum(bool(each.id) for each in self.dropped) >= accepted:
            for each in not_shown:
                each.refusal, each.unaccepted = NOT_CARRIED, "unknown"
        elif not_shown:
            first = quoted(not_shown[0].payment.key)
            raise OrchestrationMissing(
                f"Paxos does not show {len(not_shown):,} of {len(self):,} payments, the first of them {first}.",
                subject=BATCH,
            )

    def records(self) -> Iterator[dict[str, Any]]:
        """Make the record of each payment, for the task's result, one at a time."""
        yield from (each.record() for each in self._all)
        yield from (each.record() for each in self.dropped)

    def receipts(self) -> Iterator[dict[str, Any]]:
        """Make the receipt of each payment, one at a time."""
        yield from (each.receipt() for each in self._all)
        yield from (each.receipt() for each in self.dropped)


def _known(value: object) -> Known:
    return next((each for each in get_args(Known) if each == value), "unknown")


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
