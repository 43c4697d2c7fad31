"""The facts that a plan is made of, as Paxos shows them at one moment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from airflow_provider_paxos.api.fiat_accounts import FiatAccount
from airflow_provider_paxos.api.limit_utilizations import LimitUtilization
from airflow_provider_paxos.api.models import Orchestration
from airflow_provider_paxos.api.saved_addresses import CryptoDestinationAddress


@dataclass(frozen=True, slots=True)
class NotChecked:
    """Stands where a fact could not be asked for.

    :param reason: why not, as in ``the connection's scopes do not name funding:read_profile``.
    """

    reason: str


@dataclass(frozen=True)
class Facts:
    """Hold what Paxos shows.

    :param read_at: when, in UTC.
    :param existing: orchestrations under the ref_ids of the batch.
    :param balances: available amounts by profile and asset; 0 of an asset that the profile never held.
    :param bank_accounts: those that the new payments go to.
    :param saved_addresses: those that the new payments go to.
    :param utilizations: Paxos' own limits, by type of transfer.
    :param recent: the orchestrations that count for the connection's limits over time.
    """

    read_at: datetime
    existing: Sequence[Orchestration] = ()
    balances: Mapping[tuple[str, str], Decimal] | NotChecked = field(default_factory=dict)
    bank_accounts: Sequence[FiatAccount] | NotChecked = ()
    saved_addresses: Sequence[CryptoDestinationAddress] | NotChecked = ()
    utilizations: Mapping[str, Sequence[LimitUtilization]] | NotChecked = field(default_factory=dict)
    recent: Sequence[Orchestration] = ()
