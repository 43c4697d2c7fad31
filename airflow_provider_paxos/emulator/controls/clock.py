"""Control the clock."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from airflow_provider_paxos.emulator.backend import Backend
from airflow_provider_paxos.emulator.clock import rfc3339
from airflow_provider_paxos.emulator.settings import Seconds

Json = dict[str, Any]


class AdvanceBody(BaseModel):
    """Gives the seconds to move the clock ahead."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    seconds: Seconds


def add_to(routes: APIRouter, backend: Backend) -> None:
    """Add the controls that read, move, stop and start the clock."""

    @routes.get("/clock")
    async def clock() -> Json:
        return {"now": rfc3339(backend.clock.now()), "frozen": backend.clock.saved.frozen_at is not None}

    @routes.post("/clock/advance")
    async def advance(body: AdvanceBody) -> Json:
        backend.clock.advance(body.seconds)
        backend.run_due_steps()
        return await clock()

    @routes.post("/clock/freeze")
    async def freeze() -> Json:
        backend.clock.freeze()
        return await clock()

    @routes.post("/clock/thaw")
    async def thaw() -> Json:
        backend.clock.thaw()
        return await clock()
