"""Control orchestration rules, and the deposits that they wait for."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, HTTPException
from pydantic import BaseModel, ConfigDict, Field

from airflow_provider_paxos.emulator.amounts import DECIMALS, fits, read_amount
from airflow_provider_paxos.emulator.approvals import ApprovalStatus
from airflow_provider_paxos.emulator.backend import Backend
from airflow_provider_paxos.emulator.rules import Rule

Json = dict[str, Any]


class DecisionBody(BaseModel):
    """Names the status of a rule's approval; an APPROVED rule is ACTIVE."""

    model_config = ConfigDict(extra="forbid")

    status: ApprovalStatus


class DepositBody(BaseModel):
    """Describes equal deposits; the asset is the rule's, unless there is one."""

    model_config = ConfigDict(extra="forbid")

    amount: str
    asset: str | None = None
    times: int = Field(default=1, ge=1, le=10_000)


def add_to(routes: APIRouter, backend: Backend) -> None:
    """Add the controls that decide a rule, and deposit money for it."""

    def find(rule_id: str) -> Rule:
        rule = backend.rules.get(rule_id) or backend.rules.by_ref_id(rule_id)
        if rule is None:
            raise HTTPException(404, f"there is no rule with the id or ref_id {rule_id}")
        return rule

    # A path, because a ref_id may have slashes.
    @routes.post("/rules/{rule_id:path}/status")
    async def decide(rule_id: str, body: DecisionBody) -> Json:
        rule = find(rule_id)
        rule.approval.decided = body.status
        return rule.to_json(backend.clock.now())

    @routes.post("/rules/{rule_id:path}/deposits")
    async def deposit(rule_id: str, body: DepositBody) -> Json:
        rule = find(rule_id)
        asset, amount = body.asset or rule.source_asset, read_amount(body.amount)
        if asset not in DECIMALS or amount is None or not fits(amount, asset):
            raise HTTPException(422, f"amount: {body.amount} {asset} is not an amount of a known asset")
        return {"transfers": [backend.deposit_for_rule(rule, asset, amount).to_json() for _ in range(body.times)]}
