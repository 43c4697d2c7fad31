"""Let a task that the rate limit keeps from submitting come back when there is room, without using up its retries."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from contextlib import contextmanager

from airflow_provider_paxos.api.errors import BatchIncomplete, PaxosError, RateLimited
from airflow_provider_paxos.execution.task import CreatingTask
from airflow_provider_paxos.retries import outlast_throttles
from airflow_provider_paxos.triggers.moment import MomentTrigger

AGAIN = "execute_again"
"""The operator's method that Airflow calls after the wait."""

_SPREAD = 0.02
"""Tasks that wait for the same moment come back within so much of the wait after it."""


@contextmanager
def back_when_there_is_room(task: CreatingTask) -> Iterator[None]:
    """Defer the task after a throttle, and where its requests have used up the rate limit of the host.

    A task that does not defer fails, and is retried after the throttle, unless its author has given a retry policy.

    :raises PaxosError: where the task does not defer, or was stopped.
    """
    try:
        yield
        return
    except PaxosError as error:
        cause = error.cause if isinstance(error, BatchIncomplete) else error
        if not isinstance(cause, RateLimited) or task.stopped:
            raise
        if not task.deferrable:
            outlast_throttles(task)
            raise
        seconds = cause.wait * (1 + _SPREAD * random.random())  # noqa: S311 - not for secrets
        task.log.warning("%s\nWaiting in the triggerer for %.0f s, then submitting the rest.", error, seconds)
        trigger = MomentTrigger(moment=time.time() + seconds, longest=seconds)
    task.defer(trigger=trigger, method_name=AGAIN)
