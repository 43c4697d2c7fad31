"""Keep one shared poller for each event loop and connection, as long as it has waiters.

This file may know the hooks and ``waiting/``.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from weakref import WeakKeyDictionary

from airflow_provider_paxos.hooks.snapshots import SnapshotHook
from airflow_provider_paxos.waiting.shared_poller import SharedPoller
from airflow_provider_paxos.waiting.source import SnapshotSource
from airflow_provider_paxos.waiting.waiter import Waiter


class Pollers:
    """Holds the pollers of a process: one for each event loop and connection, as long as it has waiters.

    :param make: makes a source of a connection id; by default a ``SnapshotHook``.
    :param wall: returns unix seconds, for the age of an orchestration.
    """

    def __init__(
        self, make: Callable[[str], SnapshotSource] = SnapshotHook, *, wall: Callable[[], float] = time.time
    ) -> None:
        self._make = make
        self._wall = wall
        self._by_loop: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[str, SharedPoller]] = WeakKeyDictionary()

    @asynccontextmanager
    async def polling(self, paxos_conn_id: str, waiter: Waiter) -> AsyncIterator[None]:
        """Poll for a waiter inside of the block."""
        loop = asyncio.get_running_loop()
        pollers = self._by_loop.setdefault(loop, {})
        poller = pollers.get(paxos_conn_id)
        if poller is None or poller.is_stopped:
            poller = pollers[paxos_conn_id] = SharedPoller(partial(self._make, paxos_conn_id), wall=self._wall)
        poller.add(waiter)
        try:
            yield
        finally:
            poller.remove(waiter)
            if not poller.has_waiters:
                if pollers.get(paxos_conn_id) is poller:
                    del pollers[paxos_conn_id]
                await poller.stop()


POLLERS = Pollers()
