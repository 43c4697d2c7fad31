"""Define the limits that an emulator can be given, and the types of the transfers that they apply to."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal
from uuid import uuid4

from pydantic import BaseModel, ConfigDict, Field

TransferType = Literal[
    "INTERNAL_TRANSFER_DEBIT",
    "INTERNAL_TRANSFER_CREDIT",
    "CRYPTO_DEPOSIT",
    "CRYPTO_WITHDRAWAL",
    "WIRE_DEPOSIT",
    "WIRE_WITHDRAWAL",
    "SEN_DEPOSIT",
    "SEN_WITHDRAWAL",
    "BANK_DEPOSIT",
    "BANK_WITHDRAWAL",
    "PAXOS_TRANSFER_DEBIT",
    "PAXOS_TRANSFER_CREDIT",
    "SIGNET_DEPOSIT",
    "SIGNET_WITHDRAWAL",
    "CBIT_WITHDRAWAL",
    "CBIT_DEPOSIT",
    "CUBIX_DEPOSIT",
    "CUBIX_WITHDRAWAL",
    "RTP_DEPOSIT",
]


class LimitRule(BaseModel):
    """Describes a limit of one transfer, or of all transfers of a period."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(default_factory=lambda: str(uuid4()))
    rule_id: str = Field(default_factory=lambda: str(uuid4()))
    transfer_types: tuple[TransferType, ...] = Field(min_length=1)
    period_seconds: int = Field(default=0, ge=0, le=10**9, description="0: each transfer by itself")
    limit: Decimal = Field(ge=0)
    limit_asset: str = "USD"
