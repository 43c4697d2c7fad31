"""Watch orchestration rules until Paxos has decided on each of them.

This file may know the API's models alone. What reads the rules stands elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from airflow_provider_paxos.api.errors import RulePending, quoted
from airflow_provider_paxos.api.rule_models import OrchestrationRule, RuleStatus
from airflow_provider_paxos.waiting.decisions import DecisionWatch, named

_DECIDED = (RuleStatus.ACTIVE, RuleStatus.REJECTED, RuleStatus.DELETED)


def name_of(rule: OrchestrationRule) -> str:
    """Return a rule's ref_id with its id, for the log."""
    return f"{quoted(rule.ref_id)} (id {quoted(rule.id)})"


def not_active_in_time(rules: Sequence[OrchestrationRule]) -> RulePending:
    """Return the error for rules that Paxos has not decided on in time."""
    return RulePending(f"{named([name_of(rule) for rule in rules], 'rule', 'rules')} not ACTIVE in time.")


class RuleWatch(DecisionWatch[OrchestrationRule]):
    """Keeps which rules are not decided on.

    :param ids: of the rules.
    """

    def __init__(self, ids: Iterable[str]) -> None:
        super().__init__(ids, _DECIDED, lambda rule: f"Rule {name_of(rule)}")
