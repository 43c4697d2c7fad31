"""OrchestrationTrigger: waits in the triggerer, without a worker, until orchestrations have ended."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import asdict
from typing import Any

from airflow.triggers.base import BaseTrigger, TriggerEvent

ENDED = "ended"
FAULT = "fault"
"""The two keys of an event: it holds either."""

LISTED_ENDS = 100
"""Up to so many ends are told one by one; of more, how many ended with which status: Airflow stores and logs events."""

NAMED = 10
"""So many are named in a line of the log."""


class OrchestrationTrigger(BaseTrigger):
    """Fires one event once all of its orchestrations have ended, or once waiting for them has become pointless.

    It reads only, never submits; all triggers of a connection share one reader and its requests. The event is
    ``{"ended": [{"id": …, "status": …, "reason": …}, …]}``, of more than 100 ``{"ended": {"COMPLETED": 990, …}}``, or
    ``{"fault": "…"}`` for an error that no waiting mends: Airflow stores and logs events, so they hold no more.
    Whoever resumes reads the orchestrations afresh. Passing errors are logged, and do not end the wait.

    :param paxos_conn_id: the id of a connection of type ``paxos``.
    :param orchestration_ids: ids to wait for, read 100 a request.
    :param ref_ids: ref_ids to wait for; they need not exist yet.
    :param poll_interval: seconds between two readings of an orchestration, at most. By default its age decides: from
        10 s for a fresh one up to 300 s, so that its end is learnt at most a tenth later than it took.
    :param silent_fail: whether to log an error that no waiting mends as well, and wait on; see Airflow's sensors.
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
        """Wait until all have ended. CancelledError passes through, so that Airflow can clean up."""
        yield TriggerEvent(await self._waited())

    async def _waited(self) -> dict[str, Any]:
        from airflow_provider_paxos.triggers.pollers import POLLERS
        from airflow_provider_paxos.waiting.waiter import Waiter
        from airflow_provider_paxos.waiting.watch import Watch

        clock = asyncio.get_running_loop().time
        watch = Watch(ids=self.orchestration_ids, ref_ids=self.ref_ids, clock=clock)
        waiter = Waiter(watch, self.poll_interval, silent=self.silent_fail)
        async with POLLERS.waiting(self.paxos_conn_id, waiter):
            while not waiter.over:
                for news in await waiter.news():
                    (self.log.warning if news.trouble else self.log.info)(news.line)
        if waiter.fault is not None:
            return {FAULT: waiter.fault}
        if len(watch.ended) > LISTED_ENDS:
            return {ENDED: watch.counts()}
        return {ENDED: [asdict(end) for end in watch.ended]}

    async def on_kill(self) -> None:
        """Say that Paxos goes on: it has no cancel. (Airflow may call it on a mere reassignment, too.)"""
        all_of_them = [*self.orchestration_ids, *(f"ref_id {ref_id}" for ref_id in self.ref_ids)]
        told = ", ".join(all_of_them[:NAMED])
        if len(all_of_them) > NAMED:
            told += f" and {len(all_of_them) - NAMED:,} more"
        self.log.warning("No longer waiting for %s. Paxos cannot cancel what it has accepted: it goes on.", told)


def ended_ids(event: Any) -> list[str]:
    """Return the ids that an event says have ended: all that whoever resumes may take from it.

    :raises WaitAborted: for a fault, and for an event that is not understood, or tells no ids.
    """
    ended = _ended(event)
    if isinstance(ended, list) and ended and all(isinstance(each, dict) and each.get("id") for each in ended):
        return [str(each["id"]) for each in ended]
    raise _not_understood()


def ended_id(event: Any) -> str:
    """Return the id that an event says has ended, of a wait for a single one.

    :raises WaitAborted: for a fault, and for an event that is not understood.
    """
    ids = ended_ids(event)
    if len(ids) != 1:
        raise _not_understood()
    return ids[0]


def ended_all(event: Any, expected: int) -> None:
    """Return if an event says that all have ended, however many there are.

    :param expected: how many orchestrations were waited for.
    :raises WaitAborted: for a fault, for another number, and for an event that is not understood.
    """
    ended = _ended(event)
    if isinstance(ended, dict) and ended and all(type(number) is int and number > 0 for number in ended.values()):
        told = sum(ended.values())
    else:
        told = len(ended_ids(event))
    if told != expected:
        raise _not_understood()


def _ended(event: Any) -> Any:
    from airflow_provider_paxos.api.errors import WaitAborted, quoted

    if isinstance(event, dict) and FAULT in event:
        raise WaitAborted(f"waiting in the triggerer ended with an error: {quoted(event[FAULT])}")
    return event.get(ENDED) if isinstance(event, dict) else None


def _not_understood() -> Exception:
    from airflow_provider_paxos.api.errors import WaitAborted

    return WaitAborted("the triggerer sent an event that this version does not understand.")
