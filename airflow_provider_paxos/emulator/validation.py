"""Validate create requests.

These rules are written independently of those of ``api``, so that a mistake in the one shows in the other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from airflow_provider_paxos.emulator.amounts import DECIMALS, fits, read_amount
from airflow_provider_paxos.emulator.fields import has, read_choice, read_metadata, read_text
from airflow_provider_paxos.emulator.models import Party
from airflow_provider_paxos.emulator.networks import is_network
from airflow_provider_paxos.emulator.problems import Problem, bad_request

LONGEST_MEMO = 500


@dataclass(frozen=True)
class CreateRequest:
    """Holds a valid create request, or what a rule makes of a deposit.

    :param source: None when it names none; likewise ``destination``
    :param rule_id: of the rule, and ``deposit_id`` of the transfer that is the deposit
    """

    ref_id: str
    source_asset: str
    destination_asset: str
    source_amount: str
    amount: Decimal
    source: Party | None
    destination: Party | None
    optional: dict[str, Any]
    body: Mapping[str, Any]
    rule_id: str | None = None
    deposit_id: str | None = None


def read_ref_id(body: Mapping[str, Any]) -> str:
    """Return the ref_id.

    :raises Problem: 400 if there is none.
    """
    return read_text(body, "ref_id")


def read_create(body: Mapping[str, Any]) -> CreateRequest:
    """Check a create request.

    :raises Problem: 400 with the reason, or ``exceed-precision``.
    """
    source_asset, destination_asset = read_text(body, "source_asset"), read_text(body, "destination_asset")
    for asset in (source_asset, destination_asset):
        if asset not in DECIMALS:
            raise bad_request(f"unknown asset '{asset}'")
    amount = read_amount(body.get("source_amount"))
    if amount is None:
        raise bad_request("source_amount must be a positive decimal string without an exponent")
    if not fits(amount, source_asset, destination_asset):
        detail = f"source_amount has more decimals than {source_asset} to {destination_asset} allows"
        raise Problem(400, detail, cause="exceed-precision")
    optional: dict[str, Any] = {
        name: read_text(body, name) for name in ("identity_id", "account_id") if has(body, name)
    }
    if has(body, "metadata"):
        optional["metadata"] = read_metadata(body["metadata"])
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
    _, profile = read_choice("source", source, ("profile",))
    return {"profile": {"profile_id": read_text(profile, "profile_id", "source.profile.")}}


def _destination(destination: Any) -> Party | None:
    if destination is None:
        return None
    kind, fields = read_choice("destination", destination, ("profile", "fiat", "crypto"))
    where = f"destination.{kind}."
    if kind == "profile":
        checked = {"profile_id": read_text(fields, "profile_id", where)}
    elif kind == "fiat":
        checked = {"bank_account_id": read_text(fields, "bank_account_id", where)}
        if has(fields, "memo"):
            checked["memo"] = read_text(fields, "memo", where, longest=LONGEST_MEMO)
    elif has(fields, "address_id"):
        if has(fields, "address") or has(fields, "network"):
            raise bad_request("destination.crypto takes address and network, or address_id, not both")
        checked = {"address_id": read_text(fields, "address_id", where)}
    else:
        checked = {name: read_text(fields, name, where) for name in ("address", "network")}
        if not is_network(checked["network"]):
            raise bad_request(f"unknown network '{checked['network']}'")
    return {kind: checked}
