"""MadeByRuleTrigger: waits in the triggerer until orchestrations that a rule has made are terminal.

Airflow imports this file on the loop of all triggers: at module level it knows Airflow alone.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from airflow.triggers.base import BaseTrigger, TriggerEvent

from airflow_provider_paxos.triggers.late import triggerer_part


class MadeByRuleTrigger(BaseTrigger):
    """Waits until so many orchestrations of a rule are terminal, or until an error ends the wait; fires one event.

    It only reads, one request a poll. The event is ``{"terminal": {"COMPLETED": 3}}``, or ``{"error": "…"}`` for a
    non-transient error. Whoever resumes reads the orchestrations afresh. Transient errors are logged, and do not end
    the wait.

    :param paxos_conn_id: the id of a connection of type ``paxos``; it is read anew for each poll.
    :param orchestration_rule_id: the rule's id.
    :param since: when the first of them was created at the earliest: RFC 3339.
    :param count: how many are waited for: 1 to 1,000.
    :param poll_interval: seconds from one poll to the next.
    :param silent_fail: whether to log a non-transient error as well, and wait on; see Airflow's sensors.
    """

    def __init__(
        self,
        *,
        paxos_conn_id: str,
        orchestration_rule_id: str,
        since: str,
        count: int,
        poll_interval: float,
        silent_fail: bool = False,
    ) -> None:
        super().__init__()
        self.paxos_conn_id = paxos_conn_id
        self.orchestration_rule_id = orchestration_rule_id
        self.since = since
        self.count = count
        self.poll_interval = poll_interval
        self.silent_fail = silent_fail

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Return what Airflow stores of the trigger: no secret, and nothing but JSON."""
        return (
            "airflow_provider_paxos.triggers.made_by_rule.MadeByRuleTrigger",
            {
                "paxos_conn_id": self.paxos_conn_id,
                "orchestration_rule_id": self.orchestration_rule_id,
                "since": self.since,
                "count": self.count,
                "poll_interval": self.poll_interval,
                "silent_fail": self.silent_fail,
            },
        )

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Wait until they are terminal. CancelledError passes through, so that Airflow can clean up."""
        part = await triggerer_part()
        event = await part.list_waits.wait_for_rule(
            self.log,
            self.paxos_conn_id,
            self.orchestration_rule_id,
            since=self.since,
            count=self.count,
            poll_interval=self.poll_interval,
            silent_fail=self.silent_fail,
        )
        yield TriggerEvent(event)

    async def on_kill(self) -> None:
        """Log that the orchestrations go on: Paxos has no cancel. (Airflow may call it on a mere reassignment, too.)"""
        self.log.warning(
            "No longer waiting for the orchestrations of rule %s. Paxos cannot cancel them: they go on.",
            self.orchestration_rule_id,
        )
