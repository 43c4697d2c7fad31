"""Triggers, run in virtual time: to their end, while things happen at Paxos."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from airflow.triggers.base import BaseTrigger, TriggerEvent

from airflow_provider_paxos.triggers.orchestration import OrchestrationTrigger
from tests.virtual_time import run

ID = "orchestration-1"


def trigger(**but: Any) -> OrchestrationTrigger:
    which = {} if "ref_ids" in but else {"orchestration_ids": [ID]}
    return OrchestrationTrigger(**{"paxos_conn_id": "paxos_default", **which, **but})


async def all_events(waiting_for: BaseTrigger) -> list[TriggerEvent]:
    return [event async for event in waiting_for.run()]


async def payload(waiting_for: BaseTrigger) -> Any:
    """Run the trigger to its end, and return the payload of its one event."""
    (event,) = await all_events(waiting_for)
    return event.payload


def fired(waiting_for: BaseTrigger, at: dict[float, Callable[[], object]] | None = None) -> Any:
    """Run the trigger to its end in virtual time, and return the payload of its one event.

    :param at: what happens meanwhile, and after how many seconds.
    """
    return fired_together(waiting_for, at=at)[0]


def fired_together(*waiting: BaseTrigger, at: dict[float, Callable[[], object]] | None = None) -> list[Any]:
    """Run triggers in one event loop, and return the payload of each."""

    async def run_all() -> list[Any]:
        planned = [asyncio.get_running_loop().call_at(when, deed) for when, deed in (at or {}).items()]
        try:
            return await asyncio.gather(*map(payload, waiting))
        finally:
            for each in planned:
                each.cancel()

    return run(run_all())


def completed(*ids: str) -> dict[str, Any]:
    return {"terminal": [{"id": each, "status": "COMPLETED", "reason": None} for each in ids]}
