"""Watch saved addresses until Paxos has decided on each of them.

This file may know the API's models alone. What reads the addresses stands elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from airflow_provider_paxos.api.destination_status import DestinationStatus
from airflow_provider_paxos.api.errors import DestinationPending, DestinationRejected, quoted
from airflow_provider_paxos.api.saved_addresses import CryptoDestinationAddress
from airflow_provider_paxos.waiting.decisions import DecisionWatch, named

_DECIDED = (DestinationStatus.APPROVED, DestinationStatus.REJECTED)


def is_decided(address: CryptoDestinationAddress) -> bool:
    """Return whether Paxos has approved or rejected an address; an unknown status means to wait."""
    return address.status in _DECIDED


def name_of(address: CryptoDestinationAddress) -> str:
    """Return an address with its network, for the log."""
    return f"{quoted(address.crypto_network)} {quoted(address.address)}"


def require_not_rejected(addresses: Iterable[CryptoDestinationAddress]) -> None:
    """Let addresses pass of which none is REJECTED.

    :raises DestinationRejected: names those that are.
    """
    if rejected := [each for each in addresses if each.status == DestinationStatus.REJECTED]:
        raise DestinationRejected(f"{_named(rejected)} REJECTED as a destination.")


def not_approved_in_time(addresses: Sequence[CryptoDestinationAddress]) -> DestinationPending:
    """Return the error for addresses that Paxos has not decided on in time."""
    return DestinationPending(f"{_named(addresses)} not APPROVED as a destination in time.")


def _named(addresses: Sequence[CryptoDestinationAddress]) -> str:
    return named([name_of(address) for address in addresses], "address", "addresses")


class DestinationWatch(DecisionWatch[CryptoDestinationAddress]):
    """Keeps which addresses are not decided on.

    :param ids: of the saved addresses.
    """

    def __init__(self, ids: Iterable[str]) -> None:
        super().__init__(ids, _DECIDED, lambda address: f"Address {name_of(address)}")
