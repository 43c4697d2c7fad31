"""Write the daily report of profile transactions, as the Dashboard and the SFTP server offer it."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Literal
from uuid import NAMESPACE_OID, uuid5

from airflow_provider_paxos.emulator.amounts import EXACT, plain
from airflow_provider_paxos.emulator.clock import rfc3339
from airflow_provider_paxos.emulator.ledger import Booking
from airflow_provider_paxos.emulator.models import Orchestration
from airflow_provider_paxos.emulator.transfers import Transfer, TransferBook

COLUMNS = (
    "AccountID",
    "Amount",
    "Assets",
    "BalanceType",
    "Direction",
    "ExternalID",
    "Fee",
    "Metadata",
    "OrchestrationID",
    "OrchestrationRuleID",
    "ProfileID",
    "Resource",
    "ResourceID",
    "ResourceRefID",
    "ResourceTimestamp",
    "Timestamp",
    "TransactionType",
    "UniqueTxID",
)

_BALANCES = {"available": "AVAILABLE", "held": "TRADING"}
_RESERVATIONS = {"reserve": "ORCHESTRATION_RESERVE", "return": "ORCHESTRATION_UNRESERVE"}


def profile_transactions(
    day: date, bookings: Sequence[Booking], orchestrations: Mapping[str, Orchestration], transfers: TransferBook
) -> str:
    """Return the report of a day in UTC, as CSV.

    Columns, resources and the two types of reservations are as documented. Inferred are the rows of a withdrawal (the
    destination asset arrives from the conversion, then leaves with its fee) and TRADING for what is reserved: so the
    rows of a profile, asset and balance type add up to its balance.

    :param orchestrations: those that the bookings name, by id
    """
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n", restval="")
    writer.writeheader()
    since = datetime.combine(day, time(), UTC)
    for number, booking in enumerate(bookings):
        if since <= booking.time < since + timedelta(days=1):
            orchestration = orchestrations.get(booking.orchestration_id or "")
            transfer = transfers.get(booking.transfer_id or "")
            for line in _lines(booking, orchestration, transfer):
                writer.writerow(_row(line, booking, number, orchestration))
    return text.getvalue()


@dataclass(frozen=True)
class _Line:
    profile_id: str
    balance: str
    direction: Literal["CREDIT", "DEBIT"]
    amount: Decimal
    transaction_type: str
    transfer: Transfer | None = None


def _lines(booking: Booking, orchestration: Orchestration | None, transfer: Transfer | None) -> Iterator[_Line]:
    if booking.reason == "fee":
        # It is in the line of the transfer that it was taken from.
        return
    if booking.reason == "destination transfer" and orchestration and transfer and transfer.direction == "DEBIT":
        profile, total = orchestration.profile_id, EXACT.add(booking.amount, orchestration.fee)
        yield _Line(profile, "AVAILABLE", "CREDIT", total, "SWAP_TX")
        yield _Line(profile, "AVAILABLE", "DEBIT", total, transfer.type, transfer)
        return
    kind = _RESERVATIONS.get(booking.reason) or (transfer.type if transfer else "SWAP_TX")
    shown = None if booking.reason in _RESERVATIONS else transfer
    sides: tuple[tuple[str, Literal["CREDIT", "DEBIT"]], ...] = ((booking.debit, "DEBIT"), (booking.credit, "CREDIT"))
    for account, direction in sides:
        if account.startswith("profile:"):
            _, profile, balance = account.split(":")
            yield _Line(profile, _BALANCES[balance], direction, booking.amount, kind, shown)


def _row(line: _Line, booking: Booking, number: int, orchestration: Orchestration | None) -> dict[str, str]:
    resource = "TRANSFER" if line.transfer else "SWAP" if line.transaction_type == "SWAP_TX" else "ORCHESTRATION"
    row = {
        "Amount": plain(line.amount),
        "Assets": booking.asset,
        "BalanceType": line.balance,
        "Direction": line.direction,
        "ProfileID": line.profile_id,
        "Resource": resource,
        "Timestamp": rfc3339(booking.time),
        "TransactionType": line.transaction_type,
        "UniqueTxID": str(uuid5(NAMESPACE_OID, f"booking {number}")),
    }
    if orchestration is not None:
        row["OrchestrationRuleID"] = orchestration.rule_id or ""
        row["AccountID"] = orchestration.optional.get("account_id", "")
        row["OrchestrationID"] = row["ResourceID"] = orchestration.id
        row["ResourceRefID"], row["ResourceTimestamp"] = orchestration.ref_id, rfc3339(orchestration.created_at)
        if "metadata" in orchestration.optional:
            row["Metadata"] = json.dumps(orchestration.optional["metadata"], separators=(",", ":"))
    if line.transfer is not None:
        row["ExternalID"] = line.transfer.optional.get("crypto_tx_hash", "")
        row["Fee"], row["ResourceID"] = plain(line.transfer.fee), line.transfer.id
        row["ResourceTimestamp"] = rfc3339(line.transfer.created_at)
    return row
