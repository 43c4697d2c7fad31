"""``/_emulator``: the emulator's controls. They ask for no token."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import uuid4

from fastapi import APIRouter, Body, HTTPException
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from airflow_provider_paxos.emulator.amounts import DECIMALS, fits, plain, read_amount
from airflow_provider_paxos.emulator.clock import rfc3339
from airflow_provider_paxos.emulator.course import AlreadyFinal
from airflow_provider_paxos.emulator.faults import Fault
from airflow_provider_paxos.emulator.gate import CONTROLS
from airflow_provider_paxos.emulator.local_paxos import LocalPaxos
from airflow_provider_paxos.emulator.orchestration import Orchestration
from airflow_provider_paxos.emulator.outcomes import End, Ordered, Outcome
from airflow_provider_paxos.emulator.settings import Seconds

Shown = dict[str, Any]


class Order(BaseModel):
    """How the next ``times`` orchestrations whose request has the values of ``match`` end."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    end: End = "COMPLETED"
    approval: bool = False
    reason: str | None = None
    settle_seconds: Seconds | None = None
    times: int = Field(default=1, ge=1)
    match: dict[str, Any] = Field(default_factory=dict, description="fields by dotted path, and their values")


class Status(BaseModel):
    """A status to take an orchestration to."""

    model_config = ConfigDict(extra="forbid")

    status: str = Field(min_length=1)
    reason: str | None = None


class Reason(BaseModel):
    """Why an approver rejects."""

    model_config = ConfigDict(extra="forbid")

    reason: str | None = None


class Advance(BaseModel):
    """How far to move the clock."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    seconds: Seconds


class NewProfile(BaseModel):
    """A profile to add, with what it has."""

    model_config = ConfigDict(extra="forbid")

    nickname: str = Field(min_length=1)
    id: str | None = None
    balances: dict[str, str] = Field(default_factory=dict)


def router(paxos: LocalPaxos) -> APIRouter:
    """Return the controls."""
    routes = APIRouter(prefix=CONTROLS, tags=["controls"])
    _add_faults(routes, paxos)
    _add_orchestrations(routes, paxos)
    _add_clock(routes, paxos)
    _add_settings(routes, paxos)
    _add_records(routes, paxos)
    return routes


def _add_faults(routes: APIRouter, paxos: LocalPaxos) -> None:
    @routes.post("/faults")
    async def add_fault(fault: Fault) -> Shown:
        paxos.faults.add(fault)
        return await pending_faults()

    @routes.get("/faults")
    async def pending_faults() -> Shown:
        return {
            "faults": [
                fault.model_dump(exclude_defaults=True) | {"times": fault.times} for fault in paxos.faults.pending
            ]
        }

    @routes.delete("/faults")
    async def forget_faults() -> Shown:
        paxos.faults.pending.clear()
        return await pending_faults()

    @routes.post("/outcomes")
    async def order_outcome(order: Order) -> Shown:
        outcome = Outcome(order.end, order.approval or order.end == "REJECTED", order.reason, order.settle_seconds)
        paxos.outcomes.append(Ordered(outcome, order.match, order.times))
        return await ordered_outcomes()

    @routes.get("/outcomes")
    async def ordered_outcomes() -> Shown:
        return {"outcomes": paxos.outcomes}

    @routes.delete("/outcomes")
    async def forget_outcomes() -> Shown:
        paxos.outcomes.clear()
        return await ordered_outcomes()


def _add_orchestrations(routes: APIRouter, paxos: LocalPaxos) -> None:
    def find(orchestration_id: str) -> Orchestration:
        orchestration = paxos.book.get(orchestration_id) or paxos.book.by_ref_id(orchestration_id)
        if orchestration is None:
            raise HTTPException(404, f"there is no orchestration with the id or ref_id {orchestration_id}")
        return orchestration

    def take_to(orchestration: Orchestration, status: str, reason: str | None) -> Shown:
        try:
            paxos.book.set_status(orchestration, status, reason, paxos.clock.now())
        except AlreadyFinal as error:
            raise HTTPException(409, str(error)) from None
        return orchestration.shown()

    def decide(orchestration_id: str, status: str, reason: str | None = None) -> Shown:
        orchestration = find(orchestration_id)
        if orchestration.status != "PENDING":
            raise HTTPException(409, f"orchestration {orchestration.id} is {orchestration.status}, not PENDING")
        return take_to(orchestration, status, reason)

    # A path, because a ref_id may have slashes.
    @routes.post("/orchestrations/{orchestration_id:path}/status")
    async def set_status(orchestration_id: str, body: Status) -> Shown:
        return take_to(find(orchestration_id), body.status, body.reason)

    @routes.post("/orchestrations/{orchestration_id:path}/approve")
    async def approve(orchestration_id: str) -> Shown:
        return decide(orchestration_id, "PROCESSING")

    @routes.post("/orchestrations/{orchestration_id:path}/reject")
    async def reject(orchestration_id: str, body: Reason | None = None) -> Shown:
        return decide(orchestration_id, "REJECTED", body.reason if body else None)


def _add_clock(routes: APIRouter, paxos: LocalPaxos) -> None:
    @routes.get("/clock")
    async def clock() -> Shown:
        return {"now": rfc3339(paxos.clock.now()), "frozen": paxos.clock.saved.frozen_at is not None}

    @routes.post("/clock/advance")
    async def advance(body: Advance) -> Shown:
        paxos.clock.advance(body.seconds)
        paxos.pass_time()
        return await clock()

    @routes.post("/clock/freeze")
    async def freeze() -> Shown:
        paxos.clock.freeze()
        return await clock()

    @routes.post("/clock/thaw")
    async def thaw() -> Shown:
        paxos.clock.thaw()
        return await clock()


def _add_settings(routes: APIRouter, paxos: LocalPaxos) -> None:
    @routes.get("/settings")
    async def settings() -> Shown:
        return paxos.settings.shown()

    @routes.patch("/settings")
    async def change_settings(changes: dict[str, Any] = Body()) -> Shown:  # noqa: B008 - how FastAPI says "the body"
        try:
            paxos.settings = paxos.settings.changed(changes)
        except ValidationError as invalid:
            raise HTTPException(
                422, invalid.errors(include_url=False, include_input=False, include_context=False)
            ) from None
        return paxos.settings.shown()

    @routes.post("/tokens/revoke")
    async def revoke_tokens() -> Shown:
        paxos.tokens.revoke()
        return {}

    @routes.post("/profiles")
    async def add_profile(body: NewProfile) -> Shown:
        profile_id = body.id or str(uuid4())
        if paxos.profiles.get(profile_id):
            raise HTTPException(409, f"there is a profile {profile_id} already")
        balances = {asset: _balance(asset, amount) for asset, amount in body.balances.items()}
        return dict(paxos.add_profile(profile_id, body.nickname, balances).shown())


def _add_records(routes: APIRouter, paxos: LocalPaxos) -> None:
    @routes.get("/journal")
    async def journal() -> Shown:
        return {
            "requests": [entry.shown() for entry in paxos.journal.entries],
            "bookings": [booking.shown() for booking in paxos.ledger.bookings],
        }

    @routes.get("/ledger")
    async def ledger() -> Shown:
        sums = {asset: plain(amount) for asset, amount in paxos.ledger.sums().items()}
        return {"accounts": paxos.ledger.accounts(), "sums": sums}

    @routes.post("/reset")
    async def reset() -> Shown:
        paxos.reset()
        return {}


def _balance(asset: str, text: str) -> Decimal:
    amount = read_amount(text)
    if asset not in DECIMALS or amount is None or not fits(amount, asset):
        raise HTTPException(422, f"balances: {text} {asset} is not an amount of a known asset")
    return amount
