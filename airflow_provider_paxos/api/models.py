"""The models of the wire: the request of Create Orchestration, and what Create, Get and List answer.

The fields and their meaning are those of Paxos' API reference, v2: Create Orchestration
(``POST /orchestration/orchestrations``), Get Orchestration and List Orchestrations.
"""

from __future__ import annotations

from typing import Annotated, Any, Self

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo, field_validator, model_validator

from airflow_provider_paxos.api.addresses import require_address
from airflow_provider_paxos.api.amounts import PublishedAmount, RequestAmount
from airflow_provider_paxos.api.canonical import canonical_address, canonical_memo
from airflow_provider_paxos.api.fields import (
    Code,
    Id,
    Object,
    OptionalMoment,
    OptionalText,
    Received,
    Sent,
    Text,
    require_one,
    visible,
)
from airflow_provider_paxos.api.leniency import Otherwise, nothing, texts_of

METADATA_PAIRS = 6
METADATA_LENGTH = 100
"""Metadata holds up to 6 pairs, keys and values up to 100 characters, as elsewhere in the v2 API."""


def _trimmed(value: object) -> object:
    """Return a memo as it is sent: an empty one is none."""
    return canonical_memo(value) or None if isinstance(value, str) else value


Memo = Annotated[Annotated[str, Field(max_length=500), AfterValidator(visible)] | None, BeforeValidator(_trimmed)]
Label = Annotated[str, Field(max_length=METADATA_LENGTH)]


class ProfileEnd(Sent):
    """A Paxos profile, as source or destination."""

    profile_id: Id


class FiatDestination(Sent):
    """A bank account that is registered with Paxos. A wire's memo holds up to 100 characters; an empty one is none."""

    bank_account_id: Id
    memo: Memo = None


class AddressOnNetwork(Sent):
    """A blockchain address with its network; what else may stand for one, the models below say."""

    network: Code | None = None
    """Before the address, which is validated by it."""

    address: Id | None = None

    @field_validator("address")
    @classmethod
    def _on_its_network(cls, address: str | None, info: ValidationInfo) -> str | None:
        if address is None:
            return None
        require_address(address, info.data.get("network"))
        return canonical_address(address)

    @model_validator(mode="after")
    def _both_or_neither(self) -> Self:
        if (self.address is None) != (self.network is None):
            raise ValueError("an address needs its network, and a network its address")
        return self


class CryptoDestination(AddressOnNetwork):
    """A blockchain address with its network; or ``address_id``, which Paxos deprecated on 2026-06-30."""

    address_id: Id | None = None

    @model_validator(mode="after")
    def _one_way_to_name_it(self) -> Self:
        if (self.address is None) == (self.address_id is None):
            raise ValueError("give either address and network, or address_id")
        return self


class Source(Sent):
    """The source of a payment: always a profile."""

    profile: ProfileEnd


class Destination(Sent):
    """The destination of a payment: exactly one rail."""

    profile: ProfileEnd | None = None
    fiat: FiatDestination | None = None
    crypto: CryptoDestination | None = None

    @model_validator(mode="after")
    def _exactly_one_rail(self) -> Self:
        return require_one(self, "profile", "fiat", "crypto")


class OrchestrationRequest(Sent):
    """The body of Create Orchestration.

    Paxos marks ``source`` and ``destination`` as optional and falls back to a default profile. Money should
    not move by a default, so both are required here.
    """

    ref_id: Text
    source_asset: Code
    destination_asset: Code
    source_amount: RequestAmount
    source: Source
    destination: Destination
    identity_id: Id | None = None
    account_id: Id | None = None
    metadata: Annotated[dict[Annotated[Label, Field(min_length=1)], Label], Field(max_length=METADATA_PAIRS)] | None = (
        None
    )

    def body(self) -> bytes:
        """Return the request's JSON, once: the same bytes are signed, sent and sent again."""
        return self.model_dump_json(exclude_none=True).encode()


class Profile(Received):
    profile_id: str | None = None


class Crypto(Received):
    address: str | None = None
    network: str | None = None
    address_id: str | None = None


class FiatSource(Received):
    deposit_instructions_id: OptionalText = None
    memo: OptionalText = None


class FiatPayout(Received):
    bank_account_id: str | None = None
    memo: str | None = None


class OrchestrationSource(Received):
    """The source, as Paxos returns it."""

    profile: Annotated[Profile | None, Object] = None
    crypto: Annotated[Crypto | None, Object] = None
    fiat: Annotated[FiatSource | None, Object] = None


class OrchestrationDestination(Received):
    """The destination, as Paxos returns it."""

    profile: Annotated[Profile | None, Object] = None
    crypto: Annotated[Crypto | None, Object] = None
    fiat: Annotated[FiatPayout | None, Object] = None


class TransferDetails(Received):
    """One movement of an orchestration: PENDING, PROCESSING, COMPLETED or FAILED."""

    transfer_id: OptionalText = None
    status: OptionalText = None


class FailReason(Received):
    """The reason of a FAILED orchestration, in free text."""

    detail: OptionalText = None


def _reason(value: object) -> FailReason | None:
    return FailReason(detail=value) if isinstance(value, str) and value else None


class Orchestration(Received):
    """An orchestration as Paxos returned it. Fields that this version does not define are kept.

    ``id`` alone is sure to be there: an answer without one is refused as unreadable, and so is one with another type
    where a rule needs the value: id, ref_id, status, and what ``same_payment`` compares. Any other field that does not
    validate is None, or text; a list where an object was is None.
    """

    id: Annotated[str, Field(min_length=1)]
    profile_id: OptionalText = None
    identity_id: str | None = None
    account_id: str | None = None
    customer_id: OptionalText = None
    ref_id: str | None = None
    source_asset: str | None = None
    destination_asset: str | None = None
    source_amount: PublishedAmount | None = None
    source_transfer: Annotated[TransferDetails | None, Otherwise(nothing)] = None
    destination_transfer: Annotated[TransferDetails | None, Otherwise(nothing)] = None
    status: str | None = None
    fail_reason: Annotated[FailReason | None, Otherwise(_reason)] = None
    source: Annotated[OrchestrationSource | None, Object] = None
    destination: Annotated[OrchestrationDestination | None, Object] = None
    orchestration_rule_id: OptionalText = None
    created_at: OptionalMoment = None
    updated_at: OptionalMoment = None
    metadata: Annotated[dict[str, str] | None, Otherwise(texts_of)] = None

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON values, as XCom stores it: amounts as strings, times as RFC 3339."""
        return self.model_dump(mode="json", exclude_none=True)


class OrchestrationPage(Received):
    """One page of List Orchestrations; ``orchestrations`` is the older name of ``items``."""

    items: list[Orchestration] | None = None
    orchestrations: list[Orchestration] | None = None
    next_page_cursor: str | None = None

    @property
    def found(self) -> list[Orchestration]:
        """The page's orchestrations, under whichever name they came."""
        return self.items if self.items is not None else self.orchestrations or []
