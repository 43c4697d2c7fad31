"""Watch saved addresses until Paxos has decided on each of them.

This file may know the API's models alone. What reads the addresses stands elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from airflow_provider_paxos.api.destination_status import DestinationStatus
from airflow_provider_paxos.api.errors import DestinationPending, DestinationRejected, quoted, with_more
from airflow_provider_paxos.api.saved_addresses import CryptoDestinationAddress

_DECIDED = (DestinationStatus.APPROVED, DestinationStatus.REJECTED)
_SHOWN = 20


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
    names = [name_of(address) for address in addresses[:_SHOWN]]
    if len(addresses) == 1:
        return f"address {names[0]} is"
    return f"{len(addresses):,} addresses ({with_more(', '.join(names), len(addresses) - _SHOWN)}) are"


class DestinationWatch:
    """Keeps which addresses are not decided on.

    :param ids: of the saved addresses.
    """

    def __init__(self, ids: Iterable[str]) -> None:
        self._undecided = dict.fromkeys(ids)

    @property
    def undecided(self) -> Sequence[str]:
        """The ids that Paxos has not decided on, or does not show."""
        return list(self._undecided)

    def observe(self, found: Iterable[CryptoDestinationAddress]) -> list[str]:
        """Take in what Paxos shows, and return a line for the log for each address that is decided on."""
        lines = []
        for address in found:
            if address.id in self._undecided and is_decided(address):
                del self._undecided[address.id]
                lines.append(f"Address {name_of(address)} is {quoted(address.status)}")
        return lines
