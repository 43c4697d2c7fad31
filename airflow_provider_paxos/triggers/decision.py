"""Wait in the triggerer until people have decided on something at Paxos: what the triggers that do so share.

Airflow imports this file on the loop of all triggers: at module level it knows Airflow alone.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any, ClassVar

from airflow.triggers.base import BaseTrigger, TriggerEvent

from airflow_provider_paxos.triggers.late import triggerer_part


class DecisionTrigger(BaseTrigger):
    """Waits until each of many is decided on, or until an error ends the wait; fires one event.

    :param paxos_conn_id: the id of a connection of type ``paxos``; it is read anew for each poll.
    :param ids: of what is waited for.
    :param poll_interval: seconds from one poll to the next.
    """

    kind: ClassVar[str]
    """Of what is waited for: a key of ``list_waits.KINDS``."""

    def __init__(self, *, paxos_conn_id: str, ids: Sequence[str], poll_interval: float) -> None:
        super().__init__()
        self.paxos_conn_id = paxos_conn_id
        self.ids = list(ids)
        self.poll_interval = poll_interval

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Return what Airflow stores of the trigger: ids, and nothing of a person."""
        itself = type(self)
        kwargs = {"paxos_conn_id": self.paxos_conn_id, "ids": self.ids, "poll_interval": self.poll_interval}
        return f"{itself.__module__}.{itself.__name__}", kwargs

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Wait until all are decided on. CancelledError passes through, so that Airflow can clean up."""
        part = await triggerer_part()
        event = await part.list_waits.wait_for_decisions(
            self.log, self.paxos_conn_id, self.kind, self.ids, self.poll_interval
        )
        yield TriggerEvent(event)
