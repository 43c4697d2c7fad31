"""The calls on blockchain addresses that are saved at Paxos: list, put, and ensure, which puts only what differs."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from airflow_provider_paxos.api.addresses import other_spellings
from airflow_provider_paxos.api.calls import Calls, each_of
from airflow_provider_paxos.api.canonical import canonical, canonical_address, canonical_id
from airflow_provider_paxos.api.decoding import read_model
from airflow_provider_paxos.api.errors import InvalidRequest, PaxosError, Refused, Subject, UnreadableAnswer
from airflow_provider_paxos.api.exchange import Exchange
from airflow_provider_paxos.api.fields import Received
from airflow_provider_paxos.api.flow import Flow, Response
from airflow_provider_paxos.api.listing import TIMES, Identity, Listing, Pages
from airflow_provider_paxos.api.same_destination import change_of, differing_fields
from airflow_provider_paxos.api.saved_addresses import (
    CryptoDestinationAddress,
    CryptoDestinationAddressRequest,
    DestinationKey,
    checked_destination,
    checked_destinations,
)
from airflow_provider_paxos.api.secrecy import CutFrames, Secret, without_values
from airflow_provider_paxos.api.travel_rule import personal_values

READ_CRYPTO_DESTINATION_ADDRESS = "transfer:read_crypto_destination_address"
WRITE_CRYPTO_DESTINATION_ADDRESS = "transfer:write_crypto_destination_address"
"""The scopes that List and Put need."""

_PUT_PATH = "transfer/crypto-destination-address"
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

RequireSavable = Callable[[CryptoDestinationAddressRequest], None]


class _Addresses(Received):
    addresses: list[CryptoDestinationAddress] | None = None
    next_page_cursor: str | None = None

    @property
    def found(self) -> list[CryptoDestinationAddress]:
        return self.addresses or []


class _Put(Received):
    address: CryptoDestinationAddress


@dataclass(frozen=True)
class Ensured:
    """An address that is saved as it was asked for.

    :param saved: the address as Paxos returned it: PENDING, APPROVED or REJECTED.
    :param created: whether it was not saved before.
    :param changed: the names of what was put, such as ``nickname``; no values.
    :param differing: the names of what Paxos returns otherwise than it was put.
    """

    saved: CryptoDestinationAddress
    created: bool = False
    changed: tuple[str, ...] = ()
    differing: tuple[str, ...] = ()

    @property
    def change(self) -> str:
        """``created``, ``updated`` or ``unchanged``."""
        return "created" if self.created else "updated" if self.changed else "unchanged"


class CryptoDestinations(Calls):
    """The calls on saved addresses.

    Reading needs the scope ``transfer:read_crypto_destination_address``, writing
    ``transfer:write_crypto_destination_address``.

    :param base_url: the API's base URL, such as ``https://api.paxos.com/v2``.
    :param exchange: sends the requests.
    :param scopes: those that the token is requested with.
    :param require_allowed: lets a request to put pass or raises, before anything is sent.
    """

    def __init__(
        self,
        base_url: str,
        exchange: Exchange,
        scopes: Collection[str] | None = None,
        require_allowed: RequireSavable | None = None,
    ) -> None:
        super().__init__(base_url, exchange, scopes)
        self._require_allowed = require_allowed

    def pages(self, **filters: Any) -> Pages[CryptoDestinationAddress]:
        """List Crypto Destination Addresses, a page at a time.

        :param filters: by the API's names: ``addresses=[…]``, ``crypto_networks=[…]``, ``ids=[…]``,
            ``identity_ids=[…]``, ``nicknames=[…]``, ``bookmarked_status``, ``created_at.gte``, …
        :raises InvalidRequest: for a filter that the API does not have.
        """
        return self._pages(_LISTING, partial(read_model, _Addresses), filters)

    def read(self, addresses: Iterable[str] = (), *, ids: Iterable[str] = ()) -> Flow[list[CryptoDestinationAddress]]:
        """Read what is saved of many addresses or ids, 100 a request; an address may be saved on several networks.

        One that is not found is asked for again in its other spellings.

        :raises MissingScope: if the token does not have the scope.
        """
        many = partial(self._many, _LISTING, partial(read_model, _Addresses))
        asked = [canonical_address(each) for each in addresses]
        found = yield from many("addresses", asked)
        shown = {canonical(each.address) for each in found}
        # Whether Paxos compares addresses of Ethereum's kind with regard to case is not documented.
        missing = (each for each in asked if canonical(each) not in shown)
        found += yield from many("addresses", (spelled for each in missing for spelled in other_spellings(each)))
        return found + (yield from many("ids", map(canonical_id, ids)))

    def put(self, values: CryptoDestinationAddressRequest | Mapping[str, Any]) -> Flow[CryptoDestinationAddress]:
        """Put Crypto Destination Address. A lost answer is followed by the same request, which changes nothing more.

        :returns: the address as it is saved: PENDING, APPROVED or REJECTED.
        :raises InvalidRequest: before anything is sent.
        :raises HoldsSecret: likewise.
        :raises MissingScope: if the token does not have the scope.
        """
        sealed = Secret(values)
        del values
        with CutFrames(InvalidRequest):
            request = checked_destination(sealed.reveal())
            self._require_savable(request)
        return (yield from self._put(request, request.subject))

    def ensure(
        self, rows: Sequence[CryptoDestinationAddressRequest | Mapping[str, Any]]
    ) -> Flow[list[Ensured | PaxosError]]:
        """Read what is saved of many addresses, compare it with what is asked for, and put what differs.

        All rows are validated before anything is sent. A row that Paxos refuses does not stop the others.

        :param rows: the API's fields, each with ``crypto_network`` and ``address``. What a row does not name stays.
        :returns: for each row the address, or the error that Paxos refused it with.
        :raises InvalidRequest: names every wrong row.
        :raises HoldsSecret: likewise before anything is sent.
        :raises PaxosError: for an error that the other rows would meet as well.
        """
        sealed = Secret(rows)
        del rows
        with CutFrames(InvalidRequest):
            requests = checked_destinations(sealed.reveal())
            for request in requests:
                self._require_savable(request)
        found = yield from self.read(str(request.address) for request in requests)
        saved = {each.key: each for each in found}
        return (
            yield from each_of(requests, lambda each: self._ensure(each, saved.get(each.key) if each.key else None))
        )

    def _ensure(
        self, request: CryptoDestinationAddressRequest, saved: CryptoDestinationAddress | None
    ) -> Flow[Ensured]:
        if saved is None:
            put = yield from self._put(request, request.subject)
            return Ensured(put, created=True, differing=differing_fields(request, put))
        if not (changed := differing_fields(request, saved)):
            return Ensured(saved)
        put = yield from self._put(change_of(request, saved, changed), request.subject)
        return Ensured(put, changed=changed, differing=differing_fields(request, put))

    def _require_savable(self, request: CryptoDestinationAddressRequest) -> None:
        if self._require_allowed:
            self._require_allowed(request)

    def _put(self, request: CryptoDestinationAddressRequest, subject: Subject) -> Flow[CryptoDestinationAddress]:
        def read(response: Response) -> CryptoDestinationAddress:
            saved = read_model(_Put, response).address
            if not _is_of(saved, request):
                raise UnreadableAnswer("the answer is about another address.")
            return saved

        # The frames below hold the body, and with it what is known of persons.
        with CutFrames():
            scope = WRITE_CRYPTO_DESTINATION_ADDRESS
            try:
                return (yield from self._send("PUT", _PUT_PATH, request.body(), read, subject, scope=scope))
            except Refused as refused:
                raise _without_persons(refused, request) from None


def _without_persons(refused: Refused, request: CryptoDestinationAddressRequest) -> Refused:
    """Return a refusal without what it repeats of the request: Paxos may quote the value that it does not take."""
    values = [request.nickname or "", *personal_values(request.travelrule_metadata)]
    refused.args = tuple(without_values(str(each), values) for each in refused.args)
    refused.detail = without_values(refused.detail, values) if refused.detail else None
    refused.meta = {}
    return refused


def _is_of(saved: CryptoDestinationAddress, request: CryptoDestinationAddressRequest) -> bool:
    if request.id is not None:
        return canonical_id(saved.id) == canonical_id(request.id)
    return saved.key[:2] == DestinationKey.of(str(request.crypto_network), str(request.address))[:2]
