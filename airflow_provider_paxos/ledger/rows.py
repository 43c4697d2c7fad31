"""Make the rows of a double-entry ledger from orchestrations.

A row moves one amount of one asset from the account ``debit`` to the account ``credit``, as a bank's statement words
it. Paxos publishes no chart of accounts; these accounts are the project's own:

    profile:<profile_id>                       a profile at Paxos
    paxos:conversion                           takes the source asset in, and gives the destination asset out
    paxos:fees                                 receives what Paxos charges
    outside:fiat:<bank_account_id>             a bank account
    outside:crypto:<network>:<address>         an address on a blockchain
    outside:crypto:<address_id>                an address that is named by its deprecated id alone

Every row has both sides, so all rows of an asset sum to zero over all accounts. Only COMPLETED moves money. FAILED and
REJECTED make no row, also where the source transfer was COMPLETED before: the reserved funds return to the profile, so
that both movements together are nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Any, Literal

from pydantic import ValidationError

from airflow_provider_paxos.api.amounts import exact_sum, plain
from airflow_provider_paxos.api.creators import creator_named_in
from airflow_provider_paxos.api.errors import Acceptance, InvalidRequest, Subject
from airflow_provider_paxos.api.fields import OptionalText
from airflow_provider_paxos.api.models import Orchestration, TransferDetails
from airflow_provider_paxos.api.statuses import Meaning, meaning_of
from airflow_provider_paxos.api.transfers import Transfer
from airflow_provider_paxos.api.validation import wrong_fields

CONVERSION = "paxos:conversion"
FEES = "paxos:fees"
Movement = Literal["source", "source_fee", "destination", "destination_fee"]


@dataclass(frozen=True)
class LedgerRow:
    """Hold one amount that moved.

    :param id: of the row: the same whenever the orchestration is booked, and of no other row.
    :param debit: the account that it left.
    :param credit: the account that it arrived in.
    :param asset: such as ``USDG``.
    :param amount: exact; not negative.
    :param movement: what moved it: the source transfer, the destination transfer, or the fee of one of them.
    :param fee: of the destination transfer, on its row, in its asset; None where no transfer was given, so that the
        fee is not known.
    :param orchestration: its id.
    :param transfer: the id of the transfer, where Paxos shows one.
    :param ref_id: the idempotency key.
    :param key: of a payment of a batch.
    :param creator: the task instance that created the orchestration, where its metadata names one.
    :param rule: the id of the orchestration rule that made it, if one did.
    :param created_at: when the orchestration was created.
    :param updated_at: when it last changed: when it was COMPLETED, as Paxos shows no other time.
    """

    id: str
    debit: str
    credit: str
    asset: str
    amount: Decimal
    movement: Movement
    fee: Decimal | None
    orchestration: str
    transfer: str | None
    ref_id: str | None
    key: str | None
    creator: str | None
    rule: str | None
    created_at: datetime | None
    updated_at: datetime | None

    def to_dict(self) -> dict[str, str | None]:
        """Return it as texts: amounts as plain decimals, times as RFC 3339."""
        return {name: _text(value) for name, value in asdict(self).items()}


COLUMNS = tuple(field.name for field in fields(LedgerRow))
"""The names of a row's values, in their order."""


class _Record(Orchestration):
    key: OptionalText = None


def ledger_rows(
    records: Iterable[Orchestration | Mapping[str, Any]], transfers: Iterable[Transfer | Mapping[str, Any]] = ()
) -> list[LedgerRow]:
    """Return the rows of orchestrations, in their order: of each the source, the destination, and a fee if any.

    An orchestration that stands in several records makes its rows once. One record that cannot be booked leaves no
    rows at all: a ledger with a gap would look like one without.

    :param records: orchestrations as the hooks return them, or receipts, as ``receipts_in`` reads them from the XCom
        ``orchestration``. A batch's result names no amounts: take its receipts.
    :param transfers: the transfers of the orchestrations, as the hooks return them. Without its transfer, an
        orchestration's fee is not known, and its destination amount is its source amount, as between a dollar and its
        stablecoins.
    :raises InvalidRequest: for a COMPLETED record without the values that a row needs, and for two that contradict.
    """
    by_id = {transfer.id: transfer for transfer in map(_transfer, transfers)}
    seen: dict[str, list[LedgerRow]] = {}
    for record in map(_record, records):
        if record is None or meaning_of(record.status) is not Meaning.COMPLETED:
            continue
        rows = list(_rows(record, by_id))
        if _money(seen.setdefault(record.id, rows)) != _money(rows):
            raise _invalid(record, "two records of it move different money")
    return [row for rows in seen.values() for row in rows]


def transfer_ids(records: Iterable[Orchestration | Mapping[str, Any]]) -> list[str]:
    """Return the ids of the transfers of COMPLETED orchestrations, for ``PaxosHook.read_transfers``.

    :param records: as ``ledger_rows`` takes them.
    :raises InvalidRequest: for a record that is not readable.
    """
    completed = (
        record for record in map(_record, records) if record and meaning_of(record.status) is Meaning.COMPLETED
    )
    both = (own for record in completed for own in (record.source_transfer, record.destination_transfer) if own)
    return list(dict.fromkeys(own.transfer_id for own in both if own.transfer_id))


def balances(rows: Iterable[LedgerRow]) -> dict[tuple[str, str], Decimal]:
    """Return what each account has gained or lost, exactly.

    :returns: by account and asset.
    """
    changes: dict[tuple[str, str], list[Decimal]] = {}
    for row in rows:
        changes.setdefault((row.debit, row.asset), []).append(row.amount.copy_negate())
        changes.setdefault((row.credit, row.asset), []).append(row.amount)
    return {account: exact_sum(amounts) for account, amounts in changes.items()}


def _rows(record: _Record, transfers: Mapping[str, Transfer]) -> Iterator[LedgerRow]:
    profile, destination = _profile(record), _destination(record)
    if record.source_amount is None or not record.source_asset or not record.destination_asset:
        raise _invalid(record, "it is COMPLETED, but the record has no amount or no asset; give its receipt")
    sent, received = _shown(record.source_transfer, transfers), _shown(record.destination_transfer, transfers)
    source_asset, destination_asset, arrived = record.source_asset, record.destination_asset, record.source_amount
    taken = partial(_row, record, debit=profile, asset=source_asset, transfer=sent)
    yield taken("source", credit=CONVERSION, amount=arrived)
    if sent and sent.direction == "DEBIT" and sent.fee:
        yield taken("source_fee", credit=FEES, amount=sent.fee)
    if received and received.amount is not None:
        # A withdrawal's amount leaves out the fee that is taken besides; an internal credit's includes it.
        arrived = received.amount
        if received.direction == "CREDIT" and received.fee:
            arrived = exact_sum((arrived, received.fee.copy_negate()))
    given = partial(_row, record, debit=CONVERSION, asset=destination_asset, transfer=received)
    yield given("destination", credit=destination, amount=arrived)
    if received and received.fee:
        yield given("destination_fee", credit=FEES, amount=received.fee)


def _row(
    record: _Record,
    movement: Movement,
    *,
    debit: str,
    credit: str,
    asset: str,
    amount: Decimal,
    transfer: Transfer | None,
) -> LedgerRow:
    own = record.destination_transfer if movement.startswith("destination") else record.source_transfer
    return LedgerRow(
        id=f"{record.id}:{movement}",
        debit=debit,
        credit=credit,
        asset=asset,
        amount=amount,
        movement=movement,
        fee=transfer.fee if transfer and movement == "destination" else None,
        orchestration=record.id,
        transfer=transfer.id if transfer else own.transfer_id if own else None,
        ref_id=record.ref_id,
        key=record.key,
        creator=creator_named_in(record.metadata),
        rule=record.orchestration_rule_id,
        created_at=record.created_at,
        updated_at=record.updated_at,
    )


def _profile(record: _Record) -> str:
    named = record.source.profile.profile_id if record.source and record.source.profile else None
    # What a rule made starts from money that has arrived in the rule's profile.
    profile_id = named or record.profile_id
    if not profile_id:
        raise _invalid(record, "it is COMPLETED, but the record names no profile that the money left")
    return f"profile:{profile_id}"


def _destination(record: _Record) -> str:
    to = record.destination
    if to and to.profile and to.profile.profile_id:
        return f"profile:{to.profile.profile_id}"
    if to and to.fiat and to.fiat.bank_account_id:
        return f"outside:fiat:{to.fiat.bank_account_id}"
    if to and to.crypto and (parts := [to.crypto.network, to.crypto.address] if to.crypto.address else []):
        return ":".join(["outside:crypto", *(part for part in parts if part)])
    if to and to.crypto and to.crypto.address_id:
        return f"outside:crypto:{to.crypto.address_id}"
    raise _invalid(record, "it is COMPLETED, but the record names no destination")


def _shown(own: TransferDetails | None, transfers: Mapping[str, Transfer]) -> Transfer | None:
    return transfers.get(own.transfer_id) if own and own.transfer_id else None


def _record(record: Orchestration | Mapping[str, Any]) -> _Record | None:
    values = record.to_dict() if isinstance(record, Orchestration) else record
    if not values.get("id"):
        # The receipt of an attempt that has no orchestration to show: nothing is known to have moved.
        return None
    try:
        return _Record.model_validate(values)
    except ValidationError as invalid:
        raise _not_readable("orchestration", values, invalid) from None


def _transfer(transfer: Transfer | Mapping[str, Any]) -> Transfer:
    if isinstance(transfer, Transfer):
        return transfer
    try:
        return Transfer.model_validate(transfer)
    except ValidationError as invalid:
        raise _not_readable("transfer", transfer, invalid) from None


def _not_readable(what: str, values: Mapping[str, Any], invalid: ValidationError) -> InvalidRequest:
    subject = Subject("Make ledger rows", str(values.get("ref_id") or "") or None, str(values.get("id") or "") or None)
    wrong = "; ".join(wrong_fields(invalid))
    return InvalidRequest(f"the {what} is not readable: {wrong}.", subject=subject, acceptance=Acceptance.IRRELEVANT)


def _invalid(record: _Record, what: str) -> InvalidRequest:
    subject = Subject("Make ledger rows", record.ref_id, record.id)
    return InvalidRequest(f"{what}.", subject=subject, acceptance=Acceptance.IRRELEVANT)


def _money(rows: Iterable[LedgerRow]) -> list[tuple[object, ...]]:
    return [(row.debit, row.credit, row.asset, row.amount) for row in rows]


def _text(value: object) -> str | None:
    if value is None:
        return None
    if isinstance(value, Decimal):
        return plain(value)
    return value.isoformat() if isinstance(value, datetime) else str(value)
