"""Define the bank accounts that fiat is paid to."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from airflow_provider_paxos.emulator.approvals import ApprovalStatus
from airflow_provider_paxos.emulator.clock import rfc3339

WIRE_EXAMPLE: dict[str, Any] = {
    "wire": {
        "account_number": "12345678",
        "fiat_account_owner_address": {"country": "USA", "address1": "1 Example Street", "city": "Springfield"},
        "routing_details": {
            "routing_number_type": "ABA",
            "routing_number": "123456789",
            "bank_name": "Customers Bank",
            "bank_address": {"country": "USA", "city": "Springfield"},
        },
    }
}
"""The ``fiat_network_instructions`` of an account that is added without any."""

OWNER_EXAMPLE: dict[str, Any] = {"institution_details": {"name": "Example Company"}}

_DIGITS_SHOWN = 4
_HIDDEN_IN_LISTS = frozenset({"fiat_account_owner_address", "bank_address", "person_details", "institution_details"})


@dataclass
class FiatAccount:
    """Holds a bank account, and its place in the order of creation."""

    seq: int
    id: str
    status: ApprovalStatus
    owner: dict[str, Any]
    instructions: dict[str, Any]
    """``fiat_network_instructions``, as the API has them."""
    optional: dict[str, Any]
    """``ref_id``, ``identity_id``, ``account_id`` and ``metadata``, as far as there are any."""
    created_at: datetime
    updated_at: datetime

    def to_json(self) -> dict[str, Any]:
        """Return it as Get does."""
        return {
            "id": self.id,
            **self.optional,
            "fiat_account_owner": self.owner,
            "fiat_network_instructions": self.instructions,
            "status": self.status,
            "created_at": rfc3339(self.created_at),
            "updated_at": rfc3339(self.updated_at),
        }

    def to_list_json(self) -> dict[str, Any]:
        """Return it as List does: without names and addresses, and with the end of the account number alone."""
        document = copy.deepcopy(self.to_json())
        _abbreviate(document["fiat_account_owner"])
        _abbreviate(document["fiat_network_instructions"])
        return document


def _abbreviate(fields: dict[str, Any]) -> None:
    for name, value in fields.items():
        if name in _HIDDEN_IN_LISTS:
            fields[name] = None
        elif name == "account_number":
            fields[name] = f"XXXX{value[-_DIGITS_SHOWN:]}"
        elif isinstance(value, dict):
            _abbreviate(value)
