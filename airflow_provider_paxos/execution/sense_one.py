"""Wait for an orchestration that another task created, by its id or its ref_id."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, NoReturn

from airflow.sdk import PokeReturnValue

from airflow_provider_paxos.api.canonical import canonical_id
from airflow_provider_paxos.api.errors import WaitAborted, quoted
from airflow_provider_paxos.api.models import Orchestration
from airflow_provider_paxos.execution.receipt import leave
from airflow_provider_paxos.execution.sense import Sensing, require_name
from airflow_provider_paxos.execution.wait import wait_in_triggerer
from airflow_provider_paxos.hooks.paxos import PaxosHook
from airflow_provider_paxos.receipts import receipt_of
from airflow_provider_paxos.triggers.events import terminal_id
from airflow_provider_paxos.waiting.poll import Poll, poll_once
from airflow_provider_paxos.waiting.watch import GRACE_SECONDS, Watch


class SensingOne(Sensing):
    """Waits for one orchestration; its result is the final orchestration, as JSON values."""

    _watch: Watch | None = None
    _left: tuple[str, str | None] | None = None

    def complete(self, event: Any) -> dict[str, Any]:
        """Read the orchestration afresh that a trigger's event reports as terminal.

        :returns: the final orchestration, as JSON values.
        """
        orchestration_id = terminal_id(event, expected=self._id)
        with PaxosHook(self._task.paxos_conn_id) as hook:
            orchestration = hook.get_orchestration(orchestration_id)
        if self._task.ref_id is not None and orchestration.ref_id not in (None, self._task.ref_id):
            raise WaitAborted(
                f"the trigger reported an orchestration with another ref_id: {quoted(orchestration.ref_id)}."
            )
        return self._concluded(orchestration)

    @property
    def _id(self) -> str | None:
        """The id as Paxos returns it, however the author writes it."""
        given = self._task.orchestration_id
        return canonical_id(given) if given else None

    def _require_identity(self) -> None:
        names = {"orchestration_id": self._task.orchestration_id, "ref_id": self._task.ref_id}
        # Of the two, the one that the author did not give is None; another task may have returned None as well.
        given = {name: value for name, value in names.items() if value is not None} or names
        for name, value in given.items():
            require_name(name, value, "orchestration")

    def _poll(self, hook: PaxosHook) -> Poll:
        if self._watch is None:
            self._watch = self._new_watch()
        return poll_once(hook, self._watch, self._task.log)

    def _observed(self, poll: Poll) -> PokeReturnValue:
        if self._watch is not None and self._watch.done:
            orchestration = next(each for each in poll.found if each.id == self._watch.terminal[0].id)
            return PokeReturnValue(is_done=True, xcom_value=self._concluded(orchestration))
        if poll.found:
            self._leave_receipt(poll.found[0])
        return PokeReturnValue(is_done=False)

    def _defer(self) -> NoReturn:
        task = self._task
        wait_in_triggerer(
            task,
            ids=[self._id] if self._id else [],
            ref_ids=[task.ref_id] if task.ref_id else [],
            poll_interval=task.poll_interval,
            timeout=task.timeout,
            silent_fail=task.silent_fail,
        )

    def _new_watch(self) -> Watch:
        grace = GRACE_SECONDS
        if self._task.reschedule and (first := self.context["ti"].get_first_reschedule_date(self.context)):
            grace = max(0.0, grace - (datetime.now(UTC) - first).total_seconds())
        return Watch(
            ids=[self._id] if self._id else [],
            ref_ids=[self._task.ref_id] if self._task.ref_id else [],
            grace=grace,
        )

    def _concluded(self, orchestration: Orchestration) -> dict[str, Any]:
        self._leave_receipt(orchestration)
        (values,) = self._ended([orchestration])
        return values

    def _leave_receipt(self, orchestration: Orchestration) -> None:
        # Not at each poke: a write is worth it only for what has changed since the last one of this process.
        if self._left != (seen := (orchestration.id, orchestration.status)):
            self._left = seen
            leave(self._task, self.context, receipt_of(orchestration, ref_id=self._task.ref_id))
