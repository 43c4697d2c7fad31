"""A trigger, run to its end."""

from __future__ import annotations

import asyncio
from typing import Any

from airflow.triggers.base import TriggerEvent

from airflow_provider_paxos.triggers.orchestration import OrchestrationTrigger

ID = "orchestration-1"


def trigger(**but: Any) -> OrchestrationTrigger:
    which = {} if "ref_ids" in but else {"orchestration_ids": [ID]}
    return OrchestrationTrigger(**{"paxos_conn_id": "paxos_default", **which, **but})


async def all_events(waiting_for: OrchestrationTrigger) -> list[TriggerEvent]:
    return [event async for event in waiting_for.run()]


def fired(waiting_for: OrchestrationTrigger) -> Any:
    """Run the trigger to its end, and return the payload of its one event."""
    (event,) = asyncio.run(all_events(waiting_for))
    return event.payload


def completed(*ids: str) -> dict[str, Any]:
    return {"ended": [{"id": each, "status": "COMPLETED", "reason": None} for each in ids]}
