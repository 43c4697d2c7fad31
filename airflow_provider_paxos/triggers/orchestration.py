"""OrchestrationTrigger: waits in the triggerer, without a worker, until orchestrations reach a terminal status.

Airflow imports this file when a Dag is parsed: at module level it may know Airflow and ``triggers.events`` alone.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

from airflow.triggers.base import BaseTrigger, TriggerEvent

from airflow_provider_paxos.triggers.events import error_event, terminal_event

MAX_NAMED = 10
"""A log line names up to this many orchestrations."""


class OrchestrationTrigger(BaseTrigger):
    """Waits until all of its orchestrations are terminal, or until an error ends the wait; fires one event.

    It only reads, and never submits; all triggers of a connection share one poller and its requests. The event is
    ``{"terminal": [{"id": …, "status": …, "reason": …}, …]}``; for more than 100 orchestrations
    ``{"terminal": {"COMPLETED": 990, …}}``; for a non-transient error ``{"error": "…"}``. Whoever resumes reads the
    orchestrations afresh. Transient errors are logged, and do not end the wait.

    :param paxos_conn_id: the id of a connection of type ``paxos``.
    :param orchestration_ids: ids to wait for, read 100 a request.
    :param ref_ids: ref_ids to wait for; they need not exist yet.
    :param poll_interval: seconds from one poll of an orchestration to the next, at most. By default its age decides:
        from 10 s for a fresh one up to 300 s, so that a terminal status is seen at most a tenth of the age late.
    :param silent_fail: whether to log a non-transient error as well, and wait on; see Airflow's sensors.
    """

    def __init__(
        self,
        *,
        paxos_conn_id: str,
        orchestration_ids: Sequence[str] = (),
        ref_ids: Sequence[str] = (),
        poll_interval: float | None = None,
        silent_fail: bool = False,
    ) -> None:
        super().__init__()
        self.paxos_conn_id = paxos_conn_id
        self.orchestration_ids = list(orchestration_ids)
        self.ref_ids = list(ref_ids)
        self.poll_interval = poll_interval
        self.silent_fail = silent_fail

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Return what Airflow stores of the trigger: no secret, and nothing but JSON."""
        return (
            "airflow_provider_paxos.triggers.orchestration.OrchestrationTrigger",
            {
                "paxos_conn_id": self.paxos_conn_id,
                "orchestration_ids": self.orchestration_ids,
                "ref_ids": self.ref_ids,
                "poll_interval": self.poll_interval,
                "silent_fail": self.silent_fail,
            },
        )

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Wait until all are terminal. CancelledError passes through, so that Airflow can clean up."""
        yield TriggerEvent(await self._event())

    async def _event(self) -> dict[str, Any]:
        from airflow_provider_paxos.triggers.pollers import POLLERS
        from airflow_provider_paxos.waiting.waiter import Waiter
        from airflow_provider_paxos.waiting.watch import Watch

        clock = asyncio.get_running_loop().time
        watch = Watch(ids=self.orchestration_ids, ref_ids=self.ref_ids, clock=clock)
        waiter = Waiter(watch, self.poll_interval, silent_fail=self.silent_fail)
        async with POLLERS.polling(self.paxos_conn_id, waiter):
            while not waiter.finished:
                for line in await waiter.log_lines():
                    (self.log.warning if line.is_warning else self.log.info)(line.text)
        return terminal_event(watch) if waiter.error is None else error_event(waiter.error)

    async def on_kill(self) -> None:
        """Log that the orchestrations go on: Paxos has no cancel. (Airflow may call it on a mere reassignment, too.)"""
        from airflow_provider_paxos.api.errors import with_more

        all_of_them = [*self.orchestration_ids, *(f"ref_id {ref_id}" for ref_id in self.ref_ids)]
        named = with_more(", ".join(all_of_them[:MAX_NAMED]), len(all_of_them) - MAX_NAMED)
        self.log.warning("No longer waiting for %s. Paxos cannot cancel what it has accepted: it goes on.", named)
