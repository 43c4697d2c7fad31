"""Take orchestrations from status to status, and move their money.

A destination can decide the outcome of an orchestration, and so can an outcome queued through the controls.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from airflow_provider_paxos.emulator import ledger as accounts
from airflow_provider_paxos.emulator.amounts import EXACT
from airflow_provider_paxos.emulator.ledger import Booking, Ledger
from airflow_provider_paxos.emulator.models import (
    TERMINAL,
    DetailsStatus,
    Event,
    Orchestration,
    Party,
    PlannedOutcome,
    Step,
    StepName,
    TransferDetails,
    event_for,
)
from airflow_provider_paxos.emulator.transfers import Side, TransferBook

FAILED_DESTINATION = "fa11ed00-0000-4000-8000-000000000001"
"""A destination whose payments reach FAILED, and the money returns."""

PENDING_DESTINATION = "a99e0000-0000-4000-8000-000000000002"
"""A destination whose payments stay PENDING until approved or rejected, or for ``approve_seconds`` when set."""

REJECTED_DESTINATION = "4e1ec7ed-0000-4000-8000-000000000003"
"""A destination whose payments are PENDING, then REJECTED after ``settle_seconds``."""

FAIL_REASON = "beneficiary bank returned the payment: account closed"
REJECT_REASON = "rejected by an approver"

OUTCOMES_BY_DESTINATION: Mapping[str, PlannedOutcome] = {
    FAILED_DESTINATION: PlannedOutcome("FAILED", reason=FAIL_REASON),
    PENDING_DESTINATION: PlannedOutcome(approval=True),
    REJECTED_DESTINATION: PlannedOutcome("REJECTED", approval=True, reason=REJECT_REASON),
}
"""The outcomes that a destination's bank account id, crypto address or address id decides."""


@dataclass
class QueuedOutcome:
    """Holds an outcome for the next create requests that match.

    :param match: a request's fields, dotted when nested, and the values that they must have
    :param times: how many more create requests it decides
    """

    outcome: PlannedOutcome
    match: dict[str, Any] = field(default_factory=dict)
    times: int = 1

    def matches(self, request: Mapping[str, Any]) -> bool:
        """Return whether a create request has those values."""
        return all(_value_at(request, path) == value for path, value in self.match.items())


def take_outcome(queue: list[QueuedOutcome], request: Mapping[str, Any], destination: Party | None) -> PlannedOutcome:
    """Return the outcome of a create request, and count the queued outcome that decides it, if one does.

    :param request: the body, as it was sent
    :param destination: its checked destination
    """
    for queued in queue:
        if queued.matches(request):
            queued.times -= 1
            if not queued.times:
                queue.remove(queued)
            return queued.outcome
    values = (value for fields in (destination or {}).values() for value in fields.values())
    decided = (OUTCOMES_BY_DESTINATION[value] for value in values if value in OUTCOMES_BY_DESTINATION)
    return next(decided, PlannedOutcome())


Obstacle = Callable[[Orchestration, datetime], str | None]


class AlreadyTerminal(Exception):
    """Reports that an orchestration in a terminal status was asked to change."""


class Lifecycle:
    """Takes orchestrations from status to status.

    :param ledger: where the money moves
    :param events: where the events go
    :param transfers: where the transfers of orchestrations are kept
    :param obstacle: returns why the travel rule lets an orchestration fail when it is executed, or None
    """

    def __init__(self, ledger: Ledger, events: list[Event], transfers: TransferBook, obstacle: Obstacle) -> None:
        self._ledger = ledger
        self._events = events
        self._transfers = transfers
        self._obstacle = obstacle

    def start(self, orchestration: Orchestration, now: datetime, approve_seconds: float | None) -> None:
        """Reserve the money and schedule the first steps.

        :param approve_seconds: until an approval comes by itself, or None
        :raises Overdrawn: if the profile has too little; nothing has changed then.
        """
        profile = orchestration.profile_id
        self._book(orchestration, "reserve", accounts.available(profile), accounts.held(profile), at=now)
        if not orchestration.outcome.approval:
            self._process(orchestration, now)
            return
        orchestration.status = "PENDING"
        if orchestration.outcome.status == "REJECTED":
            orchestration.pending_steps = [Step(_after(now, orchestration.settle_seconds), "reject")]
        elif approve_seconds is not None:
            orchestration.pending_steps = [Step(_after(now, approve_seconds), "approve")]

    def run_next_step(self, orchestration: Orchestration) -> None:
        """Carry out the first of the pending steps."""
        step, *orchestration.pending_steps = orchestration.pending_steps
        orchestration.updated_at = step.at
        match step.name:
            case "approve":
                self._process(orchestration, step.at)
            case "begin":
                self._transfer(orchestration, "source", "PROCESSING", step.at)
                orchestration.destination_transfer = TransferDetails("PENDING")
            case "convert":
                self._convert(orchestration, step.at)
                self._stop_if_obstructed(orchestration, step.at)
            case "reject":
                self._return_money(orchestration, "REJECTED", orchestration.outcome.reason or REJECT_REASON, step.at)
            case "finish":
                self._finish(orchestration, step.at)

    def set_status(self, orchestration: Orchestration, status: str, reason: str | None, now: datetime) -> None:
        """Take an orchestration to a status at once, whatever its pending steps were.

        A status that Paxos does not document changes nothing else, and stays until another is set.

        :raises AlreadyTerminal: if its status is terminal; its money has gone where it belongs.
        """
        if orchestration.status in TERMINAL:
            raise AlreadyTerminal(f"orchestration {orchestration.id} is {orchestration.status} already")
        orchestration.pending_steps = []
        orchestration.updated_at = now
        match status:
            case "COMPLETED":
                self._deliver(orchestration, now)
            case "FAILED":
                self._return_money(orchestration, status, reason or FAIL_REASON, now)
            case "REJECTED":
                self._return_money(orchestration, status, reason or REJECT_REASON, now)
            case "PROCESSING":
                self._process(orchestration, now)
            case _:
                orchestration.status = status

    def _process(self, orchestration: Orchestration, at: datetime) -> None:
        self._enter(orchestration, "PROCESSING", at)
        whole = orchestration.settle_seconds
        steps: list[tuple[float, StepName]] = [(whole / 4, "begin"), (whole / 2, "convert"), (whole, "finish")]
        if orchestration.money != "held":
            steps = steps[2:]
        orchestration.pending_steps = [Step(_after(at, seconds), name) for seconds, name in steps]

    def _stop_if_obstructed(self, orchestration: Orchestration, at: datetime) -> None:
        if (reason := self._obstacle(orchestration, at)) is not None:
            orchestration.pending_steps = []
            self._return_money(orchestration, "FAILED", reason, at)
            self._transfers.explain(orchestration, "TRAVEL_RULE_REJECTED", reason)

    def _convert(self, orchestration: Orchestration, at: datetime) -> None:
        held = accounts.held(orchestration.profile_id)
        self._transfer(orchestration, "source", "COMPLETED", at)
        self._book(orchestration, "source transfer", held, accounts.CONVERSION, at=at)
        orchestration.money = "converting"
        self._transfer(orchestration, "destination", "PROCESSING", at)

    def _finish(self, orchestration: Orchestration, at: datetime) -> None:
        outcome = orchestration.outcome
        if outcome.status == "COMPLETED":
            self._deliver(orchestration, at)
        else:
            self._return_money(orchestration, outcome.status, outcome.reason or FAIL_REASON, at)

    def _deliver(self, orchestration: Orchestration, at: datetime) -> None:
        if orchestration.money == "held":
            self._convert(orchestration, at)
        to = accounts.destination(orchestration.destination)
        self._transfer(orchestration, "destination", "COMPLETED", at)
        received = EXACT.subtract(orchestration.amount, orchestration.fee)
        self._book(orchestration, "destination transfer", accounts.CONVERSION, to, at=at, converted=received)
        if orchestration.fee:
            self._book(orchestration, "fee", accounts.CONVERSION, accounts.FEES, at=at, converted=orchestration.fee)
        orchestration.money = "delivered"
        self._enter(orchestration, "COMPLETED", at)

    def _return_money(self, orchestration: Orchestration, status: str, reason: str, at: datetime) -> None:
        converting = orchestration.money == "converting"
        profile = orchestration.profile_id
        money_is_at = accounts.CONVERSION if converting else accounts.held(profile)
        self._book(orchestration, "return", money_is_at, accounts.available(profile), at=at)
        orchestration.money = "returned"
        if converting:
            self._transfer(orchestration, "destination", "FAILED", at)
        elif orchestration.source_transfer is not None:
            self._transfer(orchestration, "source", "FAILED", at)
        orchestration.fail_reason = reason
        self._enter(orchestration, status, at)

    def _transfer(self, orchestration: Orchestration, side: Side, status: DetailsStatus, at: datetime) -> None:
        # The source transfer of a rule's orchestration is the deposit, which has arrived.
        if side == "source" and orchestration.rule_id is not None:
            return
        details = TransferDetails(status, self._transfers.follow(orchestration, side, status, at))
        if side == "source":
            orchestration.source_transfer = details
        else:
            orchestration.destination_transfer = details

    def _enter(self, orchestration: Orchestration, status: str, at: datetime) -> None:
        orchestration.status = status
        orchestration.updated_at = at
        if event := event_for(orchestration, len(self._events), at):
            self._events.append(event)

    def _book(
        self,
        orchestration: Orchestration,
        reason: str,
        debit: str,
        credit: str,
        *,
        at: datetime,
        converted: Decimal | None = None,
    ) -> None:
        """Move an amount of the destination asset, or all of the source asset."""
        asset, amount = orchestration.source_asset, orchestration.amount
        if converted is not None:
            asset, amount = orchestration.destination_asset, converted
        transfer = orchestration.destination_transfer
        if reason == "source transfer":
            transfer = None if orchestration.rule_id is not None else orchestration.source_transfer
        transfer_id = transfer.transfer_id if transfer else None
        self._ledger.book(
            Booking(at, orchestration.id, orchestration.ref_id, reason, debit, credit, asset, amount, transfer_id)
        )


def _value_at(request: Mapping[str, Any], path: str) -> Any:
    value: Any = request
    for name in path.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def _after(moment: datetime, seconds: float) -> datetime:
    return moment + timedelta(seconds=seconds)
