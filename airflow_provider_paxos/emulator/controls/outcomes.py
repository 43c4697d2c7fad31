"""Control the outcomes of the next orchestrations."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from airflow_provider_paxos.emulator.backend import Backend
from airflow_provider_paxos.emulator.lifecycle import QueuedOutcome
from airflow_provider_paxos.emulator.models import PlannedOutcome, TerminalStatus
from airflow_provider_paxos.emulator.settings import Seconds

Json = dict[str, Any]


class OutcomeBody(BaseModel):
    """Decides the terminal status of the next ``times`` orchestrations whose request has the values of ``match``."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    status: TerminalStatus = "COMPLETED"
    approval: bool = False
    reason: str | None = None
    settle_seconds: Seconds | None = None
    times: int = Field(default=1, ge=1)
    match: dict[str, Any] = Field(default_factory=dict, description="fields by dotted path, and their values")


def add_to(routes: APIRouter, backend: Backend) -> None:
    """Add the controls that queue, list and clear outcomes."""

    @routes.post("/outcomes")
    async def queue_outcome(body: OutcomeBody) -> Json:
        approval = body.approval or body.status == "REJECTED"
        outcome = PlannedOutcome(body.status, approval, body.reason, body.settle_seconds)
        backend.outcomes.append(QueuedOutcome(outcome, body.match, body.times))
        return await queued_outcomes()

    @routes.get("/outcomes")
    async def queued_outcomes() -> Json:
        return {"outcomes": backend.outcomes}

    @routes.delete("/outcomes")
    async def clear_outcomes() -> Json:
        backend.outcomes.clear()
        return await queued_outcomes()
