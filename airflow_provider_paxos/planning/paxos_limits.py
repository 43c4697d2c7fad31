"""Paxos' own limits on transfers: which of them a payment falls under, and what the new payments need of each.

Paxos does not say whether orchestrations count. They are taken to, by the rail of their destination; stablecoins are
valued at par.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal

from airflow_provider_paxos.api.amounts import exact_sum
from airflow_provider_paxos.api.canonical import canonical_id
from airflow_provider_paxos.api.fiat_accounts import FiatAccount
from airflow_provider_paxos.api.limit_utilizations import LimitUtilization
from airflow_provider_paxos.batch.validation import Payment
from airflow_provider_paxos.planning.destinations import AT_PAR, usd_value
from airflow_provider_paxos.planning.facts import NotChecked
from airflow_provider_paxos.planning.plan import LimitUse

BankAccounts = Sequence[FiatAccount] | NotChecked
_Identity = tuple[str | int | None, ...]


def by_transfer_type(payments: Iterable[Payment], accounts: BankAccounts) -> Mapping[str, Sequence[Payment]]:
    """Return payments by the type of transfer to their destination, as Paxos' limits name it.

    A bank account that Paxos does not show, or that was not asked for, is taken to be paid by wire.

    :param accounts: the bank accounts that the payments go to.
    """
    networks = {} if isinstance(accounts, NotChecked) else {canonical_id(each.id): each for each in accounts}
    found: dict[str, list[Payment]] = defaultdict(list)
    for each in payments:
        to = each.request.destination
        if to.crypto:
            kind = "CRYPTO_WITHDRAWAL"
        elif to.fiat:
            kind = _fiat_type(networks.get(canonical_id(to.fiat.bank_account_id)))
        else:
            kind = "INTERNAL_TRANSFER_DEBIT"
        found[kind].append(each)
    return found


def _fiat_type(account: FiatAccount | None) -> str:
    instructions = account and account.fiat_network_instructions
    if instructions and instructions.cubix:
        return "CUBIX_WITHDRAWAL"
    return "CBIT_WITHDRAWAL" if instructions and instructions.cbit else "WIRE_WITHDRAWAL"


def uses_of_paxos_limits(
    new: Mapping[str, Sequence[Payment]], utilizations: Mapping[str, Sequence[LimitUtilization]] | NotChecked
) -> Iterator[LimitUse]:
    """Yield for each of Paxos' limits what is left of it, and what the new payments need.

    A limit that several types of transfers share is one limit, and its payments are added up.

    :param new: the payments that would move money, by the type of transfer.
    :param utilizations: the limits, by the type that they were asked for.
    """
    if isinstance(utilizations, NotChecked):
        return
    shared: dict[_Identity, tuple[LimitUtilization, list[str]]] = {}
    for transfer_type, limits in utilizations.items():
        for limit in limits:
            shared.setdefault(_identity(limit, transfer_type), (limit, []))[1].append(transfer_type)
    for limit, transfer_types in shared.values():
        values = {
            each.key: value
            for transfer_type in transfer_types
            for each in new.get(transfer_type, ())
            if (value := usd_value(each.request.source_asset, each.request.source_amount)) is not None
        }
        left = limit.limit if limit.remaining is None else limit.remaining
        if values and left is not None and limit.limit_asset in AT_PAR:
            yield _use(limit, transfer_types, left, values)


def _identity(limit: LimitUtilization, transfer_type: str) -> _Identity:
    # One that Paxos does not identify is a limit of this type alone.
    named = limit.id or limit.rule_id or transfer_type
    return named, limit.rule_id, limit.period_seconds, limit.limit_asset


def _use(
    limit: LimitUtilization, transfer_types: Sequence[str], left: Decimal, values: Mapping[str, Decimal]
) -> LimitUse:
    single = limit.period_seconds == 0
    period = "a transaction" if single else f"{limit.period_seconds} s"
    return LimitUse(
        f"Paxos' limit on {' and '.join(transfer_types)} for {period}",
        str(limit.limit_asset),
        left,
        needed=max(values.values()) if single else exact_sum(values.values()),
        keys=tuple(key for key, value in values.items() if not single or value > left),
        of_connection=False,
    )
