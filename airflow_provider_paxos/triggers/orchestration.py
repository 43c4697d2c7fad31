"""OrchestrationTrigger: waits in the triggerer, without a worker, until orchestrations have ended."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import TYPE_CHECKING, Any

from airflow.triggers.base import BaseTrigger, TriggerEvent

if TYPE_CHECKING:
    from airflow_provider_paxos.api.models import Orchestration

ENDED = "ended"
FAULT = "fault"
"""The two keys of an event: it holds either."""

SHORTEST_POLL_INTERVAL = 0.1
"""Seconds. Airflow allows a sensor a poke_interval of 0, which would poll without a pause."""

_NOT_UNDERSTOOD = "the triggerer sent an event that this version does not understand."


class OrchestrationTrigger(BaseTrigger):
    """Fires one event once all of its orchestrations have ended, or once waiting for them has become pointless.

    It reads only, never submits. The event is ``{"ended": [{"id": …, "status": …, "reason": …}, …]}``, or
    ``{"fault": "…"}`` for an error that no waiting mends: Airflow stores and logs events, so they hold no more.
    Whoever resumes reads the orchestrations afresh. Passing errors are logged, and do not end the wait.

    :param paxos_conn_id: the id of a connection of type ``paxos``.
    :param orchestration_ids: ids to wait for, read 100 a request.
    :param ref_ids: ref_ids to wait for; they need not exist yet.
    :param poll_interval: seconds between two readings.
    :param silent_fail: whether to log an error that no waiting mends as well, and wait on; see Airflow's sensors.
    """

    def __init__(
        self,
        *,
        paxos_conn_id: str,
        orchestration_ids: Sequence[str] = (),
        ref_ids: Sequence[str] = (),
        poll_interval: float = 10.0,
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
        """Read until all have ended. CancelledError passes through, so that Airflow can clean up."""
        from airflow_provider_paxos.api.errors import PaxosError
        from airflow_provider_paxos.api.waiting import Watch, ends_the_wait
        from airflow_provider_paxos.hooks.paxos import PaxosAsyncHook

        watch = Watch(ids=self.orchestration_ids, ref_ids=self.ref_ids)
        async with PaxosAsyncHook(self.paxos_conn_id) as hook:
            while True:
                try:
                    for remark in watch.observe(await hook.read_orchestrations(ids=watch.ids, ref_ids=watch.ref_ids)):
                        self.log.info(remark)
                except PaxosError as error:
                    if ends_the_wait(error) and not self.silent_fail:
                        yield TriggerEvent({FAULT: str(error)})
                        return
                    self.log.warning("Still waiting, in spite of an error: %s", error)
                if watch.done:
                    yield TriggerEvent({ENDED: [_brief(each) for each in watch.ended]})
                    return
                await asyncio.sleep(max(self.poll_interval, SHORTEST_POLL_INTERVAL))

    async def on_kill(self) -> None:
        """Say that Paxos goes on: it has no cancel. (Airflow may call it on a mere reassignment, too.)"""
        self.log.warning(
            "No longer waiting for %s. Paxos cannot cancel what it has accepted: it goes on.",
            ", ".join([*self.orchestration_ids, *(f"ref_id {ref_id}" for ref_id in self.ref_ids)]),
        )


def _brief(orchestration: Orchestration) -> dict[str, str | None]:
    from airflow_provider_paxos.api.errors import quoted

    reason = orchestration.fail_reason.detail if orchestration.fail_reason else None
    return {
        "id": orchestration.id,
        "status": orchestration.status,
        "reason": quoted(reason) if reason else None,
    }


def ended_ids(event: Any) -> list[str]:
    """Return the ids that an event says have ended: all that whoever resumes may take from it.

    :raises WaitAborted: for a fault, and for an event that is not understood.
    """
    from airflow_provider_paxos.api.errors import WaitAborted, quoted

    if isinstance(event, dict):
        if FAULT in event:
            raise WaitAborted(f"waiting in the triggerer ended with an error: {quoted(event[FAULT])}")
        ended = event.get(ENDED)
        if isinstance(ended, list) and ended and all(isinstance(each, dict) and each.get("id") for each in ended):
            return [str(each["id"]) for each in ended]
    raise WaitAborted(_NOT_UNDERSTOOD)


def ended_id(event: Any) -> str:
    """Return the id that an event says has ended, of a wait for a single one.

    :raises WaitAborted: for a fault, and for an event that is not understood.
    """
    from airflow_provider_paxos.api.errors import WaitAborted

    ids = ended_ids(event)
    if len(ids) != 1:
        raise WaitAborted(_NOT_UNDERSTOOD)
    return ids[0]
