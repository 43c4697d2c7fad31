"""Make the request of a payment from the orchestration that Paxos shows of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from airflow_provider_paxos.api.amounts import plain
from airflow_provider_paxos.api.creators import STAMPED
from airflow_provider_paxos.api.models import (
    METADATA_LENGTH,
    METADATA_PAIRS,
    Orchestration,
    OrchestrationDestination,
    OrchestrationRequest,
)
from airflow_provider_paxos.api.repair_chain import REPLACES
from airflow_provider_paxos.api.same_payment import compare

_OWN_PAIRS = METADATA_PAIRS - 2
"""Pairs that are left to the author, beside ``replaces`` and the creator's stamp."""


def content_of(orchestration: Orchestration) -> dict[str, Any]:
    """Return the fields of a payment, without its ref_id and metadata, as far as Paxos shows them."""
    amount, source, profile_id = orchestration.source_amount, orchestration.source, None
    if source and source.profile:
        profile_id = source.profile.profile_id
    fields = {
        "source_asset": orchestration.source_asset,
        "destination_asset": orchestration.destination_asset,
        "source_amount": None if amount is None else plain(amount),
        "source": {"profile": {"profile_id": profile_id}} if profile_id else None,
        "destination": _destination(orchestration.destination),
        "identity_id": orchestration.identity_id,
        "account_id": orchestration.account_id,
    }
    return {name: value for name, value in fields.items() if value}


def shows_content(orchestration: Orchestration) -> bool:
    """Return whether Paxos shows all that it takes to ask for the same payment again."""
    try:
        request = OrchestrationRequest.model_validate({"ref_id": "again", **content_of(orchestration)})
    except ValidationError:
        return False
    return compare(request, orchestration).same


def metadata_of(replaced: Orchestration) -> tuple[dict[str, str], list[str]]:
    """Return the metadata of a payment that replaces another one, without the stamp of its creator.

    :returns: the author's pairs, as far as there is room, with ``replaces``; and the names of the pairs without room.
    """
    pairs: Mapping[str, str] = replaced.metadata or {}
    own = {name: value for name, value in pairs.items() if name not in STAMPED | {REPLACES}}
    fitting = [name for name, value in own.items() if name and max(len(name), len(value)) <= METADATA_LENGTH]
    kept = {name: own[name] for name in fitting[:_OWN_PAIRS]}
    return {**kept, REPLACES: str(replaced.ref_id)}, [name for name in own if name not in kept]


def _destination(shown: OrchestrationDestination | None) -> dict[str, Any] | None:
    if shown is None:
        return None
    rails: dict[str, dict[str, Any]] = {}
    if shown.profile:
        rails["profile"] = {"profile_id": shown.profile.profile_id}
    if shown.fiat:
        rails["fiat"] = {"bank_account_id": shown.fiat.bank_account_id, "memo": shown.fiat.memo}
    if crypto := shown.crypto:
        # A saved address is shown with what it stands for.
        by_address = {"address": crypto.address, "network": crypto.network}
        rails["crypto"] = by_address if all(by_address.values()) else {"address_id": crypto.address_id}
    known = {
        rail: {name: value for name, value in values.items() if value is not None} for rail, values in rails.items()
    }
    return {rail: values for rail, values in known.items() if values} or None
