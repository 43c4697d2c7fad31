"""The comparison of a saved address with what is asked for: is there anything to put?

Compared are nickname, bookmark and travel rule data, each as far as the request names it: what it does not name stays
as it is. Text is compared in Unicode's normal form C, ids in any case.
"""

from __future__ import annotations

import unicodedata
from typing import Any

from airflow_provider_paxos.api.canonical import canonical_id
from airflow_provider_paxos.api.saved_addresses import CryptoDestinationAddress, CryptoDestinationAddressRequest
from airflow_provider_paxos.api.travel_rule import leaves

_VASP_ID = "vasp.id"


def differing_fields(request: CryptoDestinationAddressRequest, saved: CryptoDestinationAddress) -> tuple[str, ...]:
    """Return the names of what the saved address has otherwise, or not at all, such as ``nickname``; no values."""
    differing = []
    if request.nickname is not None and _meaning("nickname", saved.nickname) != _meaning("nickname", request.nickname):
        differing.append("nickname")
    if request.bookmarked_status is not None and request.bookmarked_status != bool(saved.bookmarked):
        differing.append("bookmarked_status")
    shown = leaves(saved.travelrule_metadata)
    for name, asked in leaves(request.travelrule_metadata).items():
        if _meaning(name, shown.get(name)) != _meaning(name, asked):
            differing.append(f"travelrule_metadata.{name}")
    return tuple(differing)


def change_of(
    request: CryptoDestinationAddressRequest, saved: CryptoDestinationAddress, differing: tuple[str, ...]
) -> CryptoDestinationAddressRequest:
    """Return the request that makes a saved address what is asked for: its id, and what differs.

    Travel rule data is sent as a whole, since Paxos does not say that it merges what is sent with what is saved.
    """
    names = {name.partition(".")[0] for name in differing}
    return CryptoDestinationAddressRequest.model_construct(
        _fields_set={"id", *names}, id=saved.id, **{name: getattr(request, name) for name in names}
    )


def _meaning(name: str, value: Any) -> Any:
    if not isinstance(value, str):
        return value
    return canonical_id(value) if name == _VASP_ID else unicodedata.normalize("NFC", value)
