"""Control single orchestrations: their status, what they show, and those that people make by hand."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Body, HTTPException, Request
from pydantic import BaseModel, ConfigDict, Field

from airflow_provider_paxos.emulator.backend import Backend
from airflow_provider_paxos.emulator.fields import read_object
from airflow_provider_paxos.emulator.lifecycle import AlreadyTerminal
from airflow_provider_paxos.emulator.models import Orchestration
from airflow_provider_paxos.emulator.validation import read_create, read_ref_id

Json = dict[str, Any]


class StatusBody(BaseModel):
    """Names the status to take an orchestration to."""

    model_config = ConfigDict(extra="forbid")

    status: str = Field(min_length=1)
    reason: str | None = None


class RejectionBody(BaseModel):
    """Gives the reason of a rejection."""

    model_config = ConfigDict(extra="forbid")

    reason: str | None = None


def add_to(routes: APIRouter, backend: Backend) -> None:
    """Add the controls that make an orchestration, and change its status or what it shows."""

    def find(orchestration_id: str) -> Orchestration:
        orchestration = backend.store.get(orchestration_id) or backend.store.by_ref_id(orchestration_id)
        if orchestration is None:
            raise HTTPException(404, f"there is no orchestration with the id or ref_id {orchestration_id}")
        return orchestration

    def take_to(orchestration: Orchestration, status: str, reason: str | None) -> Json:
        try:
            backend.store.set_status(orchestration, status, reason, backend.clock.now())
        except AlreadyTerminal as error:
            raise HTTPException(409, str(error)) from None
        return orchestration.to_json()

    def decide(orchestration_id: str, status: str, reason: str | None = None) -> Json:
        orchestration = find(orchestration_id)
        if orchestration.status != "PENDING":
            raise HTTPException(409, f"orchestration {orchestration.id} is {orchestration.status}, not PENDING")
        return take_to(orchestration, status, reason)

    @routes.post("/orchestrations")
    async def make(request: Request) -> Json:
        body = read_object(await request.body())
        if backend.store.by_ref_id(read_ref_id(body)) is not None:
            raise HTTPException(409, f"there is an orchestration with the ref_id {body['ref_id']} already")
        return backend.create(read_create(body)).to_json()

    @routes.patch("/orchestrations/{orchestration_id:path}")
    async def alter(orchestration_id: str, fields: Json = Body()) -> Json:  # noqa: B008 - how FastAPI says "the body"
        orchestration = find(orchestration_id)
        orchestration.altered.update(fields)
        return orchestration.to_json()

    # A path, because a ref_id may have slashes.
    @routes.post("/orchestrations/{orchestration_id:path}/status")
    async def set_status(orchestration_id: str, body: StatusBody) -> Json:
        return take_to(find(orchestration_id), body.status, body.reason)

    @routes.post("/orchestrations/{orchestration_id:path}/approve")
    async def approve(orchestration_id: str) -> Json:
        return decide(orchestration_id, "PROCESSING")

    @routes.post("/orchestrations/{orchestration_id:path}/reject")
    async def reject(orchestration_id: str, body: RejectionBody | None = None) -> Json:
        return decide(orchestration_id, "REJECTED", body.reason if body else None)
