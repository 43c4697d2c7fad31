"""The book of orchestrations, on which time works."""

from __future__ import annotations

import heapq
from collections.abc import Iterable
from datetime import datetime
from uuid import uuid4

from airflow_provider_paxos.emulator.course import Course
from airflow_provider_paxos.emulator.create_request import CreateRequest
from airflow_provider_paxos.emulator.events import Event
from airflow_provider_paxos.emulator.ledger import Ledger
from airflow_provider_paxos.emulator.orchestration import Orchestration
from airflow_provider_paxos.emulator.outcomes import Outcome


class Book:
    """All orchestrations of the customer, and their events, oldest first.

    :param ledger: where their money is
    :param orchestrations: those to start with, as saved; likewise ``events``
    """

    def __init__(
        self, ledger: Ledger, orchestrations: Iterable[Orchestration] = (), events: Iterable[Event] = ()
    ) -> None:
        self.orchestrations: list[Orchestration] = []
        self.events = list(events)
        self._course = Course(ledger, self.events)
        self._by_id: dict[str, Orchestration] = {}
        self._by_ref_id: dict[str, Orchestration] = {}
        self._due: list[tuple[datetime, int]] = []
        for orchestration in orchestrations:
            self._keep(orchestration)

    def get(self, orchestration_id: str) -> Orchestration | None:
        """Return an orchestration, or None."""
        return self._by_id.get(orchestration_id)

    def by_ref_id(self, ref_id: str) -> Orchestration | None:
        """Return the orchestration of a ref_id, or None; it keeps the ref_id whatever becomes of it."""
        return self._by_ref_id.get(ref_id)

    def accept(
        self,
        request: CreateRequest,
        profile_id: str,
        outcome: Outcome,
        now: datetime,
        *,
        settle_seconds: float,
        approve_seconds: float | None,
    ) -> Orchestration:
        """Start an orchestration.

        :param settle_seconds: from PROCESSING to the end, unless the outcome has its own
        :param approve_seconds: until an approval comes by itself, or None
        :raises Overdrawn: if the profile has too little; nothing has changed then.
        """
        source = {"profile": {"profile_id": profile_id}}
        orchestration = Orchestration(
            seq=len(self.orchestrations),
            id=str(uuid4()),
            profile_id=profile_id,
            ref_id=request.ref_id,
            source_asset=request.source_asset,
            destination_asset=request.destination_asset,
            source_amount=request.source_amount,
            amount=request.amount,
            source=source,
            # Where the result of a conversion goes that names no destination is not documented.
            destination=request.destination or source,
            optional=request.optional,
            created_at=now,
            updated_at=now,
            outcome=outcome,
            settle_seconds=settle_seconds if outcome.settle_seconds is None else outcome.settle_seconds,
        )
        self._course.start(orchestration, now, approve_seconds)
        self._keep(orchestration)
        return orchestration

    def set_status(self, orchestration: Orchestration, status: str, reason: str | None, now: datetime) -> None:
        """Take an orchestration to a status at once.

        :raises AlreadyFinal: if it has ended.
        """
        self._course.set_status(orchestration, status, reason, now)
        self._await_next(orchestration)

    def pass_time(self, now: datetime) -> bool:
        """Do everything that was due until now, in the order of its time, and return whether anything was."""
        passed = False
        while self._due and self._due[0][0] <= now:
            at, seq = heapq.heappop(self._due)
            orchestration = self.orchestrations[seq]
            # A plan that was changed leaves its old times behind.
            if orchestration.plan and orchestration.plan[0].at <= at:
                self._course.step(orchestration)
                self._await_next(orchestration)
                passed = True
        return passed

    def _keep(self, orchestration: Orchestration) -> None:
        self.orchestrations.append(orchestration)
        self._by_id[orchestration.id] = orchestration
        self._by_ref_id[orchestration.ref_id] = orchestration
        self._await_next(orchestration)

    def _await_next(self, orchestration: Orchestration) -> None:
        if orchestration.plan:
            heapq.heappush(self._due, (orchestration.plan[0].at, orchestration.seq))
