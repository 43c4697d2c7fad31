"""The retries of tasks: which error ends a task for good, and ``PaxosRetryPolicy`` for ``retry_policy=`` (Airflow 3.3).

A Dag file may import it: it imports ``api`` only when a task has failed. Which error is retryable, ``api.errors`` says.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from types import ModuleType
from typing import TYPE_CHECKING, Any

from airflow_provider_paxos.version_compat import AirflowFailException, RetryDecision, RetryPolicy

if TYPE_CHECKING:
    from airflow.sdk import Context

_FIRST_BACKOFF = timedelta(seconds=15)
_LONGEST_BACKOFF = timedelta(minutes=15)
_SPREAD = 0.2
"""Tasks that were throttled together come back within so much of the delay after its end, not all at once."""


@contextmanager
def non_retryable_fails(*, unsuccessful_only: bool = False) -> Iterator[None]:
    """End the task without further retries after a non-retryable error; the others pass.

    :param unsuccessful_only: whether to do so for FAILED and REJECTED only.
    :raises AirflowFailException: with the same message.
    """
    errors = _errors()
    try:
        yield
    except errors.PaxosError as error:
        if error.retryable or (unsuccessful_only and not isinstance(error, errors.OrchestrationUnsuccessful)):
            raise
        raise AirflowFailException(str(error)) from error


def outlast_throttles(task: Any) -> None:
    """Let the next retry of a task come after a throttle, where its author has given no policy of their own.

    Airflow asks the policy on the worker, once the task has failed. Before Airflow 3.3 there is none: there the
    task's ``retry_delay`` decides.

    :param task: the operator that is running.
    """
    if RetryDecision is not None and getattr(task, "retry_policy", None) is None:
        task.retry_policy = PaxosRetryPolicy()


class PaxosRetryPolicy(RetryPolicy):
    """Ends the task after non-retryable errors, waits out a throttle, backs off on outages; the rest is up to the task.

    It cannot retry more often than the task's ``retries``. Without it, the operator ends the task after non-retryable
    errors, the sensor does so for FAILED and REJECTED, and the task's ``retry_delay`` applies to the rest, but for
    what the rate limit kept the operator from.
    """

    def evaluate(
        self,
        exception: BaseException,
        try_number: int,
        max_tries: int,  # noqa: ARG002 - part of Airflow's interface
        context: Context | None = None,  # noqa: ARG002 - part of Airflow's interface
    ) -> RetryDecision:
        """Decide on a failure.

        :param exception: what failed the task.
        :param try_number: of the try that failed, from 1.
        """
        errors = _errors()
        if isinstance(exception, errors.BatchIncomplete) and exception.cause:
            exception = exception.cause
        if not isinstance(exception, errors.PaxosError):
            return RetryDecision.default()
        if not exception.retryable:
            return RetryDecision.fail(f"{type(exception).__name__}: not retryable.")
        if isinstance(exception, errors.RateLimited):
            return RetryDecision.retry(_spread(timedelta(seconds=exception.wait)), "Paxos throttles this IP address.")
        if exception.transient:
            backoff = min(_LONGEST_BACKOFF, _FIRST_BACKOFF * 2 ** min(try_number - 1, 10))
            return RetryDecision.retry(_spread(backoff), "Paxos cannot be reached, or has a fault.")
        return RetryDecision.default()

    def serialize(self) -> dict[str, Any]:
        """Return its settings: it has none."""
        return {}

    @classmethod
    def deserialize(cls, data: dict[str, Any]) -> PaxosRetryPolicy:  # noqa: ARG003 - there are no settings
        """Return it from its settings."""
        return cls()


def _errors() -> ModuleType:
    from airflow_provider_paxos.api import errors

    return errors


def _spread(delay: timedelta) -> timedelta:
    return delay * (1 + _SPREAD * random.random())  # noqa: S311 - not for secrets
