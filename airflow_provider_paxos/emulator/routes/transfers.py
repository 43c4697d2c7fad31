"""Serve the endpoints of transfers."""

from __future__ import annotations

from collections.abc import Callable
from typing import get_args

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from starlette.datastructures import QueryParams

from airflow_provider_paxos.emulator.backend import Backend
from airflow_provider_paxos.emulator.clock import rfc3339
from airflow_provider_paxos.emulator.limit_rules import TransferType
from airflow_provider_paxos.emulator.pagination import by_age, has_time_filter, read_page, repeated_values, time_filter
from airflow_provider_paxos.emulator.problems import bad_request, not_found
from airflow_provider_paxos.emulator.routes.endpoint import page_answer, read_id, require
from airflow_provider_paxos.emulator.transfers import SecondaryStatusName, Transfer, TransferStatus
from airflow_provider_paxos.emulator.urls import TRANSFER

READ = "transfer:read_transfer"

_FIELDS = {"profile_ids": "profile_id", "ids": "id", "type": "type", "statuses": "status"}
_OPTIONAL_FIELDS = {
    "identity_ids": "identity_id",
    "ref_ids": "ref_id",
    "account_ids": "account_id",
    "group_ids": "group_id",
    "crypto_tx_hashes": "crypto_tx_hash",
}
_ALONE = ("profile_ids", "identity_ids", "ref_ids", "account_ids", "ids", "type")
"""The filters that "can be combined with created_at.* or updated_at.* only"."""


def add_to(routes: APIRouter, backend: Backend) -> None:
    """Add the routes that list and read transfers."""

    @routes.get(f"{TRANSFER}/transfers")
    async def list_transfers(request: Request) -> JSONResponse:
        require(backend, request, READ)
        query = request.query_params
        updated = _ordered_by_update(query)
        page = read_page(query, order="ASC" if updated else "DESC", default=100, most=1000)
        matches = _filter(query)
        found = (transfer for transfer in _named(backend, query) if matches(transfer))
        items, cursor = page.cut(found, _by_update if updated else by_age)
        return page_answer(backend, {"items": [transfer.to_json() for transfer in items]}, cursor)

    @routes.get(f"{TRANSFER}/transfers/{{transfer_id}}")
    async def get_transfer(request: Request, transfer_id: str) -> JSONResponse:
        require(backend, request, READ)
        transfer = backend.transfers.get(read_id(transfer_id, "transfer"))
        if transfer is None:
            raise not_found(f"transfer not found: {transfer_id}")
        return JSONResponse(transfer.to_json())


def _ordered_by_update(query: QueryParams) -> bool:
    # Without order_by, the list is ordered by the time that it is filtered by.
    filters = [name for name in ("created_at", "updated_at") if has_time_filter(query, name)]
    order_by = query.get("order_by", filters[0].upper() if filters else "CREATED_AT")
    if order_by not in ("CREATED_AT", "UPDATED_AT"):
        raise bad_request("order_by must be CREATED_AT or UPDATED_AT")
    if [name for name in filters if name.upper() != order_by]:
        raise bad_request(f"order_by {order_by} cannot be combined with a filter by {' and '.join(filters)}")
    return order_by == "UPDATED_AT"


def _named(backend: Backend, query: QueryParams) -> list[Transfer]:
    # By index: a hundred ids among ten thousand transfers are asked for again and again.
    ids = repeated_values(query, "ids")
    if not ids:
        return backend.transfers.transfers
    return [found for one in dict.fromkeys(ids) if (found := backend.transfers.get(one))]


def _filter(query: QueryParams) -> Callable[[Transfer], bool]:
    wanted = {name: values for name in (*_FIELDS, *_OPTIONAL_FIELDS) if (values := repeated_values(query, name))}
    secondary = repeated_values(query, "secondary_statuses")
    _check_known("type", wanted.get("type", []), get_args(TransferType))
    _check_known("statuses", wanted.get("statuses", []), get_args(TransferStatus))
    _check_known("secondary_statuses", secondary, get_args(SecondaryStatusName))
    others = [*wanted, *(["secondary_statuses"] if secondary else [])]
    if len(others) > 1 and (alone := next((name for name in others if name in _ALONE), None)):
        raise bad_request(f"{alone} can be combined with created_at or updated_at only")
    created, updated = time_filter(query, "created_at"), time_filter(query, "updated_at")
    return lambda transfer: (
        all(_value(transfer, name) in values for name, values in wanted.items())
        and (not secondary or (transfer.secondary_status or {}).get("name") in secondary)
        and created(transfer.created_at)
        and updated(transfer.updated_at)
    )


def _check_known(name: str, values: list[str], known: tuple[str, ...]) -> None:
    if unknown := [value for value in values if value not in known]:
        raise bad_request(f"unknown {name}: {', '.join(unknown)}")


def _value(transfer: Transfer, name: str) -> object:
    return getattr(transfer, _FIELDS[name]) if name in _FIELDS else transfer.optional.get(_OPTIONAL_FIELDS[name])


def _by_update(transfer: Transfer) -> str:
    return f"{rfc3339(transfer.updated_at)} {by_age(transfer)}"
