"""Keep profiles and orchestrations by id and ref_id, and run the steps that are due."""

from __future__ import annotations

import heapq
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Literal
from uuid import uuid4

from airflow_provider_paxos.emulator.ledger import Ledger
from airflow_provider_paxos.emulator.lifecycle import Lifecycle, Obstacle
from airflow_provider_paxos.emulator.limit_rules import TransferType
from airflow_provider_paxos.emulator.models import Event, Orchestration, PlannedOutcome, Profile, TransferDetails
from airflow_provider_paxos.emulator.transfers import TransferBook
from airflow_provider_paxos.emulator.validation import CreateRequest


class ProfileStore:
    """Keeps all profiles, in the order of their creation."""

    def __init__(self, profiles: Iterable[Profile] = ()) -> None:
        self._by_id = {profile.id: profile for profile in profiles}

    def all(self) -> list[Profile]:
        """Return every profile, oldest first."""
        return list(self._by_id.values())

    def get(self, profile_id: str) -> Profile | None:
        """Return a profile, or None."""
        return self._by_id.get(profile_id)

    def add(self, profile_id: str, nickname: str, created_at: datetime) -> Profile:
        """Add a profile; the very first is the default one."""
        kind: Literal["DEFAULT", "NORMAL"] = "NORMAL" if self._by_id else "DEFAULT"
        profile = Profile(len(self._by_id), profile_id, nickname, kind, created_at)
        self._by_id[profile_id] = profile
        return profile


class OrchestrationStore:
    """Keeps all orchestrations of the customer and their events, oldest first, and runs the steps that are due.

    :param ledger: where their money is
    :param transfers: where their transfers are kept
    :param obstacle: as of :class:`Lifecycle`
    :param orchestrations: those to start with, as saved; likewise ``events``
    """

    def __init__(
        self,
        ledger: Ledger,
        transfers: TransferBook,
        obstacle: Obstacle,
        orchestrations: Iterable[Orchestration] = (),
        events: Iterable[Event] = (),
    ) -> None:
        self.orchestrations: list[Orchestration] = []
        self.events = list(events)
        self._lifecycle = Lifecycle(ledger, self.events, transfers, obstacle)
        self._by_id: dict[str, Orchestration] = {}
        self._by_ref_id: dict[str, Orchestration] = {}
        self._due: list[tuple[datetime, int]] = []
        for orchestration in orchestrations:
            self._add(orchestration)

    def get(self, orchestration_id: str) -> Orchestration | None:
        """Return an orchestration, or None."""
        return self._by_id.get(orchestration_id)

    def by_ref_id(self, ref_id: str) -> Orchestration | None:
        """Return the orchestration of a ref_id, or None; it keeps the ref_id in every status."""
        return self._by_ref_id.get(ref_id)

    def accept(
        self,
        request: CreateRequest,
        profile_id: str,
        outcome: PlannedOutcome,
        now: datetime,
        *,
        withdrawal_type: TransferType,
        fee: Decimal,
        settle_seconds: float,
        approve_seconds: float | None,
    ) -> Orchestration:
        """Start an orchestration.

        :param withdrawal_type: the type of the transfer to its destination, and what that costs: ``fee``
        :param settle_seconds: from PROCESSING to the terminal status, unless the outcome has its own
        :param approve_seconds: until an approval comes by itself, or None
        :raises Overdrawn: if the profile has too little; nothing has changed then.
        """
        own = {"profile": {"profile_id": profile_id}}
        orchestration = Orchestration(
            seq=len(self.orchestrations),
            id=str(uuid4()),
            profile_id=profile_id,
            ref_id=request.ref_id,
            source_asset=request.source_asset,
            destination_asset=request.destination_asset,
            source_amount=request.source_amount,
            amount=request.amount,
            source=request.source or own,
            # Where the result of a conversion goes that names no destination is not documented.
            destination=request.destination or own,
            optional=request.optional,
            created_at=now,
            updated_at=now,
            outcome=outcome,
            withdrawal_type=withdrawal_type,
            fee=fee,
            rule_id=request.rule_id,
            source_transfer=TransferDetails("COMPLETED", request.deposit_id) if request.deposit_id else None,
            settle_seconds=settle_seconds if outcome.settle_seconds is None else outcome.settle_seconds,
        )
        self._lifecycle.start(orchestration, now, approve_seconds)
        self._add(orchestration)
        return orchestration

    def set_status(self, orchestration: Orchestration, status: str, reason: str | None, now: datetime) -> None:
        """Take an orchestration to a status at once.

        :raises AlreadyTerminal: if its status is terminal.
        """
        self._lifecycle.set_status(orchestration, status, reason, now)
        self._schedule(orchestration)

    def run_due_steps(self, now: datetime) -> bool:
        """Run every step that is due, in the order of their times, and return whether there was one."""
        changed = False
        while self._due and self._due[0][0] <= now:
            at, seq = heapq.heappop(self._due)
            orchestration = self.orchestrations[seq]
            # Steps that were replaced leave their old times behind.
            if orchestration.pending_steps and orchestration.pending_steps[0].at <= at:
                self._lifecycle.run_next_step(orchestration)
                self._schedule(orchestration)
                changed = True
        return changed

    def _add(self, orchestration: Orchestration) -> None:
        self.orchestrations.append(orchestration)
        self._by_id[orchestration.id] = orchestration
        self._by_ref_id[orchestration.ref_id] = orchestration
        self._schedule(orchestration)

    def _schedule(self, orchestration: Orchestration) -> None:
        if orchestration.pending_steps:
            heapq.heappush(self._due, (orchestration.pending_steps[0].at, orchestration.seq))
