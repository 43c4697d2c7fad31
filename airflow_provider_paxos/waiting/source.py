"""Keep the client that the shared poller reads with, and replace it when its connection changes.

This file may know ``api.snapshot`` and asyncio. Who makes a client of a connection comes as an argument.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Protocol

from airflow_provider_paxos.api.snapshot import Snapshot

log = logging.getLogger(__name__)


class SnapshotSource(Protocol):
    """Reads snapshots of orchestrations: ``hooks.snapshots.SnapshotHook``, or a stand-in for it."""

    async def open(self) -> None:
        """Read the connection."""

    async def changed(self) -> bool:
        """Read the connection again, and return whether it differs from the one in use."""

    async def list(self, *, ids: Sequence[str] = (), ref_ids: Sequence[str] = ()) -> Sequence[Snapshot]:
        """Return the snapshots that one request for up to 100 ids, or for up to 100 ref_ids, returns."""

    async def get(self, orchestration_id: str) -> Snapshot:
        """Return the snapshot that Get returns."""

    async def close(self) -> None:
        """Close the connections."""


class LiveSource:
    """Holds the current source: opened when it is first needed, replaced once the connection has changed.

    :param make: makes a source.
    """

    def __init__(self, make: Callable[[], SnapshotSource]) -> None:
        self._make = make
        self._source: SnapshotSource | None = None
        self._uses: Counter[SnapshotSource] = Counter()
        self._lock = asyncio.Lock()
        self._reload_failed = False

    @asynccontextmanager
    async def in_use(self) -> AsyncIterator[SnapshotSource]:
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

    async def replaced(self, source: SnapshotSource | None = None) -> bool:
        """Read the connection again, and return whether the current source is now another one than this.

        No error of that affects the source in use.

        :param source: the current one by default.
        """
        source = source or self._source
        if source is None:
            return False
        async with self._lock:
            if source is not self._source:
                return True
            try:
                if not await source.changed():
                    self._reload_failed = False
                    return False
                fresh = self._make()
                await fresh.open()
            except Exception as error:  # noqa: BLE001 - a secrets backend may fail as it likes
                if not self._reload_failed:
                    self._reload_failed = True
                    log.warning("A Paxos connection that is in use cannot be read again: %s", error)
                return False
            self._source = fresh
            self._reload_failed = False
        log.info("A Paxos connection has changed; its new settings are used from now on")
        await self._close_unused(source)
        return True

    async def close(self) -> None:
        """Close the connections, once nothing is in use any more."""
        if self._source:
            await self._source.close()

    async def _opened(self) -> SnapshotSource:
        if self._source is None:
            async with self._lock:
                if self._source is None:
                    source = self._make()
                    await source.open()
                    self._source = source
        return self._source

    async def _close_unused(self, source: SnapshotSource) -> None:
        if not self._uses[source]:
            del self._uses[source]
            await source.close()
