"""Bank accounts that are registered with Paxos: List Fiat Accounts."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Annotated, Any

from pydantic import Field

from airflow_provider_paxos.api.calls import Calls
from airflow_provider_paxos.api.canonical import canonical_id
from airflow_provider_paxos.api.decoding import read_model
from airflow_provider_paxos.api.destination_status import DestinationStatus
from airflow_provider_paxos.api.fields import OptionalMoment, OptionalText, Received, Unshown
from airflow_provider_paxos.api.flow import Flow
from airflow_provider_paxos.api.leniency import Otherwise, nothing, texts_of
from airflow_provider_paxos.api.listing import TIMES, Identity, Listing, Pages

READ_FIAT_ACCOUNT = "transfer:read_fiat_account"
"""The scope that the call needs."""

_LISTING = Listing(
    "List Fiat Accounts",
    "transfer/fiat-accounts",
    "bank accounts",
    many=frozenset({"ids", "ref_ids"}),
    one=TIMES | {"order_by", "include_deleted"},
    identities={
        "ids": Identity(lambda account: str(account.id), canonical_id),
        "ref_ids": Identity(lambda account: account.ref_id),
    },
    scope=READ_FIAT_ACCOUNT,
)


class MailingAddress(Unshown, Received):
    """An address of a bank, or of the owner of a bank account."""

    country: OptionalText = None
    address1: OptionalText = None
    address2: OptionalText = None
    city: OptionalText = None
    province: OptionalText = None
    zip_code: OptionalText = None


_Address = Annotated[MailingAddress | None, Otherwise(nothing)]


class PersonDetails(Unshown, Received):
    """The person who owns a bank account."""

    first_name: OptionalText = None
    last_name: OptionalText = None


class InstitutionDetails(Unshown, Received):
    """The institution that owns a bank account."""

    name: OptionalText = None


class FiatAccountOwner(Unshown, Received):
    """The owner of a bank account."""

    person_details: Annotated[PersonDetails | None, Otherwise(nothing)] = None
    institution_details: Annotated[InstitutionDetails | None, Otherwise(nothing)] = None


class RoutingDetails(Received):
    """The bank of a bank account."""

    routing_number: OptionalText = None
    bank_name: OptionalText = None
    bank_address: _Address = None


class WireRoutingDetails(RoutingDetails):
    """The bank of an account that wires reach; ``routing_number_type`` is ABA or SWIFT."""

    routing_number_type: OptionalText = None


class WireInstructions(Unshown, Received):
    """An account that wires reach, its number masked."""

    account_number: OptionalText = None
    fiat_account_owner_address: _Address = None
    routing_details: Annotated[WireRoutingDetails | None, Otherwise(nothing)] = None
    intermediary_routing_details: Annotated[WireRoutingDetails | None, Otherwise(nothing)] = None


class RtpInstructions(Unshown, Received):
    """An account that real-time payments reach, its number masked."""

    account_number: OptionalText = None
    fiat_account_owner_address: _Address = None
    routing_details: Annotated[RoutingDetails | None, Otherwise(nothing)] = None


class AccountInstructions(Unshown, Received):
    """An account at DBS or Standard Chartered, its number masked."""

    account_number: OptionalText = None


class CubixInstructions(Received):
    """An account of Cubix."""

    account_id: OptionalText = None


class CbitInstructions(Received):
    """A wallet of CBIT."""

    wallet_address: OptionalText = None


class FiatNetworkInstructions(Received):
    """The network of a bank account, and the account on it: one of these is there."""

    wire: Annotated[WireInstructions | None, Otherwise(nothing)] = None
    rtp: Annotated[RtpInstructions | None, Otherwise(nothing)] = None
    dbs_act: Annotated[AccountInstructions | None, Otherwise(nothing)] = None
    scb: Annotated[AccountInstructions | None, Otherwise(nothing)] = None
    cubix: Annotated[CubixInstructions | None, Otherwise(nothing)] = None
    cbit: Annotated[CbitInstructions | None, Otherwise(nothing)] = None


class FiatAccount(Received):
    """A bank account that is registered with Paxos. Its repr shows no owner and no account number."""

    id: Annotated[str, Field(min_length=1)]
    ref_id: OptionalText = None
    identity_id: OptionalText = None
    account_id: OptionalText = None
    fiat_account_owner: Annotated[FiatAccountOwner | None, Otherwise(nothing)] = None
    fiat_network_instructions: Annotated[FiatNetworkInstructions | None, Otherwise(nothing)] = None
    status: str | None = None
    metadata: Annotated[dict[str, str] | None, Otherwise(texts_of)] = None
    created_at: OptionalMoment = None
    updated_at: OptionalMoment = None

    @property
    def is_approved(self) -> bool:
        """True if money can be sent to it."""
        return self.status == DestinationStatus.APPROVED


class _Accounts(Received):
    items: list[FiatAccount] | None = None
    next_page_cursor: str | None = None

    @property
    def found(self) -> list[FiatAccount]:
        return self.items or []


class FiatAccounts(Calls):
    """The calls on bank accounts. They need the scope ``transfer:read_fiat_account``."""

    def pages(self, **filters: Any) -> Pages[FiatAccount]:
        """List Fiat Accounts, a page at a time.

        :param filters: by the API's names: ``ids=[…]``, ``ref_ids=[…]``, ``include_deleted``, ``created_at.gte``, …
        :raises InvalidRequest: for a filter that the API does not have.
        """
        return self._pages(_LISTING, partial(read_model, _Accounts), filters)

    def read(self, ids: Iterable[str]) -> Flow[list[FiatAccount]]:
        """Read many bank accounts, 100 a request; those that Paxos does not return are missing.

        :raises MissingScope: if the token does not have the scope.
        """
        return (yield from self._many(_LISTING, partial(read_model, _Accounts), "ids", map(canonical_id, ids)))
