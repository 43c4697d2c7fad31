"""Control the profiles."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import uuid4

from fastapi import APIRouter, HTTPException
from pydantic import BaseModel, ConfigDict, Field

from airflow_provider_paxos.emulator.amounts import DECIMALS, fits, read_amount
from airflow_provider_paxos.emulator.backend import Backend

Json = dict[str, Any]


class ProfileBody(BaseModel):
    """Describes a profile to add, and its balances."""

    model_config = ConfigDict(extra="forbid")

    nickname: str = Field(min_length=1)
    id: str | None = None
    balances: dict[str, str] = Field(default_factory=dict)


def add_to(routes: APIRouter, backend: Backend) -> None:
    """Add the control that adds a profile."""

    @routes.post("/profiles")
    async def add_profile(body: ProfileBody) -> Json:
        profile_id = body.id or str(uuid4())
        if backend.profiles.get(profile_id):
            raise HTTPException(409, f"there is a profile {profile_id} already")
        balances = {asset: _balance(asset, amount) for asset, amount in body.balances.items()}
        return dict(backend.add_profile(profile_id, body.nickname, balances).to_json())


def _balance(asset: str, text: str) -> Decimal:
    amount = read_amount(text)
    if asset not in DECIMALS or amount is None or not fits(amount, asset):
        raise HTTPException(422, f"balances: {text} {asset} is not an amount of a known asset")
    return amount
