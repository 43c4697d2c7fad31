"""Ask Paxos for the facts of a plan, with few requests: up to 100 values each, and only about what is new."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import TypeVar

from airflow_provider_paxos.api.base_client import BaseClient
from airflow_provider_paxos.api.canonical import canonical_code
from airflow_provider_paxos.api.creators import Adopt
from airflow_provider_paxos.api.errors import MissingScope, NotFound, Subject, UnreadableAnswer
from airflow_provider_paxos.api.flow import Flow
from airflow_provider_paxos.api.limit_utilizations import LimitUtilization
from airflow_provider_paxos.api.limits_over_time import LimitsOverTime
from airflow_provider_paxos.api.listing import MAX_PER_PAGE, chunks
from airflow_provider_paxos.api.models import Orchestration
from airflow_provider_paxos.api.saved_addresses import CryptoDestinationAddress
from airflow_provider_paxos.batch.validation import Payment
from airflow_provider_paxos.planning.facts import Facts, NotChecked
from airflow_provider_paxos.planning.look_up import by_ref_id, look_up
from airflow_provider_paxos.planning.over_time import counting
from airflow_provider_paxos.planning.paxos_limits import BankAccounts, by_transfer_type
from airflow_provider_paxos.planning.plan import LookUp

_NOT_ASKED = NotChecked("the preflight is off")

Fact = TypeVar("Fact")


def survey(
    client: BaseClient,
    payments: Sequence[Payment],
    *,
    limits: LimitsOverTime,
    adopt: Adopt = Adopt.SAME_TASK,
    existing: Sequence[Orchestration] | None = None,
    limits_alone: bool = False,
    now: datetime,
) -> Flow[Facts]:
    """Read what Paxos shows about a batch.

    :param limits: of the connection, over time.
    :param adopt: whose orchestrations the batch adopts.
    :param existing: the orchestrations under the ref_ids of the batch, if they were read already.
    :param limits_alone: whether to ask for nothing but what the limits over time need.
    :param now: in UTC.
    :raises PaxosError: if Paxos does not answer. A scope that the connection does not have is no error.
    """
    if existing is None:
        existing = yield from client.orchestrations.read(ref_ids=[each.request.ref_id for each in payments])
    shown = by_ref_id(existing)
    new = [each for each in payments if look_up(each, shown, adopt).found is LookUp.NEW]
    recent = yield from _recent(client, new, limits, now)
    if limits_alone:
        return Facts(now, existing, _NOT_ASKED, _NOT_ASKED, _NOT_ASKED, _NOT_ASKED, recent)
    accounts: BankAccounts = yield from _checked(client.fiat_accounts.read(_bank_accounts(new)))
    return Facts(
        read_at=now,
        existing=existing,
        balances=(yield from _checked(_balances(client, new))),
        bank_accounts=accounts,
        saved_addresses=(yield from _checked(_saved_addresses(client, new))),
        utilizations=(yield from _checked(_utilizations(client, new, accounts))),
        recent=recent,
    )


def _checked(flow: Flow[Fact]) -> Flow[Fact | NotChecked]:
    try:
        return (yield from flow)
    except MissingScope as missing:
        return NotChecked(str(missing.args[0]).removesuffix("."))


def _balances(client: BaseClient, new: Sequence[Payment]) -> Flow[Mapping[tuple[str, str], Decimal]]:
    assets: dict[str, dict[str, None]] = {}
    for each in new:
        assets.setdefault(each.request.source.profile.profile_id, {})[each.request.source_asset] = None
    found: dict[tuple[str, str], Decimal] = {}
    for profile_id, of_profile in assets.items():
        try:
            balances = yield from client.profiles.balances(profile_id, of_profile)
        except NotFound:
            # A profile that Paxos does not show has nothing.
            balances = []
        available = {canonical_code(each.asset): each.available for each in balances}
        found |= {(profile_id, asset): available.get(asset, Decimal()) for asset in of_profile}
    return found


def _bank_accounts(new: Iterable[Payment]) -> list[str]:
    to = (each.request.destination.fiat for each in new)
    return list(dict.fromkeys(fiat.bank_account_id for fiat in to if fiat))


def _saved_addresses(client: BaseClient, new: Sequence[Payment]) -> Flow[list[CryptoDestinationAddress]]:
    to = [crypto for each in new if (crypto := each.request.destination.crypto)]
    return (
        yield from client.crypto_destinations.read(
            dict.fromkeys(each.address for each in to if each.address),
            ids=dict.fromkeys(each.address_id for each in to if each.address_id),
        )
    )


def _utilizations(
    client: BaseClient, new: Sequence[Payment], accounts: BankAccounts
) -> Flow[Mapping[str, Sequence[LimitUtilization]]]:
    found = {}
    for transfer_type in by_transfer_type(new, accounts):
        found[transfer_type] = yield from client.limit_utilizations.read(transfer_type)
    return found


def _recent(
    client: BaseClient, new: Sequence[Payment], limits: LimitsOverTime, now: datetime
) -> Flow[list[Orchestration]]:
    if not limits.is_set:
        return []
    found: list[Orchestration] = []
    for profiles in chunks(dict.fromkeys(each.request.source.profile.profile_id for each in new)):
        filters = {"profile_id": profiles, "created_at.gte": limits.since(now), "limit": MAX_PER_PAGE}
        found += yield from client.orchestrations.pages(**filters).rest()
    for each in counting(found):
        if each.source_amount is None or each.source_asset is None:
            what = f"orchestration {each.id} lacks its amount or asset, which the limits over time need."
            raise UnreadableAnswer(what, subject=Subject("List Orchestrations"))
    return found
