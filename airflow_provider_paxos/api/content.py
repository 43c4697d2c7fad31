"""The content of a payment: who pays what to whom. Two payments of equal content may be one that is made twice."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

from airflow_provider_paxos.api.amounts import plain
from airflow_provider_paxos.api.canonical import canonical, canonical_code
from airflow_provider_paxos.api.models import Orchestration, OrchestrationRequest
from airflow_provider_paxos.api.saved_addresses import saved_network


class Content(NamedTuple):
    """Source, destination, both assets and the amount, each in the form in which values are compared.

    The memo, the metadata and the ref_id are not part of it: they differ where somebody pays twice by mistake.
    """

    source: str
    destination: tuple[str, ...]
    source_asset: str
    destination_asset: str
    source_amount: str


def contents_of(payment: OrchestrationRequest | Orchestration) -> Iterator[Content]:
    """Yield the content of a payment; twice if Paxos shows its destination as an address and as a saved address.

    Nothing is yielded for an orchestration that does not show enough.
    """
    source, amount = payment.source and payment.source.profile, payment.source_amount
    if not (source and source.profile_id and payment.source_asset and payment.destination_asset and amount is not None):
        return
    for destination in _destinations(payment):
        yield Content(
            canonical(source.profile_id),
            destination,
            canonical_code(payment.source_asset),
            canonical_code(payment.destination_asset),
            _shortest(amount),
        )


def _destinations(payment: OrchestrationRequest | Orchestration) -> Iterator[tuple[str, ...]]:
    to = payment.destination
    if to is None:
        return
    if to.profile and to.profile.profile_id:
        yield "profile", canonical(to.profile.profile_id)
    if to.fiat and to.fiat.bank_account_id:
        yield "fiat", canonical(to.fiat.bank_account_id)
    if to.crypto and to.crypto.address and to.crypto.network:
        yield "crypto", saved_network(to.crypto.network), canonical(to.crypto.address)
    if to.crypto and to.crypto.address_id:
        yield "saved", canonical(to.crypto.address_id)


def _shortest(amount: Decimal) -> str:
    text = plain(amount)
    return text.rstrip("0").rstrip(".") if "." in text else text
