"""The calls on orchestration rules: create, list, delete, and ensure, which creates only what is missing."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

from pydantic import ValidationError

from airflow_provider_paxos.api.calls import Calls, each_of, in_path
from airflow_provider_paxos.api.canonical import canonical_id
from airflow_provider_paxos.api.decoding import read_model
from airflow_provider_paxos.api.errors import (
    Acceptance,
    AlreadyExists,
    OutcomeUnknown,
    PaxosError,
    RuleConflict,
    Subject,
    UnreadableAnswer,
    quoted,
)
from airflow_provider_paxos.api.exchange import Exchange
from airflow_provider_paxos.api.fields import Received
from airflow_provider_paxos.api.flow import Flow, Pause, Response
from airflow_provider_paxos.api.listing import MAX_PER_PAGE, Identity, Listing, Pages
from airflow_provider_paxos.api.orchestrations import LOOK_UP_PAUSES
from airflow_provider_paxos.api.rule_models import (
    OrchestrationRule,
    OrchestrationRuleRequest,
    RuleStatus,
    checked_rule,
    checked_rules,
)
from airflow_provider_paxos.api.same_payment import describe_differences
from airflow_provider_paxos.api.same_rule import compare_rule, replaced

READ_ORCHESTRATION_RULE = "orchestration:read_orchestration_rule"
WRITE_ORCHESTRATION_RULE = "orchestration:write_orchestration_rule"
"""The scopes that List, and Create and Delete, need."""

_PATH = "orchestration/rules"
_LISTING = Listing(
    "List Orchestration Rules",
    _PATH,
    "rules",
    many=frozenset({"ids", "status"}),
    one=frozenset({"profile_id", "source_asset", "destination_asset"}),
    identities={"ids": Identity(lambda rule: str(rule.id), canonical_id)},
    scope=READ_ORCHESTRATION_RULE,
)


class _RulePage(Received):
    items: list[OrchestrationRule] | None = None
    rules: list[OrchestrationRule] | None = None
    next_page_cursor: str | None = None

    @property
    def found(self) -> list[OrchestrationRule]:
        return self.items if self.items is not None else self.rules or []


class _Answer(Received):
    rule: OrchestrationRule


@dataclass(frozen=True)
class EnsuredRule:
    """A rule that exists as it was asked for.

    :param rule: as Paxos returned it: PENDING or ACTIVE.
    :param created: whether it did not exist before.
    :param absent: the names of what was asked for and Paxos does not show.
    """

    rule: OrchestrationRule
    created: bool = False
    absent: tuple[str, ...] = ()

    @property
    def change(self) -> str:
        """``created`` or ``unchanged``."""
        return "created" if self.created else "unchanged"


class RequireAllowed(Protocol):
    """Lets a request pass or raises, before anything is sent."""

    def __call__(self, request: OrchestrationRuleRequest, /) -> None: ...


class OrchestrationRules(Calls):
    """The calls on rules.

    Reading needs the scope ``orchestration:read_orchestration_rule``, creating and deleting
    ``orchestration:write_orchestration_rule``.

    :param base_url: the API's base URL, such as ``https://api.paxos.com/v2``.
    :param exchange: sends the requests.
    :param scopes: those that the token is requested with.
    :param require_allowed: lets a request pass or raises, before anything is sent.
    """

    def __init__(
        self,
        base_url: str,
        exchange: Exchange,
        scopes: Collection[str] | None = None,
        require_allowed: RequireAllowed | None = None,
    ) -> None:
        super().__init__(base_url, exchange, scopes)
        self._require_allowed = require_allowed

    def pages(self, **filters: Any) -> Pages[OrchestrationRule]:
        """List Orchestration Rules, a page at a time.

        :param filters: by the API's names: ``ids=[…]``, ``status=[…]``, ``profile_id``, ``source_asset``, …
        :raises InvalidRequest: for a filter that the API does not have.
        """
        return self._pages(_LISTING, partial(read_model, _RulePage), filters)

    def read(self, ids: Iterable[str]) -> Flow[list[OrchestrationRule]]:
        """Read many rules, 100 a request; those that Paxos does not return are missing.

        :raises MissingScope: if the token does not have the scope.
        """
        return (yield from self._many(_LISTING, partial(read_model, _RulePage), "ids", map(canonical_id, ids)))

    def create(self, values: OrchestrationRuleRequest | Mapping[str, Any]) -> Flow[OrchestrationRule]:
        """Create Orchestration Rule. A lost answer is followed by the same POST, which the ref_id makes safe.

        :returns: the rule: PENDING or ACTIVE.
        :raises InvalidRequest: before anything is sent.
        :raises AlreadyExists: if the ref_id is in use, by this rule or by another one.
        :raises MissingScope: if the token does not have the scope.
        """
        request = checked_rule(values)
        self._require(WRITE_ORCHESTRATION_RULE, request.subject)
        self._require_creatable(request)
        return (yield from self._create(request))

    def delete(self, rule_id: str) -> Flow[OrchestrationRule]:
        """Delete Orchestration Rule. The orchestrations that it has started go on.

        Deposits that come later are credited to the profile, and are not converted.

        :returns: the rule, DELETED.
        :raises NotFound: if Paxos has no rule with the id.
        :raises MissingScope: if the token does not have the scope.
        """
        subject = Subject(f"Delete Orchestration Rule {quoted(rule_id)}")
        path = f"{_PATH}/{in_path(rule_id, 'rule', subject)}"

        def read(response: Response) -> OrchestrationRule:
            rule = read_model(_Answer, response).rule
            if canonical_id(rule.id) != canonical_id(rule_id):
                raise UnreadableAnswer("the answer is about another id.")
            return rule

        return (yield from self._send("DELETE", path, None, read, subject, scope=WRITE_ORCHESTRATION_RULE))

    def ensure(
        self, rows: Sequence[OrchestrationRuleRequest | Mapping[str, Any]]
    ) -> Flow[list[EnsuredRule | PaxosError]]:
        """Look for many rules by their ref_ids, compare them with what is asked for, and create what is missing.

        All rows are validated before anything is sent. A row that Paxos refuses does not stop the others.

        :param rows: the API's fields.
        :returns: for each row the rule, PENDING or ACTIVE, or the error that it has met: ``RuleConflict`` for a ref_id
            that belongs to a rule with other values, or to one that is REJECTED or DELETED.
        :raises InvalidRequest: names every wrong row.
        :raises PaxosError: for an error that the other rows would meet as well.
        """
        requests = checked_rules(rows)
        for request in requests:
            self._require_creatable(request)
        existing = {rule.ref_id: rule for rule in (yield from self._of_profiles(requests))}
        return (yield from each_of(requests, lambda each: self._ensure(each, existing.get(each.ref_id))))

    def replaced(self, rows: Sequence[OrchestrationRuleRequest | Mapping[str, Any]]) -> Flow[list[OrchestrationRule]]:
        """Look for the rules in force that those asked for replace; see ``same_rule.replaced``.

        :param rows: the API's fields of all rules that are asked for.
        """
        requests = checked_rules(rows)
        return replaced(requests, (yield from self._of_profiles(requests)))

    def _of_profiles(self, requests: Iterable[OrchestrationRuleRequest]) -> Flow[list[OrchestrationRule]]:
        # List has no filter of ref_ids.
        found: list[OrchestrationRule] = []
        for profile_id in dict.fromkeys(each.profile_id for each in requests):
            found += yield from self.pages(profile_id=profile_id, limit=MAX_PER_PAGE).rest()
        return found

    def _ensure(self, request: OrchestrationRuleRequest, existing: OrchestrationRule | None) -> Flow[EnsuredRule]:
        if existing:
            return EnsuredRule(existing, absent=_require_same(request, existing))
        try:
            created = yield from self._create(request)
        except AlreadyExists as conflict:
            existing = yield from self._existing(request, conflict)
            return EnsuredRule(existing, absent=_require_same(request, existing))
        return EnsuredRule(created, created=True, absent=_require_same(request, created))

    def _existing(self, request: OrchestrationRuleRequest, conflict: AlreadyExists) -> Flow[OrchestrationRule]:
        """Return the rule of a ref_id that is in use: be it of another profile, or not listed yet."""
        if (shown := _shown_by(conflict)) and shown.ref_id == request.ref_id:
            return shown
        for pause in LOOK_UP_PAUSES:
            if pause:
                yield Pause(pause)
            listed = yield from self.pages(limit=MAX_PER_PAGE).rest()
            if found := next((rule for rule in listed if rule.ref_id == request.ref_id), None):
                return found
        what = "Paxos says that the ref_id is in use, but does not show the rule with it."
        raise OutcomeUnknown(what, subject=request.subject) from conflict

    def _create(self, request: OrchestrationRuleRequest) -> Flow[OrchestrationRule]:
        def read(response: Response) -> OrchestrationRule:
            rule = read_model(_Answer, response).rule
            if rule.ref_id not in (None, request.ref_id):
                raise UnreadableAnswer("the answer is about another ref_id.")
            return rule

        scope = WRITE_ORCHESTRATION_RULE
        try:
            return (
                yield from self._send("POST", _PATH, request.body(), read, request.subject, scope=scope, commits=True)
            )
        except PaxosError as error:
            # What it says of an orchestration holds for none: a rule moves no money by itself.
            error.acceptance = Acceptance.IRRELEVANT
            raise

    def _require_creatable(self, request: OrchestrationRuleRequest) -> None:
        if self._require_allowed:
            self._require_allowed(request)


def _require_same(request: OrchestrationRuleRequest, rule: OrchestrationRule) -> tuple[str, ...]:
    """Return the names of what Paxos does not show of a rule that is the one asked for, as far as it shows.

    :raises RuleConflict: for another one, and for one that no deposit can start any more.
    """
    compared = compare_rule(request, rule)
    named = f"rule {quoted(rule.id)}"
    if compared.differences:
        what = f"the ref_id belongs to {named} with other values: {describe_differences(compared.differences)}."
        raise RuleConflict(what, subject=request.subject)
    if rule.status in (RuleStatus.REJECTED, RuleStatus.DELETED):
        raise RuleConflict(f"the ref_id belongs to {named}, which is {rule.status}.", subject=request.subject)
    return compared.absent


def _shown_by(conflict: AlreadyExists) -> OrchestrationRule | None:
    try:
        return OrchestrationRule.model_validate(conflict.meta.get("existing"))
    except ValidationError:
        return None
