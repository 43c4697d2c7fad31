"""A model of Paxos for the simulation: orchestrations that end when their rail does, behind Paxos' rate limits."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from airflow_provider_paxos.api.errors import Subject
from airflow_provider_paxos.api.exchange import TRIGGERER, Exchange
from airflow_provider_paxos.api.flow import Authorize, Pause, Request, Response, Send, Token
from airflow_provider_paxos.api.rate_limiting import HostRateLimiter
from airflow_provider_paxos.api.snapshot import Snapshot
from airflow_provider_paxos.emulator.rate_limits import RateLimits
from airflow_provider_paxos.emulator.settings import EmulatorSettings
from airflow_provider_paxos.waiting.schedule import interval_at

START = datetime(2026, 7, 1, tzinfo=UTC)
LATENCY = 0.1
"""Seconds that a request takes."""

_LIST = "/v2/orchestration/orchestrations"
_LIMITED = EmulatorSettings(rate_limits=True)
_TOKEN = Token("token", renew_at=float("inf"))  # type: ignore[arg-type]


@dataclass(slots=True)
class Payment:
    """An orchestration; times are virtual seconds."""

    rail: str
    created: float
    ends: float
    now: Snapshot
    interval: float | None
    polled_at: float
    seen_terminal: bool = False


@dataclass
class Paxos:
    """Holds the orchestrations in progress, and counts the requests.

    :param clock: virtual seconds.
    """

    clock: Callable[[], float]
    payments: dict[str, Payment] = field(default_factory=dict)
    refused: int = 0
    waiting: int = 0
    most_waiting: int = 0
    requests: dict[str, Counter[int]] = field(default_factory=lambda: defaultdict(Counter))
    delays: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    gaps: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    overdue: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    _limits: RateLimits = field(default_factory=RateLimits)

    def admit(self, method: str) -> Response:
        """Count a request, and refuse it over the limit."""
        second = self.clock()
        self.requests[method][int(second)] += 1
        if self._limits.allow(_LIMITED, ("192.0.2.1", method, _LIST), START + timedelta(seconds=second)):
            return Response(200)
        self.refused += 1
        return Response(429, {}, b'{"type": "about:blank", "title": "Too Many Requests", "status": 429}')

    def create(self, payment_id: str, payment: Payment) -> None:
        """Accept an orchestration."""
        self.payments[payment_id] = payment
        self.waiting += 1
        self.most_waiting = max(self.most_waiting, self.waiting)

    def snapshots(self, ids: Sequence[str]) -> list[Snapshot]:
        """Return what a List request for these ids shows now, and note how late it comes."""
        now = self.clock()
        found = []
        for payment_id in ids:
            payment = self.payments[payment_id]
            due = payment.interval or interval_at(payment.polled_at - payment.created)
            gap = now - payment.polled_at
            self.gaps[payment.rail] = max(self.gaps[payment.rail], gap)
            self.overdue[payment.rail] = max(self.overdue[payment.rail], gap - due)
            payment.polled_at = now
            if now >= payment.ends and not payment.seen_terminal:
                payment.seen_terminal = True
                payment.now = Snapshot(payment_id, None, "COMPLETED", None, payment.now.created_at)
                self.delays[payment.rail].append(now - payment.ends)
                self.waiting -= 1
            found.append(payment.now)
        return found


class ModelledSource:
    """Stands in for ``hooks.snapshots.SnapshotHook``: the real flow of a request, with its rate limiter, to the model.

    :param rate: requests per second, as on a connection.
    """

    def __init__(self, paxos: Paxos, rate: float) -> None:
        self._paxos = paxos
        self._exchange = Exchange(
            rate_limiter=HostRateLimiter.by(paxos.clock),
            rate=rate,
            clock=paxos.clock,
            patience=TRIGGERER,
            jitter=lambda: 0.5,
        )

    async def open(self) -> None:
        """Nothing is to be read."""

    async def changed(self) -> bool:
        """Nothing changes."""
        return False

    async def close(self) -> None:
        """Nothing is to be closed."""

    async def get(self, orchestration_id: str) -> Snapshot:
        """Return the snapshot of one."""
        return (await self.list(ids=[orchestration_id]))[0]

    async def list(self, *, ids: Sequence[str] = (), ref_ids: Sequence[str] = ()) -> Sequence[Snapshot]:
        """Return the snapshots of these."""
        assert not ref_ids  # noqa: S101 - everybody waits by id
        flow = self._exchange(Request("GET", _LIST), lambda _: self._paxos.snapshots(ids), Subject("List"))
        answer: Any = None
        try:
            while True:
                answer = await self._outcome(flow.send(answer))
        except StopIteration as end:
            found: Sequence[Snapshot] = end.value
            return found

    async def _outcome(self, step: object) -> Any:
        match step:
            case Authorize():
                return _TOKEN
            case Pause(seconds):
                return await asyncio.sleep(seconds)
            case Send():
                answer = self._paxos.admit("GET")
                await asyncio.sleep(LATENCY)
                return answer
        raise TypeError(f"{step} is not expected here")
