"""Control the faults of the next requests."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from airflow_provider_paxos.emulator.backend import Backend
from airflow_provider_paxos.emulator.faults import Fault

Json = dict[str, Any]


def add_to(routes: APIRouter, backend: Backend) -> None:
    """Add the controls that queue, list and clear faults."""

    @routes.post("/faults")
    async def add_fault(fault: Fault) -> Json:
        backend.faults.add(fault)
        return await pending_faults()

    @routes.get("/faults")
    async def pending_faults() -> Json:
        return {
            "faults": [
                fault.model_dump(exclude_defaults=True) | {"times": fault.times} for fault in backend.faults.pending
            ]
        }

    @routes.delete("/faults")
    async def clear_faults() -> Json:
        backend.faults.pending.clear()
        return await pending_faults()
