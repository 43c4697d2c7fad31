"""Transfers, the movements of money that orchestrations are made of: List Transfers.

No transfer shows its orchestration. The orchestration shows the ids of its two transfers.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Annotated, Any

from pydantic import Field

from airflow_provider_paxos.api.amounts import PublishedAmount
from airflow_provider_paxos.api.calls import Calls
from airflow_provider_paxos.api.canonical import canonical_id
from airflow_provider_paxos.api.decoding import read_model
from airflow_provider_paxos.api.fields import OptionalMoment, OptionalText, Received
from airflow_provider_paxos.api.flow import Flow
from airflow_provider_paxos.api.leniency import Otherwise, nothing, texts_of
from airflow_provider_paxos.api.listing import TIMES, Identity, Listing, Pages

READ_TRANSFER = "transfer:read_transfer"
"""The scope that the call needs."""

_LISTING = Listing(
    "List Transfers",
    "transfer/transfers",
    "transfers",
    many=frozenset(
        {
            "ids",
            "ref_ids",
            "profile_ids",
            "identity_ids",
            "account_ids",
            "group_ids",
            "crypto_tx_hashes",
            "type",
            "statuses",
            "secondary_statuses",
        }
    ),
    one=TIMES | {name.replace("created", "updated") for name in TIMES} | {"order_by"},
    identities={
        "ids": Identity(lambda transfer: str(transfer.id), canonical_id),
        "ref_ids": Identity(lambda transfer: transfer.ref_id),
    },
    scope=READ_TRANSFER,
)


class SecondaryStatus(Received):
    """Why a transfer waits or was refused, such as ``TRAVEL_RULE_INFO_REQUESTED``."""

    name: OptionalText = None
    detail: OptionalText = None


class Transfer(Received):
    """A transfer as Paxos returned it: PENDING, COMPLETED or FAILED.

    ``total`` is the change of the profile's balance: amount + fee of a DEBIT, amount - fee of a CREDIT.
    """

    id: Annotated[str, Field(min_length=1)]
    customer_id: OptionalText = None
    profile_id: OptionalText = None
    identity_id: OptionalText = None
    account_id: OptionalText = None
    ref_id: OptionalText = None
    amount: PublishedAmount | None = None
    total: PublishedAmount | None = None
    fee: PublishedAmount | None = None
    asset: str | None = None
    balance_asset: OptionalText = None
    direction: OptionalText = None
    type: OptionalText = None
    status: str | None = None
    secondary_status: Annotated[SecondaryStatus | None, Otherwise(nothing)] = None
    status_details: Annotated[dict[str, Any] | None, Otherwise(nothing)] = None
    created_at: OptionalMoment = None
    updated_at: OptionalMoment = None
    metadata: Annotated[dict[str, str] | None, Otherwise(texts_of)] = None
    destination_address: OptionalText = None
    crypto_network: OptionalText = None
    crypto_tx_hash: OptionalText = None
    crypto_tx_index: OptionalText = None
    auto_conversion: Annotated[dict[str, Any] | None, Otherwise(nothing)] = None
    group_id: OptionalText = None
    fiat_account_id: OptionalText = None
    notional_value: Annotated[PublishedAmount | None, Otherwise(nothing)] = None
    memo: OptionalText = None


class _Transfers(Received):
    items: list[Transfer] | None = None
    next_page_cursor: str | None = None

    @property
    def found(self) -> list[Transfer]:
        return self.items or []


class Transfers(Calls):
    """The calls on transfers. They need the scope ``transfer:read_transfer``."""

    def pages(self, **filters: Any) -> Pages[Transfer]:
        """List Transfers, a page at a time.

        :param filters: by the API's names: ``ids=[…]``, ``profile_ids=[…]``, ``updated_at.gte``, …
        :raises InvalidRequest: for a filter that the API does not have.
        """
        return self._pages(_LISTING, partial(read_model, _Transfers), filters)

    def read(self, ids: Iterable[str]) -> Flow[list[Transfer]]:
        """Read many transfers, 100 a request; those that Paxos does not return are missing.

        :raises MissingScope: if the token does not have the scope.
        """
        return (yield from self._many(_LISTING, partial(read_model, _Transfers), "ids", map(canonical_id, ids)))
