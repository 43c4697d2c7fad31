"""Control single transfers."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, HTTPException
from pydantic import BaseModel, ConfigDict

from airflow_provider_paxos.emulator.backend import Backend
from airflow_provider_paxos.emulator.transfers import SecondaryStatusName, Transfer, TransferStatus

Json = dict[str, Any]


class SecondaryStatusBody(BaseModel):
    """Describes a secondary status."""

    model_config = ConfigDict(extra="forbid")

    name: SecondaryStatusName
    detail: str = ""


class TransferBody(BaseModel):
    """Describes how a transfer is to change; what is absent stays."""

    model_config = ConfigDict(extra="forbid")

    status: TransferStatus | None = None
    secondary_status: SecondaryStatusBody | None = None


def add_to(routes: APIRouter, backend: Backend) -> None:
    """Add the control that changes a transfer, whatever its orchestration says."""

    @routes.post("/transfers/{transfer_id}")
    async def change(transfer_id: str, body: TransferBody) -> Json:
        transfer = backend.transfers.get(transfer_id)
        if transfer is None:
            raise HTTPException(404, f"there is no transfer {transfer_id}")
        if body.secondary_status is not None:
            transfer.secondary_status = body.secondary_status.model_dump()
        if body.status is not None:
            transfer.change(body.status, backend.clock.now())
            _show(backend, transfer, body.status)
        return transfer.to_json()


def _show(backend: Backend, transfer: Transfer, status: TransferStatus) -> None:
    for orchestration in backend.store.orchestrations:
        for details in (orchestration.source_transfer, orchestration.destination_transfer):
            if details is not None and details.transfer_id == transfer.id:
                details.status = "PROCESSING" if status == "PENDING" else status
