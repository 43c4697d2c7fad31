"""The course of an orchestration: which statuses follow each other when, and how its money moves with them."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import uuid4

from airflow_provider_paxos.emulator import ledger as accounts
from airflow_provider_paxos.emulator.events import Event, event_of
from airflow_provider_paxos.emulator.ledger import Booking, Ledger
from airflow_provider_paxos.emulator.orchestration import FINAL, Leg, LegStatus, Orchestration, Step, StepName
from airflow_provider_paxos.emulator.outcomes import FAIL_REASON, REJECT_REASON


class AlreadyFinal(Exception):
    """A final orchestration was told to change."""


class Course:
    """Takes orchestrations from status to status.

    :param ledger: where the money moves
    :param events: where the events go
    """

    def __init__(self, ledger: Ledger, events: list[Event]) -> None:
        self._ledger = ledger
        self._events = events

    def start(self, orchestration: Orchestration, now: datetime, approve_seconds: float | None) -> None:
        """Reserve the money and make the plan.

        :param approve_seconds: until an approval comes by itself, or None
        :raises Overdrawn: if the profile has too little; nothing has changed then.
        """
        profile = orchestration.profile_id
        self._move(orchestration, "reserve", accounts.available(profile), accounts.held(profile), at=now)
        if not orchestration.outcome.approval:
            self._process(orchestration, now)
            return
        orchestration.status = "PENDING"
        if orchestration.outcome.end == "REJECTED":
            orchestration.plan = [Step(_after(now, orchestration.settle_seconds), "reject")]
        elif approve_seconds is not None:
            orchestration.plan = [Step(_after(now, approve_seconds), "approve")]

    def step(self, orchestration: Orchestration) -> None:
        """Do what the plan has next."""
        step, *orchestration.plan = orchestration.plan
        orchestration.updated_at = step.at
        match step.name:
            case "approve":
                self._process(orchestration, step.at)
            case "begin":
                orchestration.source_transfer = Leg("PROCESSING", str(uuid4()))
                orchestration.destination_transfer = Leg("PENDING")
            case "convert":
                self._convert(orchestration, step.at)
            case "reject":
                self._give_back(orchestration, "REJECTED", orchestration.outcome.reason or REJECT_REASON, step.at)
            case "finish":
                self._finish(orchestration, step.at)

    def set_status(self, orchestration: Orchestration, status: str, reason: str | None, now: datetime) -> None:
        """Take an orchestration to a status at once, whatever its plan was.

        Any other status than the documented ones just shows, until another is set.

        :raises AlreadyFinal: if it has ended; its money has gone where it belongs.
        """
        if orchestration.status in FINAL:
            raise AlreadyFinal(f"orchestration {orchestration.id} is {orchestration.status} already")
        orchestration.plan = []
        orchestration.updated_at = now
        match status:
            case "COMPLETED":
                self._deliver(orchestration, now)
            case "FAILED":
                self._give_back(orchestration, status, reason or FAIL_REASON, now)
            case "REJECTED":
                self._give_back(orchestration, status, reason or REJECT_REASON, now)
            case "PROCESSING":
                self._process(orchestration, now)
            case _:
                orchestration.status = status

    def _process(self, orchestration: Orchestration, at: datetime) -> None:
        self._become(orchestration, "PROCESSING", at)
        whole = orchestration.settle_seconds
        steps: list[tuple[float, StepName]] = [(whole / 4, "begin"), (whole / 2, "convert"), (whole, "finish")]
        if orchestration.money != "held":
            steps = steps[2:]
        orchestration.plan = [Step(_after(at, seconds), name) for seconds, name in steps]

    def _convert(self, orchestration: Orchestration, at: datetime) -> None:
        held = accounts.held(orchestration.profile_id)
        self._move(orchestration, "source transfer", held, accounts.CONVERSION, at=at)
        orchestration.money = "converting"
        orchestration.source_transfer = _leg(orchestration.source_transfer, "COMPLETED")
        orchestration.destination_transfer = _leg(orchestration.destination_transfer, "PROCESSING")

    def _finish(self, orchestration: Orchestration, at: datetime) -> None:
        if orchestration.outcome.end == "COMPLETED":
            self._deliver(orchestration, at)
        else:
            self._give_back(orchestration, orchestration.outcome.end, orchestration.outcome.reason or FAIL_REASON, at)

    def _deliver(self, orchestration: Orchestration, at: datetime) -> None:
        if orchestration.money == "held":
            self._convert(orchestration, at)
        to = accounts.destination(orchestration.destination)
        self._move(orchestration, "destination transfer", accounts.CONVERSION, to, at=at, converted=True)
        orchestration.money = "delivered"
        orchestration.destination_transfer = _leg(orchestration.destination_transfer, "COMPLETED")
        self._become(orchestration, "COMPLETED", at)

    def _give_back(self, orchestration: Orchestration, status: str, reason: str, at: datetime) -> None:
        converting = orchestration.money == "converting"
        profile = orchestration.profile_id
        money_is_at = accounts.CONVERSION if converting else accounts.held(profile)
        self._move(orchestration, "return", money_is_at, accounts.available(profile), at=at)
        orchestration.money = "returned"
        if converting:
            orchestration.destination_transfer = _leg(orchestration.destination_transfer, "FAILED")
        elif orchestration.source_transfer is not None:
            orchestration.source_transfer = _leg(orchestration.source_transfer, "FAILED")
        orchestration.fail_reason = reason
        self._become(orchestration, status, at)

    def _become(self, orchestration: Orchestration, status: str, at: datetime) -> None:
        orchestration.status = status
        orchestration.updated_at = at
        if event := event_of(orchestration, len(self._events), at):
            self._events.append(event)

    def _move(
        self,
        orchestration: Orchestration,
        reason: str,
        debit: str,
        credit: str,
        *,
        at: datetime,
        converted: bool = False,
    ) -> None:
        asset = orchestration.destination_asset if converted else orchestration.source_asset
        self._ledger.book(
            Booking(at, orchestration.id, orchestration.ref_id, reason, debit, credit, asset, orchestration.amount)
        )


def _leg(leg: Leg | None, status: LegStatus) -> Leg:
    # A planned transfer has no id yet; the API promises one from PROCESSING on.
    transfer_id = leg.transfer_id if leg and leg.transfer_id else str(uuid4())
    return Leg(status, transfer_id)


def _after(moment: datetime, seconds: float) -> datetime:
    return moment + timedelta(seconds=seconds)
