"""Wait in the triggerer until people have decided on something at Paxos: what the triggers that do so share."""

from __future__ import annotations

from abc import abstractmethod
from asyncio import sleep
from collections.abc import AsyncIterator, Sequence
from typing import TYPE_CHECKING, Any

from airflow.triggers.base import BaseTrigger, TriggerEvent

from airflow_provider_paxos.api.errors import PaxosError
from airflow_provider_paxos.hooks.paxos import PaxosAsyncHook
from airflow_provider_paxos.triggers.events import decided_event, error_event
from airflow_provider_paxos.waiting.decisions import Decidable, DecisionWatch
from airflow_provider_paxos.waiting.watch import ends_waiting

if TYPE_CHECKING:
    Base = BaseTrigger
else:
    Base = object


class WaitsForDecisions(Base):
    """Waits until each of many is decided on, or until an error ends the wait; fires one event.

    To be named before the trigger's base.

    :param paxos_conn_id: the id of a connection of type ``paxos``; it is read anew for each poll.
    :param ids: of what is waited for.
    :param poll_interval: seconds from one poll to the next.
    """

    def __init__(self, *, paxos_conn_id: str, ids: Sequence[str], poll_interval: float) -> None:
        super().__init__()
        self.paxos_conn_id = paxos_conn_id
        self.ids = list(ids)
        self.poll_interval = poll_interval

    @abstractmethod
    def watch(self) -> DecisionWatch[Any]:
        """Return a watch of what is waited for."""

    @abstractmethod
    async def read(self, hook: PaxosAsyncHook, ids: Sequence[str]) -> Sequence[Decidable]:
        """Read what is not decided on."""

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Return what Airflow stores of the trigger: ids, and nothing of a person."""
        kind = type(self)
        kwargs = {"paxos_conn_id": self.paxos_conn_id, "ids": self.ids, "poll_interval": self.poll_interval}
        return f"{kind.__module__}.{kind.__name__}", kwargs

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Wait until all are decided on. CancelledError passes through, so that Airflow can clean up."""
        watch = self.watch()
        while watch.undecided:
            await sleep(self.poll_interval)
            try:
                async with PaxosAsyncHook(self.paxos_conn_id) as hook:
                    found = await self.read(hook, watch.undecided)
            except PaxosError as error:
                if ends_waiting(error):
                    yield TriggerEvent(error_event(str(error)))
                    return
                self.log.warning("Transient error while polling; will retry: %s", error)
                continue
            for line in watch.observe(found):
                self.log.info(line)
        yield TriggerEvent(decided_event(len(self.ids)))
