"""Serve the endpoints of bank accounts."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from airflow_provider_paxos.emulator.backend import Backend
from airflow_provider_paxos.emulator.pagination import by_age, created_filter, read_page, repeated_values
from airflow_provider_paxos.emulator.problems import not_found
from airflow_provider_paxos.emulator.routes.endpoint import page_answer, read_flag, read_id, require
from airflow_provider_paxos.emulator.urls import TRANSFER

READ = "transfer:read_fiat_account"


def add_to(routes: APIRouter, backend: Backend) -> None:
    """Add the routes that list and read bank accounts."""

    @routes.get(f"{TRANSFER}/fiat-accounts")
    async def list_accounts(request: Request) -> JSONResponse:
        require(backend, request, READ)
        query = request.query_params
        page, created = read_page(query, order="DESC", default=100, most=1000), created_filter(query)
        ids, ref_ids = repeated_values(query, "ids"), repeated_values(query, "ref_ids")
        # No account is ever deleted, so there is none to include.
        read_flag(request, "include_deleted")
        found = (
            account
            for account in backend.fiat_accounts.values()
            if (not ids or account.id in ids)
            and (not ref_ids or account.optional.get("ref_id") in ref_ids)
            and created(account)
        )
        items, cursor = page.cut(found, by_age)
        return page_answer(backend, {"items": [account.to_list_json() for account in items]}, cursor)

    @routes.get(f"{TRANSFER}/fiat-accounts/{{account_id}}")
    async def get_account(request: Request, account_id: str) -> JSONResponse:
        require(backend, request, READ)
        account = backend.fiat_accounts.get(read_id(account_id, "fiat account"))
        if account is None:
            raise not_found(f"fiat account not found: {account_id}")
        return JSONResponse(account.to_json())
