"""Keep the crypto addresses that are saved as destinations."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from airflow_provider_paxos.emulator.approvals import Approval, ApprovalStatus, approval_after
from airflow_provider_paxos.emulator.clock import rfc3339
from airflow_provider_paxos.emulator.fields import has, read_text
from airflow_provider_paxos.emulator.models import Party
from airflow_provider_paxos.emulator.networks import NETWORKS, address_key
from airflow_provider_paxos.emulator.problems import bad_request, not_found
from airflow_provider_paxos.emulator.travel_rule import read_travel_rule

_KEY = ("crypto_network", "address", "identity_id")


@dataclass
class CryptoAddress:
    """Holds a saved address, and its place in the order of creation."""

    seq: int
    id: str
    crypto_network: str
    address: str
    identity_id: str | None
    created_at: datetime
    approval: Approval
    nickname: str = ""
    bookmarked: bool = False
    travel_rule: dict[str, Any] | None = None

    def status(self, now: datetime) -> ApprovalStatus:
        """Return the status at a time."""
        return self.approval.status(now)

    def to_json(self, now: datetime) -> dict[str, Any]:
        """Return it as the API does at a time."""
        document: dict[str, Any] = {
            "id": self.id,
            "crypto_network": self.crypto_network,
            "address": self.address,
            "nickname": self.nickname,
            "status": self.status(now),
            "created_at": rfc3339(self.created_at),
            "bookmarked": self.bookmarked,
        }
        if self.identity_id is not None:
            document["identity_id"] = self.identity_id
        if self.travel_rule is not None:
            document["travelrule_metadata"] = self.travel_rule
        return document


class AddressBook:
    """Keeps all saved addresses, oldest first.

    :param addresses: those to start with, as saved
    """

    def __init__(self, addresses: Iterable[CryptoAddress] = ()) -> None:
        self.addresses: list[CryptoAddress] = []
        self._by_id: dict[str, CryptoAddress] = {}
        self._by_key: dict[tuple[str, str, str | None], CryptoAddress] = {}
        for address in addresses:
            self._add(address)

    def get(self, address_id: str) -> CryptoAddress | None:
        """Return an address by its id, or None."""
        return self._by_id.get(address_id)

    def find(self, network: str, address: str, identity_id: str | None) -> CryptoAddress | None:
        """Return an address by what identifies it, or None."""
        return self._by_key.get((*address_key(network, address), identity_id))

    def of_destination(self, destination: Party, identity_id: str | None) -> CryptoAddress | None:
        """Return the saved address that an orchestration's crypto destination names, or None."""
        crypto = destination["crypto"]
        if "address_id" in crypto:
            return self.get(crypto["address_id"])
        return self.find(crypto["network"], crypto["address"], identity_id)

    def put(
        self, body: Mapping[str, Any], vasps: Mapping[str, str], now: datetime, approve_seconds: float | None
    ) -> CryptoAddress:
        """Create an address or change it, by its id or by what identifies it.

        A field that the request does not have stays as it is.

        :param vasps: the directory, names by id
        :param approve_seconds: until a new address is APPROVED by itself, or None
        :raises Problem: 400 on a wrong request, 404 on an unknown id; nothing has changed then.
        """
        nickname = read_text(body, "nickname") if has(body, "nickname") else None
        bookmarked = body["bookmarked_status"] if has(body, "bookmarked_status") else None
        if not isinstance(bookmarked, bool | None):
            raise bad_request("bookmarked_status must be true or false")
        has_data = has(body, "travelrule_metadata")
        data = read_travel_rule(body["travelrule_metadata"], vasps) if has_data else None
        address = self._named(body, now, approval_after(approve_seconds, now))
        address.nickname = nickname or address.nickname or f"{address.crypto_network} {address.seq + 1}"
        address.bookmarked = address.bookmarked if bookmarked is None else bookmarked
        address.travel_rule = address.travel_rule if data is None else data
        return address

    def _named(self, body: Mapping[str, Any], now: datetime, approval: Approval) -> CryptoAddress:
        if has(body, "id"):
            if any(has(body, name) for name in _KEY):
                raise bad_request("either id, or crypto_network, address and identity_id, not both")
            found = self.get(read_text(body, "id"))
            if found is None:
                raise not_found(f"crypto destination address not found: {body['id']}")
            return found
        network, address = read_text(body, "crypto_network"), read_text(body, "address")
        if network not in NETWORKS:
            raise bad_request(f"unknown crypto_network '{network}'")
        identity_id = read_text(body, "identity_id") if has(body, "identity_id") else None
        known = self.find(network, address, identity_id)
        if known is not None:
            return known
        new = CryptoAddress(len(self.addresses), str(uuid4()), network, address, identity_id, now, approval)
        self._add(new)
        return new

    def _add(self, address: CryptoAddress) -> None:
        self.addresses.append(address)
        self._by_id[address.id] = address
        key = address_key(address.crypto_network, address.address)
        self._by_key[*key, address.identity_id] = address
