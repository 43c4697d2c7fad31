"""CryptoDestinationTrigger: waits in the triggerer until Paxos has decided on saved addresses."""

from __future__ import annotations

from collections.abc import Sequence

from airflow.triggers.base import BaseTrigger

from airflow_provider_paxos.api.saved_addresses import CryptoDestinationAddress
from airflow_provider_paxos.hooks.paxos import PaxosAsyncHook
from airflow_provider_paxos.triggers.decision import WaitsForDecisions
from airflow_provider_paxos.waiting.destination_watch import DestinationWatch


class CryptoDestinationTrigger(WaitsForDecisions, BaseTrigger):
    """Waits until each of many saved addresses is APPROVED or REJECTED; fires one event.

    It only reads, 100 a request. The event is ``{"decided": 3}``, or ``{"error": "…"}`` for a non-transient error.
    Transient errors are logged, and do not end the wait.

    :param paxos_conn_id: the id of a connection of type ``paxos``.
    :param ids: of the saved addresses.
    :param poll_interval: seconds from one poll to the next.
    """

    def watch(self) -> DestinationWatch:
        """Return a watch of the addresses."""
        return DestinationWatch(self.ids)

    async def read(self, hook: PaxosAsyncHook, ids: Sequence[str]) -> list[CryptoDestinationAddress]:
        """Read addresses."""
        return await hook.read_crypto_destinations(ids=ids)
