"""Add up payments, exactly: by asset pair and status, and by what each profile sent and received."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from airflow_provider_paxos.api.amounts import exact_sum
from airflow_provider_paxos.api.models import OrchestrationRequest
from airflow_provider_paxos.api.statuses import Status

Settled = tuple[OrchestrationRequest, str]
"""A payment as it was asked for, and its status in a word, as ``tables.status_of`` has it."""


@dataclass(frozen=True)
class Settlement:
    """Hold what a task has seen settled.

    :param environment: of the connection, such as ``production``.
    :param payments: each with its status.
    """

    environment: str
    payments: Sequence[Settled]


@dataclass(frozen=True, order=True)
class Total:
    """Hold the sum of the payments of one asset pair and status.

    :param amount: in the source asset.
    """

    source_asset: str
    destination_asset: str
    status: str
    payments: int
    amount: Decimal


def totals_of(settled: Iterable[Settled]) -> list[Total]:
    """Return the totals of payments, by asset pair and status."""
    amounts: dict[tuple[str, str, str], list[Decimal]] = defaultdict(list)
    for request, status in settled:
        amounts[request.source_asset, request.destination_asset, status].append(request.source_amount)
    return [Total(*group, len(parts), exact_sum(parts)) for group, parts in sorted(amounts.items())]


@dataclass(frozen=True)
class Movement:
    """Hold what a profile sent and received of one asset, before any fee."""

    sent: Decimal
    received: Decimal


def movements(settled: Iterable[Settled]) -> dict[tuple[str, str], Movement]:
    """Return what COMPLETED payments have moved, by profile and asset."""
    sent: dict[tuple[str, str], list[Decimal]] = defaultdict(list)
    received: dict[tuple[str, str], list[Decimal]] = defaultdict(list)
    for request, status in settled:
        if status == Status.COMPLETED:
            sent[request.source.profile.profile_id, request.source_asset].append(request.source_amount)
            if to := request.destination.profile:
                received[to.profile_id, request.destination_asset].append(request.source_amount)
    return {held: Movement(exact_sum(sent[held]), exact_sum(received[held])) for held in sorted({*sent, *received})}
