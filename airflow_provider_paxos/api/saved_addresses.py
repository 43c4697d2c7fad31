"""Blockchain addresses that are saved at Paxos: what is put, what is returned, and what identifies them.

An address is identified by its network, the address itself and the identity that owns it, if any. Paxos names networks
differently: a saved address is on POLYGON_POS, an orchestration to it on POLYGON.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, NamedTuple, Self

from pydantic import AfterValidator, Field, ValidationInfo, field_validator, model_validator

from airflow_provider_paxos.api.addresses import require_address
from airflow_provider_paxos.api.canonical import canonical, canonical_address, canonical_code, canonical_id
from airflow_provider_paxos.api.destination_status import DestinationStatus
from airflow_provider_paxos.api.errors import Acceptance, InvalidRequest, Subject
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
from airflow_provider_paxos.api.leniency import Otherwise, nothing
from airflow_provider_paxos.api.rows import (
    is_list,
    not_a_list,
    request_or_problems,
    requests_and_problems,
    wrong_rows,
)
from airflow_provider_paxos.api.travel_rule import SavedTravelRuleData, TravelRuleData, missing_travel_rule_data

PUT = "Put Crypto Destination Address"

_SAVED_AS = {"POLYGON": "POLYGON_POS"}
_PERSONAL = "travelrule_metadata"


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
    def key(self) -> DestinationKey | None:
        """The key that identifies the address, unless its id does."""
        if self.crypto_network is None or self.address is None:
            return None
        return DestinationKey.of(self.crypto_network, self.address, self.identity_id)

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


def checked_destination(
    values: CryptoDestinationAddressRequest | Mapping[str, Any],
) -> CryptoDestinationAddressRequest:
    """Return the author's values as a request.

    :param values: a request, or a mapping of the API's fields.
    :raises InvalidRequest: names every wrong field the way the author wrote it, and no value.
    """
    request = request_or_problems(CryptoDestinationAddressRequest, values, personal=_PERSONAL)
    if isinstance(request, CryptoDestinationAddressRequest):
        return request
    raise _invalid(f"the address is not valid: {'; '.join(request)}.")


def checked_destinations(rows: object) -> list[CryptoDestinationAddressRequest]:
    """Return the author's rows as requests, each for another address.

    :param rows: a list of requests, or of mappings of the API's fields; each has ``crypto_network`` and ``address``.
    :raises InvalidRequest: names every wrong field of every wrong row, and no value.
    """
    if not is_list(rows):
        raise _invalid(not_a_list(rows, "addresses"))
    row_of: dict[DestinationKey, int] = {}

    def problem_of(request: CryptoDestinationAddressRequest, number: int) -> str | None:
        if request.key is None:
            return "give crypto_network and address instead of id"
        first = row_of.setdefault(request.key, number)
        return None if first == number else f"the address is that of row {first}, too"

    requests, problems = requests_and_problems(CryptoDestinationAddressRequest, rows, problem_of, personal=_PERSONAL)
    if problems:
        raise _invalid(f"{wrong_rows(problems, len(rows))}\nNo address was changed.")
    return requests


def _invalid(what: str) -> InvalidRequest:
    return InvalidRequest(what, subject=Subject(PUT), acceptance=Acceptance.NOT_SENT)
