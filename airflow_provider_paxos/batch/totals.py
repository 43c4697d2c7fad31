"""Add up payments by asset pair and status, exactly."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from airflow_provider_paxos.api.amounts import exact_sum
from airflow_provider_paxos.api.models import OrchestrationRequest

Settled = tuple[OrchestrationRequest, str]
"""A payment as it was asked for, and its status in a word, as ``tables.status_of`` has it."""


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
