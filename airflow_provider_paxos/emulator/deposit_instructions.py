"""Make the addresses and instructions that deposits are sent to."""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from airflow_provider_paxos.emulator.clock import rfc3339
from airflow_provider_paxos.emulator.fiat_accounts import OWNER_EXAMPLE, WIRE_EXAMPLE

_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_STELLAR_ACCOUNT = bytes([6 << 3])
_MEMO = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
_MEMO_LENGTH = 16


def new_address(network: str) -> str:
    """Return a new address that is well formed on its network."""
    key = secrets.token_bytes(32)
    match network:
        case "SOLANA":
            return _base58(key)
        case "STELLAR":
            content = _STELLAR_ACCOUNT + key
            return base64.b32encode(content + _crc16(content).to_bytes(2, "little")).decode()
        case _:
            return f"0x{hashlib.sha256(key).hexdigest()[:40]}"


def _base58(content: bytes) -> str:
    number, digits = int.from_bytes(content), ""
    while number:
        number, digit = divmod(number, len(_BASE58))
        digits = _BASE58[digit] + digits
    return _BASE58[0] * (len(content) - len(content.lstrip(b"\0"))) + digits


def _crc16(content: bytes) -> int:
    # CRC-16/XMODEM, the checksum of Stellar's addresses.
    crc = 0
    for byte in content:
        crc ^= byte << 8
        for _ in range(8):
            crc = (crc << 1 ^ 0x1021 if crc & 0x8000 else crc << 1) & 0xFFFF
    return crc


@dataclass(frozen=True)
class FiatInstructions:
    """Holds the instructions for a deposit of fiat, and their place in the order of creation."""

    seq: int
    id: str
    profile_id: str
    memo_id: str
    network_instructions: dict[str, Any]
    optional: dict[str, Any]
    """``identity_id`` and ``account_id``, as far as there are any."""
    created_at: datetime

    def to_json(self) -> dict[str, Any]:
        """Return them as the API does."""
        return {
            "id": self.id,
            "profile_id": self.profile_id,
            **self.optional,
            "status": "VALID",
            "memo_id": self.memo_id,
            "fiat_network_instructions": self.network_instructions,
            "fiat_account_owner": OWNER_EXAMPLE,
            "created_at": rfc3339(self.created_at),
        }


def new_instructions(
    profile_id: str, fields: Mapping[str, str], optional: dict[str, Any], *, seq: int, now: datetime
) -> FiatInstructions:
    """Return new instructions, with a memo of their own.

    :param fields: the fiat source of a rule: ``network`` (WIRE or CUBIX), and ``account_type`` (ABA or SWIFT)
    :param optional: as of :class:`FiatInstructions`
    :param seq: their place in the order of creation
    """
    memo = "".join(secrets.choice(_MEMO) for _ in range(_MEMO_LENGTH))
    instructions: dict[str, Any] = {"cubix": {"account_id": str(uuid4())}}
    if fields["network"] == "WIRE":
        wire = WIRE_EXAMPLE["wire"]
        routing = {**wire["routing_details"], "routing_number_type": fields.get("account_type", "ABA")}
        instructions = {"wire": {**wire, "routing_details": routing}}
    return FiatInstructions(seq, str(uuid4()), profile_id, memo, instructions, optional, now)
