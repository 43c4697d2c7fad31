"""What the reader reads from: a client of a connection that may change while somebody waits."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Protocol

from airflow_provider_paxos.api.snapshot import Snapshot

log = logging.getLogger(__name__)


class Source(Protocol):
    """Reads how orchestrations stand: ``hooks.snapshots.SnapshotHook``, or what stands in for it."""

    async def open(self) -> None:
        """Read the connection."""

    async def changed(self) -> bool:
        """Read the connection again, and return whether it says anything else."""

    async def list(self, *, ids: Sequence[str] = (), ref_ids: Sequence[str] = ()) -> Sequence[Snapshot]:
        """Return what one request for up to 100 ids, or for up to 100 ref_ids, shows."""

    async def get(self, orchestration_id: str) -> Snapshot:
        """Return what Get shows of one."""

    async def close(self) -> None:
        """Close the connections."""


class LiveSource:
    """The source of the moment: opened when it is first needed, replaced once the connection says something else.

    :param make: makes a source.
    """

    def __init__(self, make: Callable[[], Source]) -> None:
        self._make = make
        self._source: Source | None = None
        self._uses: Counter[Source] = Counter()
        self._turn = asyncio.Lock()
        self._looked_in_vain = False

    @asynccontextmanager
    async def in_use(self) -> AsyncIterator[Source]:
        """Lend the source. One that is replaced meanwhile is closed when it is given back.

        :raises InvalidConnection: if it cannot be opened.
        """
        source = await self._opened()
        self._uses[source] += 1
        try:
            yield source
        finally:
            self._uses[source] -= 1
            if source is not self._source:
                await self._close_unused(source)

    async def replaced(self, source: Source | None = None) -> bool:
        """Read the connection again, and return whether there is another source than this one now.

        Nothing that goes wrong in that harms the source that is in use.

        :param source: the one of the moment by default.
        """
        source = source or self._source
        if source is None:
            return False
        async with self._turn:
            if source is not self._source:
                return True
            try:
                if not await source.changed():
                    self._looked_in_vain = False
                    return False
                fresh = self._make()
                await fresh.open()
            except Exception as error:  # noqa: BLE001 - a secrets backend may fail as it likes
                if not self._looked_in_vain:
                    self._looked_in_vain = True
                    log.warning("A Paxos connection that is in use cannot be read again: %s", error)
                return False
            self._source = fresh
            self._looked_in_vain = False
        log.info("A Paxos connection has changed, and is used as it is now")
        await self._close_unused(source)
        return True

    async def close(self) -> None:
        """Close the connections, when nothing is in use any more."""
        if self._source:
            await self._source.close()

    async def _opened(self) -> Source:
        if self._source is None:
            async with self._turn:
                if self._source is None:
                    source = self._make()
                    await source.open()
                    self._source = source
        return self._source

    async def _close_unused(self, source: Source) -> None:
        if not self._uses[source]:
            del self._uses[source]
            await source.close()
