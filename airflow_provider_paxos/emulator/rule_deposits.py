"""Make what the deposits of a rule are sent to, and the orchestration that such a deposit starts."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from uuid import uuid4

from airflow_provider_paxos.emulator.amounts import fits, plain
from airflow_provider_paxos.emulator.approvals import Approval
from airflow_provider_paxos.emulator.deposit_instructions import FiatInstructions, new_address, new_instructions
from airflow_provider_paxos.emulator.models import Party
from airflow_provider_paxos.emulator.networks import ALIASES
from airflow_provider_paxos.emulator.rules import Rule, RuleRequest, orchestration_destination
from airflow_provider_paxos.emulator.transfers import Deposit, Transfer
from airflow_provider_paxos.emulator.validation import CreateRequest


def new_rule(
    request: RuleRequest, seq: int, instructions: dict[str, FiatInstructions], approval: Approval, now: datetime
) -> Rule:
    """Return a new rule, whose fiat deposits have instructions of their own.

    :param seq: its place in the order of creation
    :param instructions: all instructions for fiat deposits by id; new ones are added
    """
    ((kind, fields),) = request.source.items()
    source: Party
    if kind == "crypto":
        source = {kind: {"address_id": str(uuid4()), "address": new_address(fields["network"]), **fields}}
    else:
        owner = {name: value for name, value in request.optional.items() if name != "nickname"}
        made = new_instructions(request.profile_id, fields, owner, seq=len(instructions), now=now)
        instructions[made.id] = made
        source = {kind: {"deposit_instructions_id": made.id, "memo_id": made.memo_id, **fields}}
    return Rule(
        seq=seq,
        id=str(uuid4()),
        ref_id=request.ref_id,
        profile_id=request.profile_id,
        source_asset=request.source_asset,
        destination_asset=request.destination_asset,
        source=source,
        destination=request.destination,
        optional=request.optional,
        created_at=now,
        approval=approval,
    )


def deposit_of(rule: Rule, asset: str, amount: Decimal) -> Deposit:
    """Return a deposit to what a rule's deposits are sent to."""
    crypto = rule.source.get("crypto")
    if crypto is None:
        return Deposit(rule.profile_id, asset, amount)
    network = ALIASES.get(crypto["network"], crypto["network"])
    return Deposit(rule.profile_id, asset, amount, network, crypto["address"])


def started_by(rule: Rule, transfer: Transfer, now: datetime) -> CreateRequest | None:
    """Return the orchestration that a deposit for a rule starts, or None if it does not match the rule."""
    divisible = fits(transfer.amount, rule.source_asset, rule.destination_asset)
    if transfer.asset != rule.source_asset or not divisible or rule.status(now) != "ACTIVE":
        return None
    ((kind, fields),) = rule.source.items()
    source: Party = {kind: fields}
    if kind == "fiat":
        source = {kind: {"deposit_instructions_id": fields["deposit_instructions_id"], "memo": fields["memo_id"]}}
    ref_id, amount = f"orchestration_id.{uuid4()}", plain(transfer.amount)
    destination = orchestration_destination(rule.destination)
    return CreateRequest(
        ref_id=ref_id,
        source_asset=rule.source_asset,
        destination_asset=rule.destination_asset,
        source_amount=amount,
        amount=transfer.amount,
        source=source,
        destination=destination,
        optional={name: value for name, value in rule.optional.items() if name != "nickname"},
        # So that a queued outcome can be for what a rule makes.
        body={
            "ref_id": ref_id,
            "source_asset": rule.source_asset,
            "destination_asset": rule.destination_asset,
            "source_amount": amount,
            "destination": destination,
            "orchestration_rule_id": rule.id,
        },
        rule_id=rule.id,
        deposit_id=transfer.id,
    )
