"""Renew a progress record in the XCom ``paxos_progress`` while a trigger waits.

Receipts are written when a task submits and when it ends. A wait may take days: without this record, people would see
the statuses of the submission all that time.
"""

from __future__ import annotations

import asyncio
from asyncio import sleep
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from typing import Any

from airflow.sdk.execution_time.xcom import XCom
from asgiref.sync import sync_to_async

from airflow_provider_paxos.receipts import PROGRESS_KEY
from airflow_provider_paxos.waiting.progress import record_of
from airflow_provider_paxos.waiting.watch import Watch

SECONDS = 60.0
"""From one renewal to the next, at least."""

Push = Callable[[dict[str, Any]], None]


@asynccontextmanager
async def progress_renewed(log: Any, push: Push | None, watch: Watch) -> AsyncIterator[None]:
    """Renew the record of a wait while the block runs: on changes only, and at most once a minute.

    A record that cannot be stored is logged once, and never ends the wait.

    :param push: stores a record; None for a trigger without a task instance.
    """
    if push is None:
        yield
        return
    renewing = asyncio.create_task(_renew(log, push, watch))
    try:
        yield
    finally:
        renewing.cancel()
        with suppress(asyncio.CancelledError):
            await renewing


def push_for(ti: Any) -> Push | None:
    """Return what stores a record as an XCom of a trigger's task instance; None without one."""
    if ti is None:
        return None
    at = {"dag_id": ti.dag_id, "task_id": ti.task_id, "run_id": ti.run_id, "map_index": ti.map_index}

    def push(record: dict[str, Any]) -> None:
        XCom.set(key=PROGRESS_KEY, value=record, **at)

    return push


async def _renew(log: Any, push: Push, watch: Watch) -> None:
    stored = 0
    while True:
        await sleep(SECONDS)
        if watch.changes == stored:
            continue
        changes, record = watch.changes, record_of(watch, datetime.now(UTC))
        try:
            # It waits for the triggerer's answer: a thread does that, not the loop of all triggers.
            await sync_to_async(push)(record)
        except Exception as error:  # noqa: BLE001 - whatever Airflow answers, the wait goes on
            log.warning("The progress of the wait could not be stored; the web UI shows it at the end: %s", error)
            return
        stored = changes
