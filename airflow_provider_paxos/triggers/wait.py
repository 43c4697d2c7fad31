"""Wait in the triggerer's event loop: what ``OrchestrationTrigger`` runs there.

Imported when a trigger runs, never when a Dag is parsed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from airflow_provider_paxos.api.errors import with_more
from airflow_provider_paxos.triggers.events import error_event, terminal_event
from airflow_provider_paxos.triggers.pollers import POLLERS
from airflow_provider_paxos.triggers.progress import progress_renewed, push_for
from airflow_provider_paxos.waiting.waiter import Waiter
from airflow_provider_paxos.waiting.watch import Watch

MAX_NAMED = 10
"""A log line names up to this many orchestrations."""


async def wait(
    log: Any,
    paxos_conn_id: str,
    ids: Sequence[str],
    ref_ids: Sequence[str],
    poll_interval: float | None,
    *,
    silent_fail: bool,
    task_instance: Any = None,
) -> dict[str, Any]:
    """Wait until all orchestrations are terminal, or until an error ends the wait; return the event.

    :param log: the trigger's.
    :param paxos_conn_id: the id of a connection of type ``paxos``.
    :param ids: ids to wait for.
    :param ref_ids: ref_ids to wait for.
    :param poll_interval: seconds between two polls of an orchestration, at most; None to go by its age.
    :param silent_fail: whether to wait on after a non-transient error.
    :param task_instance: whose progress record is kept; None to keep none.
    """
    watch = Watch(ids=ids, ref_ids=ref_ids, clock=asyncio.get_running_loop().time)
    waiter = Waiter(watch, poll_interval, silent_fail=silent_fail)
    async with progress_renewed(log, push_for(task_instance), watch), POLLERS.polling(paxos_conn_id, waiter):
        while not waiter.finished:
            for line in await waiter.log_lines():
                (log.warning if line.is_warning else log.info)(line.text)
    return terminal_event(watch) if waiter.error is None else error_event(waiter.error)


def describe(ids: Sequence[str], ref_ids: Sequence[str]) -> str:
    """Return the names of what is waited for, up to 10."""
    names = [*ids, *(f"ref_id {ref_id}" for ref_id in ref_ids)]
    return with_more(", ".join(names[:MAX_NAMED]), len(names) - MAX_NAMED)
