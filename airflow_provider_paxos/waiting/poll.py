"""Poll from a worker: once, or until all orchestrations are terminal.

This file may know the watch and the API's errors and models. What reads the orchestrations comes as an argument.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from logging import Logger
from typing import Any, Protocol

from airflow_provider_paxos.api.errors import PaxosError
from airflow_provider_paxos.api.models import Orchestration
from airflow_provider_paxos.waiting.watch import Watch, ends_waiting


class SupportsReadOrchestrations(Protocol):
    """Reads many orchestrations as they are now: ``PaxosHook``, ``PaxosClient``."""

    def read_orchestrations(self, *, ids: Sequence[str] = (), ref_ids: Sequence[str] = ()) -> Sequence[Orchestration]:
        """Return those that Paxos shows."""


@dataclass(frozen=True)
class Poll:
    """One poll's result.

    :param found: the orchestrations that Paxos showed.
    :param transient_error: the error instead; it is logged, and does not end the wait.
    """

    found: tuple[Orchestration, ...] = ()
    transient_error: PaxosError | None = None


def poll_once(orchestrations: SupportsReadOrchestrations, watch: Watch, log: Logger | Any) -> Poll:
    """Read what is not terminal yet, and log what is new. ``watch.done`` then says whether all are terminal.

    :raises PaxosError: for an error that further polling does not overcome.
    """
    return observed_once(
        lambda: orchestrations.read_orchestrations(ids=watch.ids, ref_ids=watch.ref_ids), watch.observe, log
    )


def observed_once(
    read: Callable[[], Sequence[Orchestration]],
    observe: Callable[[Sequence[Orchestration]], Iterable[str]],
    log: Logger | Any,
) -> Poll:
    """Read once, and log what is new.

    :param read: reads what is waited for.
    :param observe: takes in what was found, and returns lines for the log.
    :raises PaxosError: for an error that further polling does not overcome.
    """
    try:
        found = read()
        for line in observe(found):
            log.info(line)
    except PaxosError as error:
        if ends_waiting(error):
            raise
        log.warning("Transient error while polling; will retry: %s", error)
        return Poll(transient_error=error)
    return Poll(found=tuple(found))


def poll_until_terminal(
    orchestrations: SupportsReadOrchestrations,
    watch: Watch,
    log: Logger | Any,
    *,
    interval: float,
    timeout: float | None = None,
) -> Poll:
    """Poll until all orchestrations are terminal, or until the time is up; ``watch.done`` says which.

    The first poll comes at once, the last one at the deadline.

    :param interval: seconds from one poll to the next.
    :param timeout: seconds; None for no deadline.
    :returns: the last poll.
    :raises PaxosError: for an error that further polling does not overcome.
    """
    deadline = math.inf if timeout is None else time.monotonic() + timeout
    while True:
        poll = poll_once(orchestrations, watch, log)
        left = deadline - time.monotonic()
        if watch.done or left <= 0:
            return poll
        time.sleep(min(interval, left))
