"""SnapshotHook: reads snapshots by an Airflow connection that may change during a wait."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from airflow.sdk import Connection

from airflow_provider_paxos.api.async_client import AsyncPaxosClient
from airflow_provider_paxos.api.secrecy import Secret
from airflow_provider_paxos.api.snapshot import Snapshot
from airflow_provider_paxos.hooks.paxos import PaxosAsyncHook
from airflow_provider_paxos.observability.spans import POLL, span


class SnapshotHook(PaxosAsyncHook):
    """Reads snapshots for the triggerer's poller.

    :param paxos_conn_id: the id of a connection of type ``paxos``.
    """

    _stated: Secret[tuple[Any, ...]] | None = None

    async def open(self) -> None:
        """Read the connection, and make a client of it.

        :raises InvalidConnection: if the connection is not defined, or has a field that cannot work.
        """
        await self.get_conn()

    async def changed(self) -> bool:
        """Read the connection again, and return whether it says anything else than the client in use was made from.

        :raises UndefinedConnection: if it is not defined, or cannot be read now.
        """
        return _statement(Secret(await self._connection())) != self._stated

    async def _made(self, connection: Connection) -> AsyncPaxosClient:
        self._stated = _statement(Secret(connection))
        return await super()._made(connection)

    async def list(self, *, ids: Sequence[str] = (), ref_ids: Sequence[str] = ()) -> Sequence[Snapshot]:
        """Return snapshots of up to 100 ids, or of up to 100 ref_ids. Those that List does not return are missing.

        :raises PaxosError: of the class of the cause.
        """
        client = await self.get_conn()
        with span(POLL, conn_id=self.paxos_conn_id, payments=len(ids) + len(ref_ids), own_trace=True):
            return await client.run(client.orchestrations.snapshots(ids=ids, ref_ids=ref_ids))

    async def get(self, orchestration_id: str) -> Snapshot:
        """Return a snapshot of one orchestration.

        :raises NotFound: if Paxos has no orchestration with the id.
        :raises PaxosError: of the class of the cause.
        """
        client = await self.get_conn()
        with span(POLL, conn_id=self.paxos_conn_id, payments=1, own_trace=True):
            return await client.run(client.orchestrations.snapshot(orchestration_id))


def _statement(connection: Secret[Connection]) -> Secret[tuple[Any, ...]]:
    """Return all that a connection says, to be compared and never shown."""
    names = ("conn_type", "host", "schema", "login", "password", "port", "extra")
    return Secret(tuple(getattr(connection.reveal(), name, None) for name in names))
