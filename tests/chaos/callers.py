"""Who submits: a process with a client of its own, which may crash at any step, or be overtaken by another."""

from __future__ import annotations

import asyncio
import itertools
from abc import ABC, abstractmethod
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any, TypeVar

from airflow_provider_paxos.api.async_client import AsyncPaxosClient
from airflow_provider_paxos.api.base_client import BaseClient, SharedState
from airflow_provider_paxos.api.client import PaxosClient
from airflow_provider_paxos.api.creators import STAMP
from airflow_provider_paxos.api.errors import PaxosError
from airflow_provider_paxos.api.flow import Flow, Send, Step, Unanswered
from airflow_provider_paxos.api.orchestrations import Submission
from tests.chaos.payments import Payment
from tests.chaos.sockets import AsyncRedialling, Redialling, Sockets
from tests.chaos.transports import Httpx2Transport, RequestsAdapter
from tests.chaos.troubles import CREATE, TARGETS
from tests.chaos.wire import InProcess, Wire

Result = TypeVar("Result")


class Crashed(BaseException):
    """The process is gone."""


@dataclass(frozen=True)
class Interruption:
    """Something that happens to a flow at one of its steps.

    :param step: its number, counted from 0; a flow that ends earlier is not interrupted
    :param after: when the step is done, instead of before it
    """

    step: int
    after: bool


@dataclass
class Attempt:
    """One submit. Its number travels in the metadata, so that the emulator shows which attempt it accepted."""

    number: int
    payment: Payment
    posted: bool = False
    began: float = 0.0
    replayed: bool = False
    """Whether a Create was answered with 200 and an orchestration that existed."""
    overtaken: bool = False
    """Whether time passed between an answer and the end of the flow, in which Paxos went on."""

    @property
    def values(self) -> dict[str, Any]:
        """The fields of the create request."""
        return {**self.payment.values, "metadata": self._metadata}

    @property
    def _metadata(self) -> dict[str, str]:
        creator = self.payment.creator
        return {"attempt": str(self.number), **({STAMP: creator.stamp()} if creator else {})}


def observed(
    flow: Flow[Result], attempt: Attempt, interruption: Interruption | None, happen: Callable[[], None]
) -> Generator[Step, Any, Result]:
    """Drive a flow step by step, note what it does, and let something happen at one of its steps."""
    outcome: Any = None
    fault: Exception | None = None
    for number in itertools.count():
        try:
            step = flow.throw(fault) if fault else flow.send(outcome)
        except StopIteration as end:
            result: Result = end.value
            return result
        if interruption == Interruption(number, after=False):
            attempt.overtaken = True
            happen()
        if isinstance(step, Send) and step.request.method == "POST" and TARGETS[CREATE][1] in step.request.url:
            attempt.posted = True
        outcome = fault = None
        try:
            outcome = yield step
        except (Unanswered, PaxosError) as raised:
            fault = raised
        if interruption == Interruption(number, after=True):
            attempt.overtaken = True
            happen()
    raise AssertionError


class Caller(ABC):
    """A process that submits.

    :param wire: the network
    """

    def __init__(self, wire: Wire) -> None:
        self.wire = wire
        self.start()

    @abstractmethod
    def start(self) -> None:
        """Start from nothing: no token, no throttle that is remembered, no connection."""

    @abstractmethod
    def stop(self) -> None:
        """End, or crash: nothing but the connections is to be closed."""

    @abstractmethod
    def submit(self, attempt: Attempt, interruption: Interruption | None, happen: Callable[[], None]) -> Submission:
        """Submit through the driver."""

    def _flow(
        self, client: BaseClient, attempt: Attempt, interruption: Interruption | None, happen: Callable[[], None]
    ) -> Flow[Submission]:
        return observed(
            client.orchestrations.submit(attempt.values, creator=attempt.payment.creator), attempt, interruption, happen
        )


class Worker(Caller):
    """Submits through ``PaxosClient``."""

    def start(self) -> None:
        """Start from nothing."""
        shared = SharedState(clock=self.wire.now)
        self._client = PaxosClient(self.wire.settings(), shared=shared, sleep=self.wire.sleep)
        wire = self.wire
        adapter = Redialling(wire) if isinstance(wire, Sockets) else None
        if isinstance(wire, InProcess):
            adapter = RequestsAdapter(wire)
        self._client._session.mount(wire.origin, adapter)

    def stop(self) -> None:
        """End, or crash."""
        self._client.close()

    def submit(self, attempt: Attempt, interruption: Interruption | None, happen: Callable[[], None]) -> Submission:
        """Submit through the driver."""
        return self._client.run(self._flow(self._client, attempt, interruption, happen))


class Triggerer(Caller):
    """Submits through ``AsyncPaxosClient``."""

    _runner = asyncio.Runner()

    def start(self) -> None:
        """Start from nothing."""
        wire = self.wire

        async def sleep(seconds: float) -> None:
            wire.sleep(seconds)

        transport = AsyncRedialling(wire) if isinstance(wire, Sockets) else None
        if isinstance(wire, InProcess):
            transport = Httpx2Transport(wire)
        self._client = AsyncPaxosClient(
            wire.settings(), shared=SharedState(clock=wire.now), sleep=sleep, transport=transport
        )

    def stop(self) -> None:
        """End, or crash."""
        self._runner.run(self._client.close())

    def submit(self, attempt: Attempt, interruption: Interruption | None, happen: Callable[[], None]) -> Submission:
        """Submit through the driver."""
        return self._runner.run(self._client.run(self._flow(self._client, attempt, interruption, happen)))
