"""Wait for orchestrations that Paxos creates by a rule, when deposits match it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, NoReturn

from airflow.sdk import PokeReturnValue

from airflow_provider_paxos.api.errors import WaitAborted
from airflow_provider_paxos.api.models import Orchestration
from airflow_provider_paxos.execution.receipt import leave
from airflow_provider_paxos.execution.sense import Sensing, require_name, unusable
from airflow_provider_paxos.execution.wait import POLL_SECONDS
from airflow_provider_paxos.hooks.paxos import PaxosHook
from airflow_provider_paxos.receipts import receipt_of
from airflow_provider_paxos.triggers.events import require_all_terminal
from airflow_provider_paxos.triggers.made_by_rule import MadeByRuleTrigger
from airflow_provider_paxos.waiting.made_by_rule import MadeByRule
from airflow_provider_paxos.waiting.poll import Poll, observed_once
from airflow_provider_paxos.xcom import packed


class SensingRule(Sensing):
    """Waits for orchestrations of a rule; its result is a record for each, oldest first."""

    _watch: MadeByRule | None = None
    _left = 0

    def complete(self, event: Any) -> list[dict[str, Any]] | dict[str, Any]:
        """Read the orchestrations afresh that a trigger's event reports as terminal.

        :returns: a record for each, as ``xcom.packed`` stores them.
        """
        require_all_terminal(event, None)
        watch = self._watched()
        with PaxosHook(self._task.paxos_conn_id) as hook:
            for line in watch.observe(watch.read(hook)):
                self._task.log.info(line)
        if not watch.done:
            raise WaitAborted(
                f"the trigger reported {watch.count:,} terminal orchestrations of rule {watch.rule_id}, but Paxos "
                f"returns {len(watch.terminal):,}."
            )
        return self._concluded(watch.terminal)

    def _require_identity(self) -> None:
        self._watched()

    def _watched(self) -> MadeByRule:
        if self._watch is None:
            task = self._task
            require_name("orchestration_rule_id", task.orchestration_rule_id, "rule")
            try:
                since, count = task.wanted_of_rule()
            except ValueError as wrong:
                raise unusable(str(wrong)) from None
            self._watch = MadeByRule(str(task.orchestration_rule_id), since, count)
        return self._watch

    def _poll(self, hook: PaxosHook) -> Poll:
        watch = self._watched()
        return observed_once(lambda: watch.read(hook), watch.observe, self._task.log)

    def _observed(self, poll: Poll) -> PokeReturnValue:
        watch = self._watched()
        if watch.done:
            return PokeReturnValue(is_done=True, xcom_value=self._concluded(watch.terminal))
        if poll.found:
            self._leave_receipts(poll.found)
        return PokeReturnValue(is_done=False)

    def _defer(self) -> NoReturn:
        task, watch = self._task, self._watched()
        task.defer(
            trigger=MadeByRuleTrigger(
                paxos_conn_id=task.paxos_conn_id,
                orchestration_rule_id=watch.rule_id,
                since=watch.since.isoformat(),
                count=watch.count,
                poll_interval=task.poll_interval or POLL_SECONDS,
                silent_fail=task.silent_fail,
            ),
            method_name="execute_complete",
            timeout=timedelta(seconds=task.timeout),
        )

    def _concluded(self, orchestrations: Sequence[Orchestration]) -> list[dict[str, Any]] | dict[str, Any]:
        self._leave_receipts(orchestrations)
        return packed(self._ended(orchestrations))

    def _leave_receipts(self, orchestrations: Sequence[Orchestration]) -> None:
        # Not at each poke: a write is worth it only for what is new since the last one of this process.
        if self._left != len(orchestrations):
            self._left = len(orchestrations)
            leave(self._task, self.context, packed([receipt_of(each) for each in orchestrations]))
