"""Control bank accounts, saved crypto addresses and the VASP directory."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from fastapi import APIRouter, HTTPException
from pydantic import BaseModel, ConfigDict, Field

from airflow_provider_paxos.emulator.approvals import ApprovalStatus
from airflow_provider_paxos.emulator.backend import Backend
from airflow_provider_paxos.emulator.fiat_accounts import OWNER_EXAMPLE, WIRE_EXAMPLE, FiatAccount

Json = dict[str, Any]


class FiatAccountBody(BaseModel):
    """Describes a bank account to add."""

    model_config = ConfigDict(extra="forbid")

    id: str | None = None
    status: ApprovalStatus = "APPROVED"
    fiat_account_owner: dict[str, Any] = OWNER_EXAMPLE
    fiat_network_instructions: dict[str, Any] = WIRE_EXAMPLE
    ref_id: str | None = None
    identity_id: str | None = None
    account_id: str | None = None
    metadata: dict[str, str] | None = None


class AddressBody(BaseModel):
    """Gives a crypto address a status; its other fields are those of Paxos' own endpoint."""

    model_config = ConfigDict(extra="allow")

    status: ApprovalStatus = "APPROVED"


class ApprovalBody(BaseModel):
    """Names the status of an account or address."""

    model_config = ConfigDict(extra="forbid")

    status: ApprovalStatus


class VaspBody(BaseModel):
    """Describes a VASP to add to the directory."""

    model_config = ConfigDict(extra="forbid")

    id: str | None = None
    name: str = Field(min_length=1)


def add_to(routes: APIRouter, backend: Backend) -> None:
    """Add the controls that add and decide accounts and addresses, and change the directory."""

    @routes.post("/fiat-accounts")
    async def add_account(body: FiatAccountBody) -> Json:
        account_id, now = body.id or str(uuid4()), backend.clock.now()
        if account_id in backend.fiat_accounts:
            raise HTTPException(409, f"there is a bank account {account_id} already")
        optional = body.model_dump(include={"ref_id", "identity_id", "account_id", "metadata"}, exclude_none=True)
        backend.fiat_accounts[account_id] = account = FiatAccount(
            seq=len(backend.fiat_accounts),
            id=account_id,
            status=body.status,
            owner=body.fiat_account_owner,
            instructions=body.fiat_network_instructions,
            optional=optional,
            created_at=now,
            updated_at=now,
        )
        return account.to_json()

    @routes.post("/fiat-accounts/{account_id}/status")
    async def decide_account(account_id: str, body: ApprovalBody) -> Json:
        account = backend.fiat_accounts.get(account_id)
        if account is None:
            raise HTTPException(404, f"there is no bank account {account_id}")
        account.status, account.updated_at = body.status, backend.clock.now()
        return account.to_json()

    @routes.post("/crypto-addresses")
    async def save_address(body: AddressBody) -> Json:
        now = backend.clock.now()
        address = backend.addresses.put(body.model_extra or {}, backend.vasps, now, None)
        address.approval.decided = body.status
        return address.to_json(now)

    @routes.post("/crypto-addresses/{address_id}/status")
    async def decide_address(address_id: str, body: ApprovalBody) -> Json:
        address = backend.addresses.get(address_id)
        if address is None:
            raise HTTPException(404, f"there is no crypto address with the id {address_id}")
        address.approval.decided = body.status
        return address.to_json(backend.clock.now())

    @routes.post("/vasps")
    async def add_vasp(body: VaspBody) -> Json:
        vasp_id = body.id or str(uuid4())
        backend.vasps[vasp_id] = body.name
        return {"id": vasp_id, "name": body.name}

    @routes.delete("/vasps/{vasp_id}")
    async def remove_vasp(vasp_id: str) -> Json:
        if vasp_id not in backend.vasps:
            raise HTTPException(404, f"there is no VASP {vasp_id}")
        return {"id": vasp_id, "name": backend.vasps.pop(vasp_id)}
