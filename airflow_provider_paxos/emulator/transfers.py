"""Keep the transfers: the movements of money that orchestrations and deposits are made of."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal
from uuid import NAMESPACE_OID, uuid4, uuid5

from airflow_provider_paxos.emulator.amounts import EXACT, plain
from airflow_provider_paxos.emulator.clock import rfc3339
from airflow_provider_paxos.emulator.limit_rules import TransferType
from airflow_provider_paxos.emulator.models import CUSTOMER, DetailsStatus, Orchestration

TransferStatus = Literal["PENDING", "COMPLETED", "FAILED"]
SecondaryStatusName = Literal[
    "TRAVEL_RULE_INFO_REQUESTED", "TRAVEL_RULE_REJECTED", "CUSTOMER_REJECTED", "PENDING_CUSTOMER_APPROVAL"
]
Side = Literal["source", "destination"]

_STATUSES: dict[DetailsStatus, TransferStatus] = {
    "PENDING": "PENDING",
    "PROCESSING": "PENDING",
    "COMPLETED": "COMPLETED",
    "FAILED": "FAILED",
}
"""The status of a transfer, by what its orchestration shows of it."""


@dataclass
class Transfer:
    """Holds a transfer, and its place in the order of creation."""

    seq: int
    id: str
    profile_id: str
    asset: str
    amount: Decimal
    fee: Decimal
    direction: Literal["CREDIT", "DEBIT"]
    type: TransferType
    created_at: datetime
    updated_at: datetime
    status: TransferStatus = "PENDING"
    optional: dict[str, Any] = field(default_factory=dict)
    """``identity_id``, ``destination_address`` and the like, as far as they apply."""
    secondary_status: dict[str, str] | None = None

    def to_json(self) -> dict[str, Any]:
        """Return it as the API does."""
        change = EXACT.add if self.direction == "DEBIT" else EXACT.subtract
        document: dict[str, Any] = {
            "id": self.id,
            "customer_id": CUSTOMER,
            "profile_id": self.profile_id,
            "amount": plain(self.amount),
            "total": plain(change(self.amount, self.fee)),
            "fee": plain(self.fee),
            "asset": self.asset,
            "balance_asset": self.asset,
            "direction": self.direction,
            "type": self.type,
            "status": self.status,
            "created_at": rfc3339(self.created_at),
            "updated_at": rfc3339(self.updated_at),
            **self.optional,
        }
        if self.secondary_status is not None:
            document["secondary_status"] = self.secondary_status
        return document

    def change(self, status: TransferStatus, at: datetime) -> None:
        """Give it a status; a withdrawal of crypto has a hash once it is on the chain."""
        self.status, self.updated_at = status, at
        if status == "COMPLETED" and self.type == "CRYPTO_WITHDRAWAL":
            self.optional |= {"crypto_tx_hash": transaction_hash(self.id), "crypto_tx_index": "0"}


@dataclass(frozen=True)
class Deposit:
    """Holds money that comes from outside.

    :param network: of a crypto asset; None for fiat, which comes by wire
    :param address: that it was sent to
    """

    profile_id: str
    asset: str
    amount: Decimal
    network: str | None = None
    address: str | None = None


class TransferBook:
    """Keeps all transfers, oldest first.

    :param transfers: those to start with, as saved
    """

    def __init__(self, transfers: Iterable[Transfer] = ()) -> None:
        self.transfers: list[Transfer] = []
        self._by_id: dict[str, Transfer] = {}
        for transfer in transfers:
            self._add(transfer)

    def get(self, transfer_id: str) -> Transfer | None:
        """Return a transfer, or None."""
        return self._by_id.get(transfer_id)

    def follow(self, orchestration: Orchestration, side: Side, status: DetailsStatus, at: datetime) -> str:
        """Give one of the transfers of an orchestration a status, create it if it is not there, and return its id."""
        details = orchestration.source_transfer if side == "source" else orchestration.destination_transfer
        transfer = self._by_id.get(details.transfer_id) if details and details.transfer_id else None
        if transfer is None:
            transfer = _source(orchestration) if side == "source" else _destination(orchestration)
            transfer.seq, transfer.created_at = len(self.transfers), at
            self._add(transfer)
        transfer.change(_STATUSES[status], at)
        return transfer.id

    def deposit(self, deposit: Deposit, at: datetime) -> Transfer:
        """Add a deposit that has arrived."""
        transfer_id, network = str(uuid4()), deposit.network
        optional: dict[str, Any] = {}
        if network is not None:
            optional = {"crypto_network": network, "crypto_tx_hash": transaction_hash(transfer_id)}
        if deposit.address is not None:
            optional["destination_address"] = deposit.address
        transfer = Transfer(
            seq=len(self.transfers),
            id=transfer_id,
            profile_id=deposit.profile_id,
            asset=deposit.asset,
            amount=deposit.amount,
            fee=Decimal(),
            direction="CREDIT",
            type="CRYPTO_DEPOSIT" if network else "WIRE_DEPOSIT",
            created_at=at,
            updated_at=at,
            status="COMPLETED",
            optional=optional,
        )
        self._add(transfer)
        return transfer

    def explain(self, orchestration: Orchestration, name: SecondaryStatusName, detail: str) -> None:
        """Give the transfer to an orchestration's destination a secondary status, if there is a transfer."""
        details = orchestration.destination_transfer
        if details and details.transfer_id:
            self._by_id[details.transfer_id].secondary_status = {"name": name, "detail": detail}

    def _add(self, transfer: Transfer) -> None:
        self.transfers.append(transfer)
        self._by_id[transfer.id] = transfer


def transaction_hash(transfer_id: str) -> str:
    """Return what stands for the hash of a transfer's transaction on its chain."""
    return f"0x{hashlib.sha256(transfer_id.encode()).hexdigest()}"


# How the transfers of an orchestration look is not documented beyond the example of a withdrawal. A profile that pays
# is debited by an internal transfer; a destination outside Paxos is reached by a withdrawal of the paying profile.


def _source(orchestration: Orchestration) -> Transfer:
    return Transfer(
        seq=0,
        id=str(uuid4()),
        profile_id=orchestration.profile_id,
        asset=orchestration.source_asset,
        amount=orchestration.amount,
        fee=Decimal(),
        direction="DEBIT",
        type="INTERNAL_TRANSFER_DEBIT",
        created_at=orchestration.created_at,
        updated_at=orchestration.created_at,
        optional=_owner(orchestration) | _group(orchestration),
    )


def _destination(orchestration: Orchestration) -> Transfer:
    internal = "profile" in orchestration.destination
    receiver = orchestration.destination["profile"]["profile_id"] if internal else orchestration.profile_id
    # The total is the change of the balance either way: a deposit's amount includes the fee, a withdrawal's does not.
    amount = orchestration.amount if internal else EXACT.subtract(orchestration.amount, orchestration.fee)
    return Transfer(
        seq=0,
        id=str(uuid4()),
        profile_id=receiver,
        asset=orchestration.destination_asset,
        amount=amount,
        fee=orchestration.fee,
        direction="CREDIT" if internal else "DEBIT",
        type="INTERNAL_TRANSFER_CREDIT" if internal else orchestration.withdrawal_type,
        created_at=orchestration.created_at,
        updated_at=orchestration.created_at,
        optional=_owner(orchestration) | _group(orchestration) | _outside(orchestration),
    )


def _owner(orchestration: Orchestration) -> dict[str, Any]:
    return {
        name: orchestration.optional[name] for name in ("identity_id", "account_id") if name in orchestration.optional
    }


def _group(orchestration: Orchestration) -> dict[str, Any]:
    # It links the two sides of an internal transfer, and shows nobody the orchestration.
    linked = "profile" in orchestration.destination and "profile" in orchestration.source
    return {"group_id": str(uuid5(NAMESPACE_OID, orchestration.id))} if linked else {}


def _outside(orchestration: Orchestration) -> dict[str, Any]:
    ((kind, fields),) = orchestration.destination.items()
    match kind:
        case "fiat":
            names = {"bank_account_id": "fiat_account_id", "memo": "memo"}
        case "crypto":
            names = {"address": "destination_address", "network": "crypto_network"}
        case _:
            return {}
    shown = {names[name]: value for name, value in fields.items() if name in names}
    return {**shown, "notional_value": plain(orchestration.amount)} if kind == "crypto" else shown
