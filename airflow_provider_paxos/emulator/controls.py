"""Serve the emulator's controls below ``/_emulator``, without a token."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import uuid4

from fastapi import APIRouter, Body, HTTPException
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from airflow_provider_paxos.emulator.amounts import DECIMALS, fits, plain, read_amount
from airflow_provider_paxos.emulator.backend import Backend
from airflow_provider_paxos.emulator.clock import rfc3339
from airflow_provider_paxos.emulator.faults import Fault
from airflow_provider_paxos.emulator.lifecycle import AlreadyTerminal, QueuedOutcome
from airflow_provider_paxos.emulator.models import Orchestration, PlannedOutcome, TerminalStatus
from airflow_provider_paxos.emulator.settings import Seconds
from airflow_provider_paxos.emulator.urls import CONTROLS

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


class StatusBody(BaseModel):
    """Names the status to take an orchestration to."""

    model_config = ConfigDict(extra="forbid")

    status: str = Field(min_length=1)
    reason: str | None = None


class RejectionBody(BaseModel):
    """Gives the reason of a rejection."""

    model_config = ConfigDict(extra="forbid")

    reason: str | None = None


class AdvanceBody(BaseModel):
    """Gives the seconds to move the clock ahead."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    seconds: Seconds


class ProfileBody(BaseModel):
    """Describes a profile to add, and its balances."""

    model_config = ConfigDict(extra="forbid")

    nickname: str = Field(min_length=1)
    id: str | None = None
    balances: dict[str, str] = Field(default_factory=dict)


def router(backend: Backend) -> APIRouter:
    """Return the routes of the controls."""
    routes = APIRouter(prefix=CONTROLS, tags=["controls"])
    _add_faults(routes, backend)
    _add_orchestrations(routes, backend)
    _add_clock(routes, backend)
    _add_settings(routes, backend)
    _add_records(routes, backend)
    return routes


def _add_faults(routes: APIRouter, backend: Backend) -> None:
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


def _add_orchestrations(routes: APIRouter, backend: Backend) -> None:
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


def _add_clock(routes: APIRouter, backend: Backend) -> None:
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


def _add_settings(routes: APIRouter, backend: Backend) -> None:
    @routes.get("/settings")
    async def settings() -> Json:
        return backend.settings.to_json()

    @routes.patch("/settings")
    async def change_settings(changes: dict[str, Any] = Body()) -> Json:  # noqa: B008 - how FastAPI says "the body"
        try:
            backend.settings = backend.settings.changed(changes)
        except ValidationError as invalid:
            raise HTTPException(
                422, invalid.errors(include_url=False, include_input=False, include_context=False)
            ) from None
        return backend.settings.to_json()

    @routes.post("/tokens/revoke")
    async def revoke_tokens() -> Json:
        backend.tokens.revoke()
        return {}

    @routes.post("/profiles")
    async def add_profile(body: ProfileBody) -> Json:
        profile_id = body.id or str(uuid4())
        if backend.profiles.get(profile_id):
            raise HTTPException(409, f"there is a profile {profile_id} already")
        balances = {asset: _balance(asset, amount) for asset, amount in body.balances.items()}
        return dict(backend.add_profile(profile_id, body.nickname, balances).to_json())


def _add_records(routes: APIRouter, backend: Backend) -> None:
    @routes.get("/journal")
    async def journal() -> Json:
        return {
            "requests": [entry.to_json() for entry in backend.journal.entries],
            "bookings": [booking.to_json() for booking in backend.ledger.bookings],
        }

    @routes.get("/ledger")
    async def ledger() -> Json:
        sums = {asset: plain(amount) for asset, amount in backend.ledger.sums().items()}
        return {"accounts": backend.ledger.accounts(), "sums": sums}

    @routes.post("/reset")
    async def reset() -> Json:
        backend.reset()
        return {}


def _balance(asset: str, text: str) -> Decimal:
    amount = read_amount(text)
    if asset not in DECIMALS or amount is None or not fits(amount, asset):
        raise HTTPException(422, f"balances: {text} {asset} is not an amount of a known asset")
    return amount
