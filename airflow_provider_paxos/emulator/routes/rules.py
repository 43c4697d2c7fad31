"""Serve the endpoints of orchestration rules."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from airflow_provider_paxos.emulator.backend import Backend
from airflow_provider_paxos.emulator.fields import read_object
from airflow_provider_paxos.emulator.pagination import by_age, read_page, repeated_values
from airflow_provider_paxos.emulator.problems import bad_request, not_found
from airflow_provider_paxos.emulator.routes.endpoint import already_exists, listed, page_answer, read_id, require
from airflow_provider_paxos.emulator.rules import read_rule
from airflow_provider_paxos.emulator.urls import RULES
from airflow_provider_paxos.emulator.validation import read_ref_id

READ, WRITE = "orchestration:read_orchestration_rule", "orchestration:write_orchestration_rule"

_STATUSES = frozenset({"ACTIVE", "DELETED", "PENDING", "REJECTED"})
_FIELDS = {
    "ids": "id",
    "status": "status",
    "profile_id": "profile_id",
    "source_asset": "source_asset",
    "destination_asset": "destination_asset",
}
"""The filters of List, and the fields whose values they name."""


def add_to(routes: APIRouter, backend: Backend) -> None:
    """Add the routes that create, list and delete rules."""

    @routes.post(RULES)
    async def create(request: Request) -> JSONResponse:
        require(backend, request, WRITE)
        body = read_object(await request.body())
        if first := backend.rules.by_ref_id(read_ref_id(body)):
            raise already_exists(first.to_json(backend.clock.now()), backend.settings.conflict_shape)
        return JSONResponse({"rule": backend.create_rule(read_rule(body)).to_json(backend.clock.now())})

    @routes.get(RULES)
    async def list_rules(request: Request) -> JSONResponse:
        require(backend, request, READ)
        query, now = request.query_params, backend.clock.now()
        page = read_page(query, order="DESC", default=100, most=1000)
        wanted = {field: values for name, field in _FIELDS.items() if (values := repeated_values(query, name))}
        if unknown := set(wanted.get("status", [])) - _STATUSES:
            raise bad_request(f"unknown status: {', '.join(sorted(unknown))}")

        def shown(rule: dict[str, Any]) -> bool:
            return all(rule[field] in values for field, values in wanted.items())

        items, cursor = page.cut((rule for rule in backend.rules.rules if shown(rule.to_json(now))), by_age)
        return page_answer(backend, listed(backend, "rules", [rule.to_json(now) for rule in items]), cursor)

    @routes.delete(f"{RULES}/{{rule_id}}")
    async def delete(request: Request, rule_id: str) -> JSONResponse:
        require(backend, request, WRITE)
        rule = backend.rules.get(read_id(rule_id, "orchestration rule"))
        if rule is None:
            raise not_found("orchestration rule not found")
        rule.deleted = True
        return JSONResponse({"rule": rule.to_json(backend.clock.now())})
