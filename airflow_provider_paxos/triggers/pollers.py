"""One reader for all who wait: in each event loop one per connection, as long as anybody waits by it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from weakref import WeakKeyDictionary

from airflow_provider_paxos.hooks.snapshots import SnapshotHook
from airflow_provider_paxos.waiting.shared_poller import SharedPoller
from airflow_provider_paxos.waiting.source import Source
from airflow_provider_paxos.waiting.waiter import Waiter


class Pollers:
    """The readers of a process: in each event loop one per connection, as long as anybody waits by it.

    :param make: makes a source of a connection id; by default a ``SnapshotHook``.
    :param wall: unix seconds, for the age of an orchestration.
    """

    def __init__(self, make: Callable[[str], Source] = SnapshotHook, *, wall: Callable[[], float] = time.time) -> None:
        self._make = make
        self._wall = wall
        self._by_loop: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[str, SharedPoller]] = WeakKeyDictionary()

    @asynccontextmanager
    async def waiting(self, paxos_conn_id: str, waiter: Waiter) -> AsyncIterator[None]:
        """Have a waiter told, inside of the block, how what it waits for stands."""
        loop = asyncio.get_running_loop()
        readers = self._by_loop.setdefault(loop, {})
        reader = readers.get(paxos_conn_id)
        if reader is None or reader.is_over:
            reader = readers[paxos_conn_id] = SharedPoller(partial(self._make, paxos_conn_id), wall=self._wall)
        reader.join(waiter)
        try:
            yield
        finally:
            reader.leave(waiter)
            if not reader.is_waited_for:
                if readers.get(paxos_conn_id) is reader:
                    del readers[paxos_conn_id]
                await reader.stop()


POLLERS = Pollers()
