"""OrchestrationRuleTrigger: waits in the triggerer until Paxos has decided on orchestration rules."""

from __future__ import annotations

from collections.abc import Sequence

from airflow.triggers.base import BaseTrigger

from airflow_provider_paxos.api.rule_models import OrchestrationRule
from airflow_provider_paxos.hooks.paxos import PaxosAsyncHook
from airflow_provider_paxos.triggers.decision import WaitsForDecisions
from airflow_provider_paxos.waiting.rule_watch import RuleWatch


class OrchestrationRuleTrigger(WaitsForDecisions, BaseTrigger):
    """Waits until each of many rules is ACTIVE, REJECTED or DELETED; fires one event.

    It only reads, 100 a request. The event is ``{"decided": 3}``, or ``{"error": "…"}`` for a non-transient error.
    Transient errors are logged, and do not end the wait.

    :param paxos_conn_id: the id of a connection of type ``paxos``.
    :param ids: of the rules.
    :param poll_interval: seconds from one poll to the next.
    """

    def watch(self) -> RuleWatch:
        """Return a watch of the rules."""
        return RuleWatch(self.ids)

    async def read(self, hook: PaxosAsyncHook, ids: Sequence[str]) -> list[OrchestrationRule]:
        """Read rules."""
        return await hook.read_orchestration_rules(ids)
