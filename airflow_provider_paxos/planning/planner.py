"""Make the plan of a batch from the facts. A pure function: the same facts make the same plan."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from airflow_provider_paxos.api.amounts import exact_sum
from airflow_provider_paxos.api.creators import Adopt
from airflow_provider_paxos.api.errors import with_more
from airflow_provider_paxos.api.limits_over_time import LimitsOverTime, OnDuplicate
from airflow_provider_paxos.batch.validation import Payment
from airflow_provider_paxos.planning.destinations import TRAVEL_RULE_FROM, Destinations
from airflow_provider_paxos.planning.digest import digest_of
from airflow_provider_paxos.planning.facts import Facts, NotChecked
from airflow_provider_paxos.planning.look_up import by_ref_id, look_up
from airflow_provider_paxos.planning.over_time import counting, duplicates, uses_of_limits
from airflow_provider_paxos.planning.paxos_limits import by_transfer_type, uses_of_paxos_limits
from airflow_provider_paxos.planning.plan import (
    Check,
    Funding,
    LookUp,
    Plan,
    PlannedPayment,
    Readiness,
    duplicates_in_words,
)

_KEYS = 5
"""A warning names so many payments at most; the plan's rows have them all."""

_NOT_LOOKED_AT = Check(Readiness.NOT_CHECKED, "only the destinations of new payments are checked")


def plan_of(
    payments: Sequence[Payment],
    facts: Facts,
    *,
    environment: str,
    limits: LimitsOverTime,
    adopt: Adopt = Adopt.SAME_TASK,
    approvable: bool = False,
) -> Plan:
    """Return the plan of a batch.

    :param environment: of the connection.
    :param limits: of the connection, over time.
    :param adopt: whose orchestrations the batch adopts.
    :param approvable: whether a person approves duplicates, where the limits let that be.
    """
    # Lists lag: one that the look-up did not show yet may be among the recent ones, and must not count twice.
    shown, destinations = by_ref_id([*facts.existing, *facts.recent]), Destinations(facts)
    recent = counting(facts.recent)
    results = [(payment, look_up(payment, shown, adopt)) for payment in payments]
    # What has failed is not paid again, and so the same payment under another key is no duplicate of it.
    paying = [payment for payment, looked_up in results if looked_up.found is not LookUp.UNSUCCESSFUL]
    alike = duplicates(limits, recent, paying, facts.read_at)
    planned = []
    for payment, looked_up in results:
        is_new = looked_up.found is LookUp.NEW
        planned.append(
            PlannedPayment(
                payment,
                looked_up.found,
                destinations.check(payment.request) if is_new else _NOT_LOOKED_AT,
                looked_up.id,
                looked_up.reason,
                alike.get(payment.key, ()),
            )
        )
    new = [each.payment for each in planned if each.is_new]
    by_type = by_transfer_type(new, facts.bank_accounts)
    allowed = limits.on_duplicate is OnDuplicate.WARN or (approvable and limits.on_duplicate is OnDuplicate.APPROVE)
    return Plan(
        environment=environment,
        digest=digest_of(environment, (each.request for each in payments)),
        payments=planned,
        funding=list(_funding(new, facts)),
        limits=[
            *uses_of_limits(limits, recent, new, facts.read_at),
            *uses_of_paxos_limits(by_type, facts.utilizations),
        ],
        not_checked=list(_not_checked(planned, facts)) if new else [],
        warnings=list(_warnings(planned, name_duplicates=allowed)),
        duplicates_forbidden=not allowed,
        duplicates_to_approve=limits.on_duplicate is OnDuplicate.APPROVE,
    )


def _funding(new: Sequence[Payment], facts: Facts) -> Iterator[Funding]:
    amounts: dict[tuple[str, str], list[Decimal]] = {}
    for each in new:
        source = (each.request.source.profile.profile_id, each.request.source_asset)
        amounts.setdefault(source, []).append(each.request.source_amount)
    for (profile_id, asset), parts in amounts.items():
        available = None if isinstance(facts.balances, NotChecked) else facts.balances[profile_id, asset]
        yield Funding(profile_id, asset, len(parts), exact_sum(parts), available)


def _not_checked(planned: Sequence[PlannedPayment], facts: Facts) -> Iterator[str]:
    for what, fact in (("available balances", facts.balances), ("Paxos' own limits", facts.utilizations)):
        if isinstance(fact, NotChecked):
            yield f"{what}: {fact.reason}"
    unchecked = [each for each in planned if each.is_new and each.destination.readiness is Readiness.NOT_CHECKED]
    for reason in dict.fromkeys(each.destination.reason for each in unchecked):
        count = sum(each.destination.reason == reason for each in unchecked)
        yield f"destinations of {count:,} payments: {reason}"


def _warnings(planned: Sequence[PlannedPayment], *, name_duplicates: bool) -> Iterator[str]:
    for found, what in (
        (LookUp.CONFLICT, "ref_ids that belong to other payments"),
        (LookUp.CREATED_BY_ANOTHER, "payments that another task has created"),
        (LookUp.UNSUCCESSFUL, "payments that are FAILED or REJECTED, and are not paid again"),
        (LookUp.UNKNOWN, "payments of which Paxos shows too little to compare them"),
    ):
        yield from _with_keys(what, [each for each in planned if each.look_up is found])
    yield from _with_keys(
        f"new payments that Paxos refuses from {TRAVEL_RULE_FROM:%Y-%m-%d}, as their addresses lack travel rule data",
        [each for each in planned if each.destination.readiness is Readiness.READY and each.destination.reason],
    )
    if name_duplicates:
        yield from (
            f"payment {each.payment.key}: {duplicates_in_words(each)}"
            for each in planned
            if each.is_new and each.duplicates
        )


def _with_keys(what: str, those: Sequence[PlannedPayment]) -> Iterator[str]:
    if those:
        keys = ", ".join(each.payment.key for each in those[:_KEYS])
        yield f"{len(those):,} {what}: {with_more(keys, len(those) - _KEYS)}"
