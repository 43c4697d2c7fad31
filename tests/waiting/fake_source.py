"""A Paxos for the shared poller without a client: records what was asked when, and returns snapshots."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from airflow_provider_paxos.api.errors import NotFound, PaxosError
from airflow_provider_paxos.api.snapshot import Snapshot
from airflow_provider_paxos.triggers.pollers import Pollers
from airflow_provider_paxos.waiting.waiter import LogLine, Waiter
from airflow_provider_paxos.waiting.watch import Watch


@dataclass(frozen=True)
class Asked:
    """A request: when it left, and for what."""

    at: float
    call: str
    values: tuple[str, ...]


@dataclass
class Paxos:
    """Answers all sources.

    :param latency: seconds until it answers.
    :param error_for: returns the error for a request, or None.
    :param secret: the secret of the connection; a source keeps the one that it was opened with.
    """

    latency: float = 0.0
    error_for: Callable[[Asked], PaxosError | None] = lambda _: None
    secret: str = "first"
    unreadable_connection: PaxosError | None = None
    asked: list[Asked] = field(default_factory=list)
    opened: list[FakeSource] = field(default_factory=list)
    statuses: dict[str, str | None] = field(default_factory=lambda: defaultdict(lambda: "PROCESSING"))
    created_at: datetime | None = None
    unlisted: set[str] = field(default_factory=set)
    unknown: set[str] = field(default_factory=set)
    in_flight: int = 0
    most_in_flight: int = 0

    def __post_init__(self) -> None:
        self.pollers = Pollers(lambda _: FakeSource(self))

    async def answer(self, call: str, values: Sequence[str]) -> list[Snapshot]:
        asked = Asked(asyncio.get_running_loop().time(), call, tuple(values))
        self.asked.append(asked)
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            await asyncio.sleep(self.latency)
        finally:
            self.in_flight -= 1
        if error := self.error_for(asked):
            raise error
        hidden = self.unknown if call == "get" else self.unknown | self.unlisted
        return [self._snapshot(call, value) for value in values if value not in hidden]

    def _snapshot(self, call: str, value: str) -> Snapshot:
        is_ref_id = call == "list ref_ids"
        return Snapshot(
            f"id of {value}" if is_ref_id else value,
            value if is_ref_id else f"ref_id of {value}",
            self.statuses[value],
            created_at=self.created_at,
        )

    def times(self, value: str) -> list[float]:
        """Return when a value was asked for."""
        return [each.at for each in self.asked if value in each.values]

    def calls(self) -> list[str]:
        return [each.call for each in self.asked]


class FakeSource:
    """Reads from it as one client does."""

    def __init__(self, paxos: Paxos) -> None:
        self.paxos = paxos
        self.secret = ""
        self.closed = 0

    async def open(self) -> None:
        if self.paxos.unreadable_connection:
            raise self.paxos.unreadable_connection
        self.secret = self.paxos.secret
        self.paxos.opened.append(self)

    async def changed(self) -> bool:
        if self.paxos.unreadable_connection:
            raise self.paxos.unreadable_connection
        return self.paxos.secret != self.secret

    async def list(self, *, ids: Sequence[str] = (), ref_ids: Sequence[str] = ()) -> Sequence[Snapshot]:
        assert not self.closed
        assert bool(ids) != bool(ref_ids)
        assert len(ids) <= 100 >= len(ref_ids)
        return await self.paxos.answer("list ref_ids" if ref_ids else "list", ids or ref_ids)

    async def get(self, orchestration_id: str) -> Snapshot:
        found = await self.paxos.answer("get", [orchestration_id])
        if not found:
            raise NotFound("no")
        return found[0]

    async def close(self) -> None:
        self.closed += 1


@dataclass
class Wait:
    """A wait's result."""

    terminal: list[str]
    error: str | None
    log_lines: list[LogLine]
    took: float


async def wait(
    paxos: Paxos,
    *ids: str,
    ref_ids: Sequence[str] = (),
    interval: float | None = 5.0,
    silent_fail: bool = False,
) -> Wait:
    """Wait as a trigger does."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    waiter = Waiter(Watch(ids=ids, ref_ids=ref_ids, clock=loop.time), interval, silent_fail=silent_fail)
    log_lines: list[LogLine] = []
    async with paxos.pollers.polling("paxos_default", waiter):
        while not waiter.finished:
            log_lines += await waiter.log_lines()
    return Wait([each.id for each in waiter.watch.terminal], waiter.error, log_lines, loop.time() - began)
