"""Apply the limits of transfers.

Paxos does not document whether orchestrations count. Here they do, from their creation on and unless they fail, by the
rail of their destination. Every known asset counts as a US dollar.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from airflow_provider_paxos.emulator.amounts import EXACT, plain
from airflow_provider_paxos.emulator.fiat_accounts import FiatAccount
from airflow_provider_paxos.emulator.limit_rules import LimitRule, TransferType
from airflow_provider_paxos.emulator.models import Orchestration, Party
from airflow_provider_paxos.emulator.problems import Problem

_GIVEN_BACK = ("FAILED", "REJECTED")


def withdrawal_type(destination: Party, accounts: Mapping[str, FiatAccount]) -> TransferType:
    """Return the type of the transfer to a destination.

    :param accounts: the known bank accounts by id; an unknown one is paid by wire
    """
    ((kind, fields),) = destination.items()
    match kind:
        case "crypto":
            return "CRYPTO_WITHDRAWAL"
        case "profile":
            return "INTERNAL_TRANSFER_DEBIT"
    account = accounts.get(fields["bank_account_id"])
    return "CUBIX_WITHDRAWAL" if account and "cubix" in account.instructions else "WIRE_WITHDRAWAL"


class TransferLimits:
    """Computes what the limits leave, from the orchestrations there are.

    :param rules: the limits
    :param orchestrations: all orchestrations, oldest first
    """

    def __init__(self, rules: Sequence[LimitRule], orchestrations: Sequence[Orchestration]) -> None:
        self._rules = rules
        self._orchestrations = orchestrations

    def utilizations(self, transfer_type: TransferType, now: datetime) -> list[dict[str, Any]]:
        """Return the limits of a type of transfers, and what they leave, as the API does."""
        return [
            {
                **({"id": rule.id} if rule.period_seconds else {}),
                "rule_id": rule.rule_id,
                "transfer_types": sorted(rule.transfer_types),
                "period_seconds": str(rule.period_seconds),
                "limit": plain(rule.limit),
                "remaining": plain(self._remaining(rule, now)),
                "limit_asset": rule.limit_asset,
            }
            for rule in self._rules
            if transfer_type in rule.transfer_types
        ]

    def check(self, transfer_type: TransferType, amount: Decimal, now: datetime) -> None:
        """Check that an amount of a transfer is within what every limit leaves.

        :raises Problem: 400 ``exceed-max-withdraw-limit``.
        """
        for rule in self._rules:
            if transfer_type in rule.transfer_types and amount > (left := self._remaining(rule, now)):
                # Which figure a limit over time reports is not documented; the one that an amount must not exceed.
                meta = {"limit": plain(left), "amount": plain(amount)}
                raise Problem(
                    400,
                    f"withdrawal amount {plain(amount)} exceeds withdrawal limit {plain(left)} {rule.limit_asset}",
                    cause="exceed-max-withdraw-limit",
                    meta=meta,
                )

    def _remaining(self, rule: LimitRule, now: datetime) -> Decimal:
        left = rule.limit
        if not rule.period_seconds:
            return left
        since = now - timedelta(seconds=rule.period_seconds)
        for one in reversed(self._orchestrations):
            if one.created_at <= since:
                break
            if one.withdrawal_type in rule.transfer_types and one.status not in _GIVEN_BACK:
                left = EXACT.subtract(left, one.amount)
        return max(left, Decimal())
