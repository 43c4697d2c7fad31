"""The comparison of rules: is it the rule that is asked for, and which rules does it replace?

A rule cannot be changed at Paxos. One that is asked for with other values has a new ref_id, and the rule that it
replaces is one for the same deposits.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple, Self

from airflow_provider_paxos.api.canonical import canonical, canonical_code
from airflow_provider_paxos.api.rule_models import OrchestrationRule, OrchestrationRuleRequest, RuleStatus
from airflow_provider_paxos.api.same_payment import Comparison, compare_fields

# A nickname is no part of what a rule does; Paxos shows an address by its id no more.
_NOT_COMPARED: dict[str, Any] = {"ref_id": True, "nickname": True, "destination": {"crypto": {"crypto_address_id"}}}
_IN_FORCE = (RuleStatus.ACTIVE, RuleStatus.PENDING)


def compare_rule(request: OrchestrationRuleRequest, existing: OrchestrationRule) -> Comparison:
    """Return how a rule compares with a request, by meaning as ``same_payment`` compares."""
    return compare_fields(request.model_dump(exclude_none=True, exclude=_NOT_COMPARED), existing.model_dump())


class Deposits(NamedTuple):
    """The deposits that a rule waits for: whose, of which asset, and on which rail. Each rule has its own address."""

    profile_id: str
    owner: tuple[str | None, str | None]
    asset: str
    rail: str
    network: str

    @classmethod
    def of(cls, rule: OrchestrationRule | OrchestrationRuleRequest) -> Self | None:
        """Return the deposits of a rule, or None if Paxos shows too little of it."""
        source = rule.source
        rail = source and (source.crypto or source.fiat)
        if not (source and rail and rail.network and rule.profile_id and rule.source_asset):
            return None
        return cls(
            canonical(rule.profile_id),
            (rule.identity_id and canonical(rule.identity_id), rule.account_id and canonical(rule.account_id)),
            canonical_code(rule.source_asset),
            "crypto" if source.crypto else "fiat",
            canonical_code(rail.network),
        )


def replaced(
    requests: Iterable[OrchestrationRuleRequest], existing: Iterable[OrchestrationRule]
) -> list[OrchestrationRule]:
    """Return the rules in force that those asked for replace: for the same deposits, under another ref_id.

    :param requests: all rules that are asked for.
    :param existing: rules as Paxos shows them.
    """
    asked = list(requests)
    ref_ids, deposits = {each.ref_id for each in asked}, {Deposits.of(each) for each in asked}
    return [
        rule
        for rule in existing
        if rule.status in _IN_FORCE
        and rule.ref_id is not None
        and rule.ref_id not in ref_ids
        and (found := Deposits.of(rule)) is not None
        and found in deposits
    ]
