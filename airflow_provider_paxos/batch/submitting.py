"""Submit many orchestrations concurrently, by the rules of ``submit``, in a thread with its own event loop.

The loop does not run in the main thread: Airflow's signals arrive there (a kill, the end of ``execution_timeout``), and
an event loop may swallow what a signal handler raises.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from airflow_provider_paxos.api.async_client import AsyncPaxosClient
from airflow_provider_paxos.api.creators import Adopt
from airflow_provider_paxos.api.errors import (
    CreatedByAnother,
    InsufficientFunds,
    OutcomeUnknown,
    PaxosError,
    RateLimited,
    RefIdConflict,
    Stopped,
)
from airflow_provider_paxos.api.orchestrations import Submission
from airflow_provider_paxos.api.stopping import UntilStopped, interrupted
from airflow_provider_paxos.batch.validation import Payment

IN_FLIGHT = 16
"""Requests at once: at 50 requests a second, Paxos' limit, enough for answers that take 0.3 s."""

_PROGRESS_SECONDS = 0.5
_HALTING = (RateLimited, RefIdConflict, CreatedByAnother)
"""Errors that concern the whole batch, beside those of the connection."""

_OF_ONE_PAYMENT = (InsufficientFunds, OutcomeUnknown)
"""Retryable errors that are no sign of an outage."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome of one submit, and when it was known."""

    result: Submission | PaxosError
    at: datetime


class Submitting:
    """Submits payments, some at a time, in their order.

    It halts after an error that concerns the whole batch, and once as many submits in a row as are in flight at a time
    have met an outage. What is in flight is finished.

    :param connect: makes the client.
    :param payments: what to submit.
    :param adopt: whose orchestrations to adopt.
    """

    def __init__(
        self, connect: Callable[[], AsyncPaxosClient], payments: Sequence[Payment], adopt: Adopt = Adopt.SAME_TASK
    ) -> None:
        self._connect = connect
        self._adopt = adopt
        self._waiting: Iterator[tuple[int, Payment]] = iter(enumerate(payments))
        self._total = len(payments)
        self._workers = min(IN_FLIGHT, len(payments))
        self._outages_in_a_row = 0
        self._halted = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._work: asyncio.Future[Any] | None = None
        self.outcomes: dict[int, Outcome] = {}
        self.in_flight: set[int] = set()
        self.stopped = False

    def run(self, on_progress: Callable[[], None]) -> dict[int, Outcome]:
        """Submit, and return the outcomes by the positions of the requests; what was not submitted has none.

        :param on_progress: called twice a second, in the caller's thread.
        """
        with ThreadPoolExecutor(1, thread_name_prefix="paxos-batch") as thread:
            done = thread.submit(asyncio.run, self._run())
            try:
                while not _is_over(done):
                    on_progress()
            except BaseException:
                self._abandon()
                raise
            done.result()
        return self.outcomes

    def stop(self) -> None:
        """Let no further request leave; answers still count. Safe in any thread and in a signal handler."""
        self.stopped = True

    def counts(self) -> tuple[int, int, int]:
        """Return how many were submitted, how many were not, and of how many the outcome is unknown."""
        done, unknown = len(self.outcomes), len(self.in_flight)
        return done, self._total - done - unknown, unknown

    def _abandon(self) -> None:
        self.stop()
        if self._loop and self._work:
            with suppress(RuntimeError):  # the loop has ended by itself
                self._loop.call_soon_threadsafe(self._work.cancel)

    async def _run(self) -> None:
        self._loop = asyncio.get_running_loop()
        async with self._connect() as client:
            self._work = asyncio.gather(*(self._take(client) for _ in range(self._workers)))
            await self._work

    async def _take(self, client: AsyncPaxosClient) -> None:
        for position, payment in self._waiting:
            self.in_flight.add(position)
            until_stopped = UntilStopped(lambda: self.stopped)
            submit = client.orchestrations.submit(payment.request, creator=payment.creator, adopt=self._adopt)
            try:
                self._record(position, await client.run(until_stopped.run(submit)))
            except PaxosError as error:
                if isinstance(error, Stopped) and not until_stopped.posted:
                    self.in_flight.discard(position)
                else:
                    self._record(position, error)
            except asyncio.CancelledError:
                if until_stopped.posted:
                    self._record(position, interrupted(payment.request, posted=True))
                raise
            if self.stopped or self._halted:
                return

    def _record(self, position: int, result: Submission | PaxosError) -> None:
        self.in_flight.discard(position)
        self.outcomes[position] = Outcome(result, datetime.now(UTC))
        self._outages_in_a_row = self._outages_in_a_row + 1 if is_outage(result) else 0
        concerns_all = isinstance(result, PaxosError) and (result.connection_wide or isinstance(result, _HALTING))
        if concerns_all or self._outages_in_a_row >= IN_FLIGHT:
            self._halted = True


def is_outage(result: Submission | PaxosError) -> bool:
    """Return whether a result is an error of Paxos or the network, rather than an answer about the payment."""
    return isinstance(result, PaxosError) and result.retryable and not isinstance(result, _OF_ONE_PAYMENT)


def _is_over(done: Future[Any]) -> bool:
    try:
        done.exception(timeout=_PROGRESS_SECONDS)
    except TimeoutError:
        return done.done()
    return True
