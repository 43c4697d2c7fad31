"""Serve the endpoints of crypto destination addresses."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from airflow_provider_paxos.emulator.backend import Backend
from airflow_provider_paxos.emulator.fields import read_object
from airflow_provider_paxos.emulator.networks import NETWORKS
from airflow_provider_paxos.emulator.pagination import by_age, created_filter, read_page, repeated_values
from airflow_provider_paxos.emulator.problems import bad_request
from airflow_provider_paxos.emulator.routes.endpoint import page_answer, read_flag, require
from airflow_provider_paxos.emulator.urls import TRANSFER

READ, WRITE = "transfer:read_crypto_destination_address", "transfer:write_crypto_destination_address"

_FIELDS = {
    "ids": "id",
    "identity_ids": "identity_id",
    "crypto_networks": "crypto_network",
    "addresses": "address",
    "nicknames": "nickname",
}
"""The parameters of List, and the fields whose values they name."""


def add_to(routes: APIRouter, backend: Backend) -> None:
    """Add the routes that list and put crypto destination addresses."""

    @routes.get(f"{TRANSFER}/crypto-destination-addresses")
    async def list_addresses(request: Request) -> JSONResponse:
        require(backend, request, READ)
        query = request.query_params
        page, created = read_page(query, order="DESC", default=100, most=1000), created_filter(query)
        wanted = {field: set(given) for name, field in _FIELDS.items() if (given := repeated_values(query, name))}
        if unknown := wanted.get("crypto_network", set()) - NETWORKS:
            raise bad_request(f"unknown crypto_networks: {', '.join(sorted(unknown))}")
        bookmarked = read_flag(request, "bookmarked_status")
        found = (
            address
            for address in backend.addresses.addresses
            if all(getattr(address, field) in values for field, values in wanted.items())
            and bookmarked in (None, address.bookmarked)
            and created(address)
        )
        items, cursor = page.cut(found, by_age)
        now = backend.clock.now()
        return page_answer(backend, {"addresses": [address.to_json(now) for address in items]}, cursor)

    @routes.put(f"{TRANSFER}/crypto-destination-address")
    async def put_address(request: Request) -> JSONResponse:
        require(backend, request, WRITE)
        now = backend.clock.now()
        body = read_object(await request.body())
        address = backend.addresses.put(body, backend.vasps, now, backend.settings.address_approve_seconds)
        return JSONResponse({"address": address.to_json(now)})
