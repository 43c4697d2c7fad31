"""Serve the endpoint of transfer limits."""

from __future__ import annotations

from typing import get_args

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from airflow_provider_paxos.emulator.backend import Backend
from airflow_provider_paxos.emulator.limit_rules import TransferType
from airflow_provider_paxos.emulator.problems import bad_request
from airflow_provider_paxos.emulator.routes.endpoint import require
from airflow_provider_paxos.emulator.urls import TRANSFER

READ = "transfer:read_transfer_limit"


def add_to(routes: APIRouter, backend: Backend) -> None:
    """Add the route that lists the limits of a type of transfers."""

    @routes.get(f"{TRANSFER}/limits/utilizations")
    async def list_limits(request: Request) -> JSONResponse:
        require(backend, request, READ)
        asked_for = request.query_params.get("transfer_type")
        for transfer_type in get_args(TransferType):
            if asked_for == transfer_type:
                return JSONResponse({"items": backend.limits.utilizations(transfer_type, backend.clock.now())})
        raise bad_request("transfer_type must be a type of transfers")
