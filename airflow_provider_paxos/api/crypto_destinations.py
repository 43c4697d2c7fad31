"""Blockchain addresses that are saved at Paxos: List and Put Crypto Destination Addresses.

An address is identified by its network, the address itself and the identity that owns it, if any. Paxos names networks
differently: a saved address is on POLYGON_POS, an orchestration to it on POLYGON.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Annotated, Any, NamedTuple, Self

from pydantic import AfterValidator, Field, ValidationError, ValidationInfo, field_validator, model_validator

from airflow_provider_paxos.api.addresses import require_address
from airflow_provider_paxos.api.calls import Calls
from airflow_provider_paxos.api.canonical import canonical, canonical_address, canonical_code, canonical_id
from airflow_provider_paxos.api.decoding import read_model
from airflow_provider_paxos.api.destination_status import DestinationStatus
from airflow_provider_paxos.api.errors import Acceptance, InvalidRequest, Subject, UnreadableAnswer
from airflow_provider_paxos.api.fields import (
    Code,
    Id,
    OptionalMoment,
    OptionalText,
    OptionalTruth,
    Received,
    Sent,
    Text,
)
from airflow_provider_paxos.api.flow import Flow, Response
from airflow_provider_paxos.api.leniency import Otherwise, nothing
from airflow_provider_paxos.api.listing import TIMES, Identity, Listing, Pages
from airflow_provider_paxos.api.travel_rule import SavedTravelRuleData, TravelRuleData, missing_travel_rule_data
from airflow_provider_paxos.api.validation import wrong_fields

READ_CRYPTO_DESTINATION_ADDRESS = "transfer:read_crypto_destination_address"
WRITE_CRYPTO_DESTINATION_ADDRESS = "transfer:write_crypto_destination_address"
"""The scopes that List and Put need."""

PUT = "Put Crypto Destination Address"

_SAVED_AS = {"POLYGON": "POLYGON_POS"}
_LISTING = Listing(
    "List Crypto Destination Addresses",
    "transfer/crypto-destination-addresses",
    "addresses",
    many=frozenset({"ids", "identity_ids", "crypto_networks", "addresses", "nicknames"}),
    one=TIMES | {"bookmarked_status", "order_by"},
    identities={
        "ids": Identity(lambda saved: str(saved.id), canonical_id),
        "addresses": Identity(lambda saved: str(saved.address), canonical),
    },
    scope=READ_CRYPTO_DESTINATION_ADDRESS,
)


def saved_network(network: str) -> str:
    """Return the name that saved addresses have for a network: ``POLYGON_POS`` for ``POLYGON``."""
    network = canonical_code(network)
    return _SAVED_AS.get(network, network)


class DestinationKey(NamedTuple):
    """Identifies a saved address; ``of`` makes one of values in any spelling."""

    network: str
    address: str
    identity_id: str | None = None

    @classmethod
    def of(cls, network: str, address: str, identity_id: str | None = None) -> Self:
        """Return the key in the form in which two of them are compared."""
        return cls(saved_network(network), canonical(address), canonical_id(identity_id) if identity_id else None)


class CryptoDestinationAddressRequest(Sent):
    """The body of Put Crypto Destination Address: it creates the address, or changes what it names of it.

    An address is identified by its network and itself, with the identity that owns it if there is one; or by ``id``.
    """

    id: Id | None = None
    identity_id: Id | None = None
    crypto_network: Annotated[Code, AfterValidator(saved_network)] | None = None
    """Before the address, which is validated by it."""

    address: Id | None = None
    nickname: Annotated[Text | None, Field(repr=False)] = None
    bookmarked_status: bool | None = None
    travelrule_metadata: TravelRuleData | None = None

    @field_validator("address")
    @classmethod
    def _on_its_network(cls, address: str | None, info: ValidationInfo) -> str | None:
        if address is None:
            return None
        require_address(address, info.data.get("crypto_network"))
        return canonical_address(address)

    @model_validator(mode="after")
    def _one_way_to_identify_it(self) -> Self:
        by_address = (self.crypto_network, self.address)
        if self.id is None and None in by_address:
            raise ValueError("give either crypto_network and address, or id")
        if self.id is not None and (*by_address, self.identity_id) != (None, None, None):
            raise ValueError("give either crypto_network and address (with identity_id), or id; found both")
        return self

    def body(self) -> bytes:
        """Return the request's JSON, once: the same bytes are signed, sent and sent again."""
        return self.model_dump_json(exclude_none=True, by_alias=True).encode()

    @property
    def subject(self) -> Subject:
        """The subject of the errors of the request."""
        address = f"{self.crypto_network} {self.address}" if self.address else f"saved address {self.id}"
        return Subject(PUT, destination=address)


class CryptoDestinationAddress(Received):
    """A saved address. Its repr shows no travel rule data."""

    id: Annotated[str, Field(min_length=1)]
    identity_id: str | None = None
    crypto_network: str
    address: str
    nickname: Annotated[OptionalText, Field(repr=False)] = None
    status: str | None = None
    created_at: OptionalMoment = None
    bookmarked: OptionalTruth = None
    policy_execution_id: OptionalText = None
    travelrule_metadata: Annotated[SavedTravelRuleData | None, Otherwise(nothing)] = None

    @property
    def key(self) -> DestinationKey:
        """The key that identifies it."""
        return DestinationKey.of(self.crypto_network, self.address, self.identity_id)

    @property
    def is_approved(self) -> bool:
        """True if money can be sent to it."""
        return self.status == DestinationStatus.APPROVED

    @property
    def missing_travel_rule_data(self) -> tuple[str, ...]:
        """The names of the travel rule data that it lacks; see ``travel_rule.missing_travel_rule_data``."""
        return missing_travel_rule_data(self.travelrule_metadata)


class _Addresses(Received):
    addresses: list[CryptoDestinationAddress] | None = None
    next_page_cursor: str | None = None

    @property
    def found(self) -> list[CryptoDestinationAddress]:
        return self.addresses or []


class _Put(Received):
    address: CryptoDestinationAddress


def checked_destination(
    values: CryptoDestinationAddressRequest | Mapping[str, Any],
) -> CryptoDestinationAddressRequest:
    """Return the author's values as a request.

    :param values: a request, or a mapping of the API's fields.
    :raises InvalidRequest: names every wrong field the way the author wrote it, and no value.
    """
    if isinstance(values, CryptoDestinationAddressRequest):
        return values
    try:
        return CryptoDestinationAddressRequest.model_validate(dict(values))
    except ValidationError as invalid:
        wrong = wrong_fields(invalid, personal="travelrule_metadata")
    raise InvalidRequest(
        f"the address is not valid: {'; '.join(wrong)}.", subject=Subject(PUT), acceptance=Acceptance.NOT_SENT
    )


class CryptoDestinations(Calls):
    """The calls on saved addresses.

    Reading needs the scope ``transfer:read_crypto_destination_address``, writing
    ``transfer:write_crypto_destination_address``.
    """

    def pages(self, **filters: Any) -> Pages[CryptoDestinationAddress]:
        """List Crypto Destination Addresses, a page at a time.

        :param filters: by the API's names: ``addresses=[…]``, ``crypto_networks=[…]``, ``ids=[…]``,
            ``identity_ids=[…]``, ``nicknames=[…]``, ``bookmarked_status``, ``created_at.gte``, …
        :raises InvalidRequest: for a filter that the API does not have.
        """
        return self._pages(_LISTING, partial(read_model, _Addresses), filters)

    def read(self, addresses: Iterable[str]) -> Flow[list[CryptoDestinationAddress]]:
        """Read what is saved of many addresses, 100 a request; an address may be saved on several networks.

        :raises MissingScope: if the token does not have the scope.
        """
        asked = map(canonical_address, addresses)
        return (yield from self._many(_LISTING, partial(read_model, _Addresses), "addresses", asked))

    def put(self, values: CryptoDestinationAddressRequest | Mapping[str, Any]) -> Flow[CryptoDestinationAddress]:
        """Put Crypto Destination Address. A lost answer is followed by the same request, which changes nothing more.

        :returns: the address as it is saved: PENDING, APPROVED or REJECTED.
        :raises InvalidRequest: before anything is sent.
        :raises MissingScope: if the token does not have the scope.
        """
        request = checked_destination(values)

        def read(response: Response) -> CryptoDestinationAddress:
            saved = read_model(_Put, response).address
            if not _is_of(saved, request):
                raise UnreadableAnswer("the answer is about another address.")
            return saved

        path, scope = "transfer/crypto-destination-address", WRITE_CRYPTO_DESTINATION_ADDRESS
        return (yield from self._send("PUT", path, request.body(), read, request.subject, scope=scope))


def _is_of(saved: CryptoDestinationAddress, request: CryptoDestinationAddressRequest) -> bool:
    if request.id is not None:
        return canonical_id(saved.id) == request.id
    return saved.key[:2] == DestinationKey.of(str(request.crypto_network), str(request.address))[:2]
