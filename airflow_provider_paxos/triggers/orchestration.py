"""OrchestrationTrigger: waits in the triggerer, without a worker, until orchestrations reach a terminal status.

Airflow imports this file when a Dag is parsed: at module level it may know Airflow and ``packed_ids`` alone.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any

from airflow.triggers.base import BaseTrigger, TriggerEvent

from airflow_provider_paxos.triggers.late import triggerer_part
from airflow_provider_paxos.triggers.packed_ids import packed, unpacked


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
    :param packed_ids: further ids to wait for, in the form in which the trigger itself stores many.
    :param progress: whether to keep a progress record in the task's XCom ``paxos_progress``: at most once a minute.
    """

    def __init__(
        self,
        *,
        paxos_conn_id: str,
        orchestration_ids: Sequence[str] = (),
        ref_ids: Sequence[str] = (),
        poll_interval: float | None = None,
        silent_fail: bool = False,
        packed_ids: str = "",
        progress: bool = False,
    ) -> None:
        super().__init__()
        self.paxos_conn_id = paxos_conn_id
        self.orchestration_ids = [*unpacked(packed_ids), *orchestration_ids]
        self.ref_ids = list(ref_ids)
        self.poll_interval = poll_interval
        self.silent_fail = silent_fail
        self.progress = progress

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Return what Airflow stores of the trigger: no secret, and nothing but JSON."""
        packed_ids, others = packed(self.orchestration_ids)
        return (
            "airflow_provider_paxos.triggers.orchestration.OrchestrationTrigger",
            {
                **({"packed_ids": packed_ids} if packed_ids else {}),
                "paxos_conn_id": self.paxos_conn_id,
                "orchestration_ids": others,
                "ref_ids": self.ref_ids,
                "poll_interval": self.poll_interval,
                "silent_fail": self.silent_fail,
                "progress": self.progress,
            },
        )

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Wait until all are terminal. CancelledError passes through, so that Airflow can clean up."""
        part = await triggerer_part()
        event = await part.wait.wait(
            self.log,
            self.paxos_conn_id,
            self.orchestration_ids,
            self.ref_ids,
            self.poll_interval,
            silent_fail=self.silent_fail,
            task_instance=self.task_instance if self.progress else None,
        )
        yield TriggerEvent(event)

    async def on_kill(self) -> None:
        """Log that the orchestrations go on: Paxos has no cancel. (Airflow may call it on a mere reassignment, too.)"""
        part = await triggerer_part()
        self.log.warning(
            "No longer waiting for %s. Paxos cannot cancel what it has accepted: it goes on.",
            part.wait.describe(self.orchestration_ids, self.ref_ids),
        )
