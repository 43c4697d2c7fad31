"""Orchestration rules: what is created, and what is returned.

Names differ from those of orchestrations: a bank account is ``fiat_account_id``, and the network POLYGON of a rule is
POLYGON_POS where an address is saved. The fields are those of Create Orchestration Rule in Paxos' API reference, v2.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import AfterValidator, Field, model_validator

from airflow_provider_paxos.api.canonical import canonical_code
from airflow_provider_paxos.api.errors import Acceptance, InvalidRequest, Subject
from airflow_provider_paxos.api.fields import (
    Code,
    Id,
    Object,
    OptionalMoment,
    OptionalText,
    Received,
    Sent,
    Text,
    require_one,
)
from airflow_provider_paxos.api.models import AddressOnNetwork, Memo, Profile, ProfileEnd
from airflow_provider_paxos.api.rows import (
    is_list,
    not_a_list,
    request_or_problems,
    requests_and_problems,
    wrong_rows,
)

CREATE = "Create Orchestration Rule"

_IN_RULES = {"POLYGON_POS": "POLYGON"}


def rule_network(network: str) -> str:
    """Return the name that rules have for a network: ``POLYGON`` for ``POLYGON_POS``."""
    network = canonical_code(network)
    return _IN_RULES.get(network, network)


RuleNetwork = Annotated[Code, AfterValidator(rule_network)]
_ShownNetwork = Annotated[str, AfterValidator(rule_network)] | None


class RuleStatus(StrEnum):
    """The statuses that Paxos publishes. Deposits for a rule that is ACTIVE start orchestrations."""

    PENDING = "PENDING"
    ACTIVE = "ACTIVE"
    REJECTED = "REJECTED"
    DELETED = "DELETED"


class CryptoDeposits(Sent):
    """Deposits on a network: Paxos makes an address for them."""

    network: RuleNetwork


class FiatDeposits(Sent):
    """Deposits by WIRE or CUBIX: Paxos makes instructions for them. ``account_type`` is ABA or SWIFT."""

    network: Code
    account_type: Code | None = None


class RuleSource(Sent):
    """The deposits that a rule waits for: exactly one kind."""

    crypto: CryptoDeposits | None = None
    fiat: FiatDeposits | None = None

    @model_validator(mode="after")
    def _exactly_one_kind(self) -> Self:
        return require_one(self, "crypto", "fiat")


class RuleFiatDestination(Sent):
    """A bank account that is registered with Paxos."""

    fiat_account_id: Id
    memo: Memo = None


class RuleCryptoDestination(AddressOnNetwork):
    """A blockchain address with its network; or ``crypto_address_id``, which Paxos has deprecated."""

    network: RuleNetwork | None = None
    crypto_address_id: Id | None = None

    @model_validator(mode="after")
    def _one_way_to_name_it(self) -> Self:
        return require_one(self, "address", "crypto_address_id")


class RuleDestination(Sent):
    """The destination of what a rule converts: exactly one rail."""

    profile: ProfileEnd | None = None
    fiat: RuleFiatDestination | None = None
    crypto: RuleCryptoDestination | None = None

    @model_validator(mode="after")
    def _exactly_one_rail(self) -> Self:
        return require_one(self, "profile", "fiat", "crypto")


class OrchestrationRuleRequest(Sent):
    """The body of Create Orchestration Rule.

    Paxos marks ``destination`` as optional, and does not say where the money goes without one. It is required here.
    """

    ref_id: Text
    nickname: Text | None = None
    profile_id: Id
    identity_id: Id | None = None
    account_id: Id | None = None
    source_asset: Code
    destination_asset: Code
    source: RuleSource
    destination: RuleDestination

    def body(self) -> bytes:
        """Return the request's JSON, once: the same bytes are signed, sent and sent again."""
        return self.model_dump_json(exclude_none=True).encode()

    @property
    def subject(self) -> Subject:
        """The subject of the errors of the request."""
        return Subject(CREATE, ref_id=self.ref_id)


class CryptoDepositsAt(Received):
    """The address that deposits are sent to."""

    address_id: OptionalText = None
    address: OptionalText = None
    network: _ShownNetwork = None


class FiatDepositsAt(Received):
    """The memo that deposits come with, and the id of their instructions."""

    deposit_instructions_id: OptionalText = None
    network: str | None = None
    account_type: str | None = None
    memo_id: OptionalText = None


class RuleSourceAt(Received):
    """The deposits that a rule waits for, as Paxos returns them."""

    crypto: Annotated[CryptoDepositsAt | None, Object] = None
    fiat: Annotated[FiatDepositsAt | None, Object] = None
    profile: Annotated[Profile | None, Object] = None


class RuleFiatPayout(Received):
    fiat_account_id: str | None = None
    memo: str | None = None


class RuleCryptoPayout(Received):
    address: str | None = None
    network: _ShownNetwork = None


class RuleDestinationAt(Received):
    """The destination of a rule, as Paxos returns it."""

    crypto: Annotated[RuleCryptoPayout | None, Object] = None
    fiat: Annotated[RuleFiatPayout | None, Object] = None
    profile: Annotated[Profile | None, Object] = None


class OrchestrationRule(Received):
    """A rule as Paxos returned it: PENDING, ACTIVE, REJECTED or DELETED."""

    id: Annotated[str, Field(min_length=1)]
    ref_id: str | None = None
    nickname: OptionalText = None
    profile_id: str | None = None
    identity_id: str | None = None
    account_id: str | None = None
    status: str | None = None
    source_asset: str | None = None
    destination_asset: str | None = None
    source: Annotated[RuleSourceAt | None, Object] = None
    destination: Annotated[RuleDestinationAt | None, Object] = None
    created_at: OptionalMoment = None

    @property
    def is_active(self) -> bool:
        """True if a deposit for it starts an orchestration."""
        return self.status == RuleStatus.ACTIVE


def checked_rule(values: OrchestrationRuleRequest | Mapping[str, Any]) -> OrchestrationRuleRequest:
    """Return the author's values as a request.

    :param values: a request, or a mapping of the API's fields.
    :raises InvalidRequest: names every wrong field the way the author wrote it.
    """
    request = request_or_problems(OrchestrationRuleRequest, values)
    if isinstance(request, OrchestrationRuleRequest):
        return request
    raise _invalid(f"the rule is not valid: {'; '.join(request)}.")


def checked_rules(rows: object) -> list[OrchestrationRuleRequest]:
    """Return the author's rows as requests, each with another ref_id.

    :param rows: a list of requests, or of mappings of the API's fields.
    :raises InvalidRequest: names every wrong field of every wrong row.
    """
    if not is_list(rows):
        raise _invalid(not_a_list(rows, "rules"))
    row_of: dict[str, int] = {}

    def problem_of(request: OrchestrationRuleRequest, number: int) -> str | None:
        first = row_of.setdefault(request.ref_id, number)
        return None if first == number else f"ref_id: it is that of row {first}, too"

    requests, problems = requests_and_problems(OrchestrationRuleRequest, rows, problem_of)
    if problems:
        raise invalid_rules(problems, len(rows))
    return requests


def invalid_rules(problems: Sequence[str], rows: int) -> InvalidRequest:
    """Return the error for rows of which some are wrong, a line for each of these."""
    return _invalid(f"{wrong_rows(problems, rows)}\nNo rule was created.")


def _invalid(what: str) -> InvalidRequest:
    return InvalidRequest(what, subject=Subject(CREATE), acceptance=Acceptance.NOT_SENT)
