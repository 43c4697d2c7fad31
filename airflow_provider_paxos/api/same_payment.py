"""The comparison of an orchestration with a request: is it the same payment?

Compared are the assets, the amount (as a number: ``100`` is ``100.00``), source, destination, ``identity_id`` and
``account_id``, each as far as the request names it. Metadata is not part of the payment. This is the one comparison:
submit, batch and reports use it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from airflow_provider_paxos.api.errors import quoted
from airflow_provider_paxos.api.models import Orchestration, OrchestrationRequest

_EVM = re.compile(r"0x[0-9a-fA-F]{40}", re.ASCII)
ABSENT = "absent"
_NOT_COMPARED = {"ref_id", "metadata"}
_ESSENTIAL = {"status", "source_asset", "destination_asset", "source_amount", "source", "destination"}


def differences(request: OrchestrationRequest, existing: Orchestration) -> dict[str, tuple[str, str]]:
    """Return each differing field, such as ``destination.fiat.bank_account_id``, with both values."""
    existing_values = existing.model_dump()
    compared = ((path, wanted, _at(existing_values, path)) for path, wanted in _fields(request))
    return {path: (_shown(wanted), _shown(found)) for path, wanted, found in compared if not _same(wanted, found)}


def describe_differences(differing: Mapping[str, tuple[str, str]]) -> str:
    """Return differing fields in words: ``source_amount: asked for 100.25, exists with 99.00``."""
    return "; ".join(
        f"{name}: asked for {quoted(asked)}, exists with {quoted(found)}" for name, (asked, found) in differing.items()
    )


def is_whole(request: OrchestrationRequest, existing: Orchestration) -> bool:
    """Return whether the orchestration shows enough to be compared with the request, and to be adopted."""
    existing_values = existing.model_dump()
    return (
        existing.ref_id == request.ref_id
        and bool(existing.status)
        and all(_at(existing_values, path) is not None for path, _ in _fields(request))
    )


def is_comparable(existing: Orchestration) -> bool:
    """Return whether the orchestration shows a value for all that makes a payment, and its status.

    No field of an answer is promised. One that lacks the source is not thereby from another source, and one that lacks
    the status may have failed.
    """
    existing_values = existing.model_dump(exclude_none=True)
    return all(any(value for _, value in _flat({name: existing_values.get(name)})) for name in _ESSENTIAL)


def _fields(request: OrchestrationRequest) -> Iterator[tuple[str, Any]]:
    return _flat(request.model_dump(exclude_none=True, exclude=_NOT_COMPARED))


def _flat(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in values.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def _at(values: Mapping[str, Any], path: str) -> Any:
    found: Any = values
    for name in path.split("."):
        found = found.get(name) if isinstance(found, Mapping) else None
    return found


def _same(wanted: Any, found: Any) -> bool:
    if isinstance(wanted, str) and isinstance(found, str):
        return canonical(wanted) == canonical(found)
    return bool(wanted == found)


def _shown(value: Any) -> str:
    if value is None:
        return ABSENT
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def canonical(address: str) -> str:
    """Return an address in the one way to write it.

    Upper and lower case of an Ethereum-like address are a checksum (EIP-55), not a part of it; elsewhere case counts.
    """
    return address.lower() if _EVM.fullmatch(address) else address
