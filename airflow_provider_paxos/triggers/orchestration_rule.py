"""OrchestrationRuleTrigger: waits in the triggerer until Paxos has decided on orchestration rules."""

from __future__ import annotations

from airflow_provider_paxos.triggers.decision import DecisionTrigger


class OrchestrationRuleTrigger(DecisionTrigger):
    """Waits until each of many rules is ACTIVE, REJECTED or DELETED; fires one event.

    It only reads, 100 a request. The event is ``{"decided": 3}``, or ``{"error": "…"}`` for a non-transient error.
    Transient errors are logged, and do not end the wait.

    :param paxos_conn_id: the id of a connection of type ``paxos``.
    :param ids: of the rules.
    :param poll_interval: seconds from one poll to the next.
    """

    kind = "rules"
