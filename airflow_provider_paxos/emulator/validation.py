"""Validate request bodies.

These rules are written independently of those of ``api``, so that a mistake in the one shows in the other.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from airflow_provider_paxos.emulator.amounts import DECIMALS, fits, read_amount
from airflow_provider_paxos.emulator.models import Party
from airflow_provider_paxos.emulator.problems import Problem, bad_request

NETWORKS = frozenset(
    {
        "BITCOIN",
        "ETHEREUM",
        "BITCOIN_CASH",
        "LITECOIN",
        "SOLANA",
        "POLYGON",
        "POLYGON_POS",
        "BASE",
        "ARBITRUM_ONE",
        "STELLAR",
        "INK",
        "XLAYER",
        "AVALANCHE",
        "DOGECOIN",
        "SUI",
        "ROBINHOOD",
        "BNB",
    }
)
"""Paxos' crypto networks; orchestration rules write POLYGON for POLYGON_POS."""

LONGEST_MEMO = 500
MOST_METADATA = 6
LONGEST_METADATA = 100


@dataclass(frozen=True)
class CreateRequest:
    """Holds a valid create request; ``source`` and ``destination`` are None when it names none."""

    ref_id: str
    source_asset: str
    destination_asset: str
    source_amount: str
    amount: Decimal
    source: Party | None
    destination: Party | None
    optional: dict[str, Any]
    body: Mapping[str, Any]


def read_object(body: bytes) -> dict[str, Any]:
    """Return a request's JSON object.

    :raises Problem: 400 if it is anything else.
    """
    try:
        document = json.loads(body)
        # Half of a surrogate pair can be escaped in JSON, but not be said again.
        json.dumps(document, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        raise bad_request("the request body is not valid JSON") from None
    if not isinstance(document, dict):
        raise bad_request("the request body must be a JSON object")
    return document


def read_ref_id(body: Mapping[str, Any]) -> str:
    """Return the ref_id.

    :raises Problem: 400 if there is none.
    """
    return _text(body, "ref_id")


def read_create(body: Mapping[str, Any]) -> CreateRequest:
    """Check a create request.

    :raises Problem: 400 with the reason, or ``exceed-precision``.
    """
    source_asset, destination_asset = _text(body, "source_asset"), _text(body, "destination_asset")
    for asset in (source_asset, destination_asset):
        if asset not in DECIMALS:
            raise bad_request(f"unknown asset '{asset}'")
    amount = read_amount(body.get("source_amount"))
    if amount is None:
        raise bad_request("source_amount must be a positive decimal string without an exponent")
    if not fits(amount, source_asset, destination_asset):
        detail = f"source_amount has more decimals than {source_asset} to {destination_asset} allows"
        raise Problem(400, detail, cause="exceed-precision")
    optional: dict[str, Any] = {name: _text(body, name) for name in ("identity_id", "account_id") if _has(body, name)}
    if _has(body, "metadata"):
        optional["metadata"] = _metadata(body["metadata"])
    return CreateRequest(
        ref_id=read_ref_id(body),
        source_asset=source_asset,
        destination_asset=destination_asset,
        source_amount=body["source_amount"],
        amount=amount,
        source=_source(body.get("source")),
        destination=_destination(body.get("destination")),
        optional=optional,
        body=body,
    )


def _source(source: Any) -> Party | None:
    if source is None:
        return None
    _, profile = _only_field("source", source, ("profile",))
    return {"profile": {"profile_id": _text(profile, "profile_id", "source.profile.")}}


def _destination(destination: Any) -> Party | None:
    if destination is None:
        return None
    kind, fields = _only_field("destination", destination, ("profile", "fiat", "crypto"))
    where = f"destination.{kind}."
    if kind == "profile":
        checked = {"profile_id": _text(fields, "profile_id", where)}
    elif kind == "fiat":
        checked = {"bank_account_id": _text(fields, "bank_account_id", where)}
        if _has(fields, "memo"):
            checked["memo"] = _text(fields, "memo", where, longest=LONGEST_MEMO)
    elif _has(fields, "address_id"):
        if _has(fields, "address") or _has(fields, "network"):
            raise bad_request("destination.crypto takes address and network, or address_id, not both")
        checked = {"address_id": _text(fields, "address_id", where)}
    else:
        checked = {name: _text(fields, name, where) for name in ("address", "network")}
        if checked["network"] not in NETWORKS:
            raise bad_request(f"unknown network '{checked['network']}'")
    return {kind: checked}


def _only_field(name: str, value: Any, kinds: tuple[str, ...]) -> tuple[str, Mapping[str, Any]]:
    if not isinstance(value, dict):
        raise bad_request(f"{name} must be an object")
    named = [kind for kind in kinds if _has(value, kind)]
    if len(named) != 1:
        raise bad_request(f"{name} must have exactly one of {', '.join(kinds)}")
    fields = value[named[0]]
    if not isinstance(fields, dict):
        raise bad_request(f"{name}.{named[0]} must be an object")
    return named[0], fields


def _has(fields: Mapping[str, Any], name: str) -> bool:
    # A null counts as absent.
    return fields.get(name) is not None


def _text(fields: Mapping[str, Any], name: str, where: str = "", longest: int | None = None) -> str:
    value = fields.get(name)
    if not isinstance(value, str) or not value.strip():
        raise bad_request(f"{where}{name} must be a string that is not empty")
    if longest is not None and len(value) > longest:
        raise bad_request(f"{where}{name} must have at most {longest} characters")
    return value


def _metadata(metadata: Any) -> dict[str, str]:
    if not isinstance(metadata, dict) or not all(isinstance(value, str) for value in metadata.values()):
        raise bad_request("metadata must map strings to strings")
    if len(metadata) > MOST_METADATA:
        raise bad_request(f"metadata must have at most {MOST_METADATA} pairs")
    if any(len(text) > LONGEST_METADATA for pair in metadata.items() for text in pair):
        raise bad_request(f"keys and values of metadata must have at most {LONGEST_METADATA} characters")
    return metadata
