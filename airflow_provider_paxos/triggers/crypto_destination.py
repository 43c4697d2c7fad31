"""CryptoDestinationTrigger: waits in the triggerer until Paxos has decided on saved addresses."""

from __future__ import annotations

from asyncio import sleep
from collections.abc import AsyncIterator, Sequence
from typing import Any

from airflow.triggers.base import BaseTrigger, TriggerEvent

from airflow_provider_paxos.api.errors import PaxosError
from airflow_provider_paxos.hooks.paxos import PaxosAsyncHook
from airflow_provider_paxos.triggers.events import decided_event, error_event
from airflow_provider_paxos.waiting.destination_watch import DestinationWatch
from airflow_provider_paxos.waiting.watch import ends_waiting


class CryptoDestinationTrigger(BaseTrigger):
    """Waits until each address is APPROVED or REJECTED, or until an error ends the wait; fires one event.

    It only reads, 100 addresses a request. The event is ``{"decided": 3}``, or ``{"error": "…"}`` for a non-transient
    error. Transient errors are logged, and do not end the wait.

    :param paxos_conn_id: the id of a connection of type ``paxos``; it is read anew for each poll.
    :param address_ids: the ids of the saved addresses.
    :param poll_interval: seconds from one poll to the next.
    """

    def __init__(self, *, paxos_conn_id: str, address_ids: Sequence[str], poll_interval: float) -> None:
        super().__init__()
        self.paxos_conn_id = paxos_conn_id
        self.address_ids = list(address_ids)
        self.poll_interval = poll_interval

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Return what Airflow stores of the trigger: ids, and nothing of a person."""
        return (
            "airflow_provider_paxos.triggers.crypto_destination.CryptoDestinationTrigger",
            {
                "paxos_conn_id": self.paxos_conn_id,
                "address_ids": self.address_ids,
                "poll_interval": self.poll_interval,
            },
        )

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Wait until all are decided on. CancelledError passes through, so that Airflow can clean up."""
        watch = DestinationWatch(self.address_ids)
        while watch.undecided:
            await sleep(self.poll_interval)
            try:
                async with PaxosAsyncHook(self.paxos_conn_id) as hook:
                    found = await hook.read_crypto_destinations(ids=watch.undecided)
            except PaxosError as error:
                if ends_waiting(error):
                    yield TriggerEvent(error_event(str(error)))
                    return
                self.log.warning("Transient error while polling; will retry: %s", error)
                continue
            for line in watch.observe(found):
                self.log.info(line)
        yield TriggerEvent(decided_event(len(self.address_ids)))
