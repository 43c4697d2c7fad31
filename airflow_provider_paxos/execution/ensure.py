"""Ensure that something is at Paxos as rows describe it, and wait for the people who decide on it."""

from __future__ import annotations

import math
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any, Generic, TypeVar

from airflow.sdk import Context
from airflow.triggers.base import BaseTrigger

from airflow_provider_paxos.api.errors import PaxosError
from airflow_provider_paxos.api.flow import Flow
from airflow_provider_paxos.api.secrecy import Secret
from airflow_provider_paxos.api.stopping import UntilStopped
from airflow_provider_paxos.execution.task import EnsuringTask
from airflow_provider_paxos.execution.wait import resumed
from airflow_provider_paxos.hooks.paxos import PaxosHook
from airflow_provider_paxos.retries import non_retryable_fails
from airflow_provider_paxos.triggers.events import require_decided
from airflow_provider_paxos.waiting.decisions import Decidable, DecisionWatch
from airflow_provider_paxos.waiting.watch import ends_waiting

POLL_SECONDS = 60.0
"""From one poll to the next, unless the author gives an interval: people decide."""

SHOWN = 20

Records = list[dict[str, Any]] | dict[str, Any]
"""The task's result: a record for each row, as ``xcom.packed`` stores them."""

Ensured = TypeVar("Ensured")
Result = TypeVar("Result")


class Ensuring(ABC, Generic[Ensured]):
    """Runs one attempt of an operator, or what comes after its deferral.

    :param task: the operator.
    :param context: of the task instance.
    """

    nouns: str
    """What is waited for, in the log."""

    def __init__(self, task: Any, context: Context) -> None:
        self.context = context
        self._task: EnsuringTask = task

    @abstractmethod
    def _asked(self) -> Secret[Any]:
        """Return the valid rows."""

    @abstractmethod
    def _ensure(self, hook: PaxosHook, asked: Secret[Any]) -> list[Ensured]:
        """Change what differs, and return how each row stands; raise for what cannot be as it is asked for."""

    @abstractmethod
    def _pending(self, ensured: Sequence[Ensured]) -> Sequence[Decidable]:
        """Return what is to be waited for."""

    @abstractmethod
    def _watch(self, ids: Sequence[str]) -> DecisionWatch[Any]:
        """Return a watch of what is waited for."""

    @abstractmethod
    def _read(self, hook: PaxosHook, ids: Sequence[str]) -> Sequence[Decidable]:
        """Read what is waited for."""

    @abstractmethod
    def _trigger(self, ids: Sequence[str], poll_interval: float) -> BaseTrigger:
        """Return the trigger that waits."""

    @abstractmethod
    def _not_in_time(self, pending: Sequence[Any]) -> PaxosError:
        """Return the error for what has not been decided on in time."""

    @abstractmethod
    def _conclude(self, hook: PaxosHook, asked: Secret[Any], ensured: Sequence[Ensured]) -> Records:
        """Do what comes after the wait, and return a record for each row."""

    def execute(self) -> Records:
        """Change what differs, and wait until all is decided on.

        :returns: a record for each row.
        :raises AirflowFailException: for wrong rows, what is REJECTED, and another non-retryable error.
        :raises PaxosError: for a retryable one.
        """
        task = self._task
        with non_retryable_fails(), PaxosHook(task.paxos_conn_id) as hook:
            asked = self._asked()
            ensured = self._ensure(hook, asked)
            pending = self._pending(ensured)
            if pending and not task.deferrable:
                self._wait_on_worker(hook, pending)
                ensured = self._ensure(hook, asked)
                if pending := self._pending(ensured):
                    raise self._not_in_time(pending)
            if not pending:
                return self._conclude(hook, asked, ensured)
        task.log.info("Waiting in the triggerer until Paxos has decided on %s %s", f"{len(pending):,}", self.nouns)
        return task.defer(
            trigger=self._trigger([each.id for each in pending], task.poll_interval or POLL_SECONDS),
            method_name="execute_complete",
            timeout=None if task.timeout is None else timedelta(seconds=task.timeout),
        )

    def complete(self, event: Any) -> Records:
        """Read all afresh, once the trigger reports that Paxos has decided on it.

        :returns: a record for each row.
        """
        require_decided(event)
        return self.execute()

    def resume(self, resume: Callable[[], Any]) -> Any:
        """Resume after the triggerer's wait.

        :param resume: Airflow's own way to resume.
        :raises PaxosError: if the wait has timed out, or the trigger failed.
        """
        return resumed(resume, at_timeout=self._time_out)

    def _run(self, hook: PaxosHook, flow: Flow[Result]) -> Result:
        """Drive a flow until the task is stopped."""
        return hook.get_conn().run(UntilStopped(lambda: self._task.stopped).run(flow))

    def _wait_on_worker(self, hook: PaxosHook, pending: Sequence[Decidable]) -> None:
        task = self._task
        watch = self._watch([each.id for each in pending])
        deadline = math.inf if task.timeout is None else time.monotonic() + task.timeout
        while watch.undecided:
            if (left := deadline - time.monotonic()) <= 0:
                raise self._not_in_time(pending)
            time.sleep(min(task.poll_interval or POLL_SECONDS, left))
            try:
                found = self._read(hook, watch.undecided)
            except PaxosError as error:
                if ends_waiting(error):
                    raise
                task.log.warning("Transient error while polling; will retry: %s", error)
                continue
            for line in watch.observe(found):
                task.log.info(line)

    def _time_out(self) -> Records:
        with non_retryable_fails(), PaxosHook(self._task.paxos_conn_id) as hook:
            asked = self._asked()
            ensured = self._ensure(hook, asked)
            if pending := self._pending(ensured):
                raise self._not_in_time(pending)
            return self._conclude(hook, asked, ensured)
