"""Keep the orchestration rules, and say which deposits match them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from airflow_provider_paxos.emulator.amounts import DECIMALS, FIAT
from airflow_provider_paxos.emulator.approvals import Approval
from airflow_provider_paxos.emulator.clock import rfc3339
from airflow_provider_paxos.emulator.fields import has, read_choice, read_text
from airflow_provider_paxos.emulator.models import Party
from airflow_provider_paxos.emulator.networks import address_key, is_network
from airflow_provider_paxos.emulator.problems import bad_request

RuleStatus = Literal["ACTIVE", "DELETED", "PENDING", "REJECTED"]

SOURCE_NETWORKS = frozenset({"ETHEREUM", "SOLANA", "STELLAR", "BASE", "POLYGON"})
FIAT_NETWORKS = frozenset({"WIRE", "CUBIX"})
ACCOUNT_TYPES = frozenset({"SWIFT", "ABA"})


@dataclass(frozen=True)
class RuleRequest:
    """Holds a valid request to create a rule."""

    ref_id: str
    profile_id: str
    source_asset: str
    destination_asset: str
    source: Party
    """``crypto`` with its ``network``, or ``fiat`` with ``network`` and ``account_type``."""
    destination: Party
    optional: dict[str, Any]


@dataclass
class Rule:
    """Holds a rule, and its place in the order of creation."""

    seq: int
    id: str
    ref_id: str
    profile_id: str
    source_asset: str
    destination_asset: str
    source: Party
    """As requested, with what deposits are sent to."""
    destination: Party
    optional: dict[str, Any]
    """``nickname``, ``identity_id`` and ``account_id``, as far as there are any."""
    created_at: datetime
    approval: Approval
    deleted: bool = False

    def status(self, now: datetime) -> RuleStatus:
        """Return the status at a time."""
        if self.deleted:
            return "DELETED"
        approval = self.approval.status(now)
        return "ACTIVE" if approval == "APPROVED" else approval

    def to_json(self, now: datetime) -> dict[str, Any]:
        """Return it as the API does at a time."""
        return {
            "id": self.id,
            "ref_id": self.ref_id,
            "profile_id": self.profile_id,
            "status": self.status(now),
            "source_asset": self.source_asset,
            "destination_asset": self.destination_asset,
            "source": self.source,
            "destination": self.destination,
            "created_at": rfc3339(self.created_at),
            **self.optional,
        }


class RuleBook:
    """Keeps all rules, oldest first.

    :param rules: those to start with, as saved
    """

    def __init__(self, rules: Iterable[Rule] = ()) -> None:
        self.rules: list[Rule] = []
        self._by_id: dict[str, Rule] = {}
        self._by_ref_id: dict[str, Rule] = {}
        self._by_deposit: dict[tuple[str, ...], Rule] = {}
        for rule in rules:
            self.add(rule)

    def get(self, rule_id: str) -> Rule | None:
        """Return a rule by its id, or None."""
        return self._by_id.get(rule_id)

    def by_ref_id(self, ref_id: str) -> Rule | None:
        """Return a rule by its ref_id, or None; a deleted one keeps it."""
        return self._by_ref_id.get(ref_id)

    def of_address(self, network: str, address: str) -> Rule | None:
        """Return the rule whose deposits are sent to an address, or None."""
        return self._by_deposit.get(address_key(network, address))

    def of_memo(self, memo_id: str) -> Rule | None:
        """Return the rule whose deposits come with a memo, or None."""
        return self._by_deposit.get((memo_id,))

    def add(self, rule: Rule) -> None:
        """Add a rule."""
        self.rules.append(rule)
        self._by_id[rule.id] = rule
        self._by_ref_id[rule.ref_id] = rule
        ((kind, fields),) = rule.source.items()
        place = address_key(fields["network"], fields["address"]) if kind == "crypto" else (fields["memo_id"],)
        self._by_deposit[place] = rule


def read_rule(body: Mapping[str, Any]) -> RuleRequest:
    """Check a request to create a rule.

    :raises Problem: 400 with the reason.
    """
    assets = [read_text(body, name) for name in ("source_asset", "destination_asset")]
    for asset in assets:
        if asset not in DECIMALS:
            raise bad_request(f"unknown asset '{asset}'")
    profile_id, source_asset = read_text(body, "profile_id"), assets[0]
    source = _source(body.get("source"), source_asset)
    destination = {"profile": {"profile_id": profile_id}}
    if has(body, "destination"):
        destination = _destination(body["destination"])
    names = [name for name in ("nickname", "identity_id", "account_id") if has(body, name)]
    return RuleRequest(
        ref_id=read_text(body, "ref_id"),
        profile_id=profile_id,
        source_asset=source_asset,
        destination_asset=assets[1],
        source=source,
        # Where the money of a rule without a destination goes is not documented; it stays in the profile here.
        destination=destination,
        optional={name: read_text(body, name) for name in names},
    )


def orchestration_destination(destination: Party) -> Party:
    """Return a rule's destination in the words of an orchestration's."""
    if "fiat" not in destination:
        return destination
    fields = dict(destination["fiat"])
    return {"fiat": {"bank_account_id": fields.pop("fiat_account_id"), **fields}}


def _source(source: Any, asset: str) -> Party:
    kind, fields = read_choice("source", source, ("crypto", "fiat"))
    # A deposit of the one kind never has an asset of the other.
    if (kind == "fiat") != (asset in FIAT):
        raise bad_request(f"source.{kind} does not apply to {asset}")
    known = FIAT_NETWORKS if kind == "fiat" else SOURCE_NETWORKS
    checked = {"network": _one_of(fields, "network", known, f"source.{kind}.")}
    if kind == "fiat" and has(fields, "account_type"):
        checked["account_type"] = _one_of(fields, "account_type", ACCOUNT_TYPES, "source.fiat.")
    return {kind: checked}


def _destination(destination: Any) -> Party:
    kind, fields = read_choice("destination", destination, ("crypto", "fiat", "profile"))
    where = f"destination.{kind}."
    if kind == "profile":
        return {kind: {"profile_id": read_text(fields, "profile_id", where)}}
    if kind == "fiat":
        memo = {"memo": read_text(fields, "memo", where)} if has(fields, "memo") else {}
        return {kind: {"fiat_account_id": read_text(fields, "fiat_account_id", where), **memo}}
    if has(fields, "crypto_address_id"):
        return {kind: {"address_id": read_text(fields, "crypto_address_id", where)}}
    checked = {name: read_text(fields, name, where) for name in ("address", "network")}
    if not is_network(checked["network"]):
        raise bad_request(f"unknown network '{checked['network']}'")
    return {kind: checked}


def _one_of(fields: Mapping[str, Any], name: str, known: frozenset[str], where: str) -> str:
    value = read_text(fields, name, where)
    if value not in known:
        raise bad_request(f"{where}{name} must be one of {', '.join(sorted(known))}")
    return value
