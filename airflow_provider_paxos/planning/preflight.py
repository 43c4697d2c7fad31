"""Look at payments before they are sent: as flows, for both clients."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial

from airflow_provider_paxos.api.base_client import BaseClient
from airflow_provider_paxos.api.creators import Adopt
from airflow_provider_paxos.api.flow import Flow, Pause
from airflow_provider_paxos.api.limits_over_time import LimitsOverTime
from airflow_provider_paxos.api.models import Orchestration
from airflow_provider_paxos.batch.validation import Payment
from airflow_provider_paxos.planning.plan import Plan
from airflow_provider_paxos.planning.planner import plan_of
from airflow_provider_paxos.planning.refusal import refusal_of
from airflow_provider_paxos.planning.survey import survey

LIST_MAY_LAG = 5.0
"""Seconds that List is given to show what was created: Paxos promises no time."""


def make_plan(
    client: BaseClient,
    payments: Sequence[Payment],
    *,
    limits: LimitsOverTime,
    adopt: Adopt = Adopt.SAME_TASK,
    existing: Sequence[Orchestration] | None = None,
    limits_alone: bool = False,
    approvable: bool = False,
    now: datetime,
) -> Flow[Plan]:
    """Ask Paxos for what matters to a batch, and make its plan; see ``survey.survey``.

    Where funds or Paxos' own limits do not suffice, the ref_ids are looked up again before the plan says so.

    :param limits_alone: whether to check nothing but the limits over time.
    :param approvable: whether a person approves duplicates, where the limits let that be.
    """
    facts = yield from survey(
        client, payments, limits=limits, adopt=adopt, existing=existing, limits_alone=limits_alone, now=now
    )
    make = partial(
        plan_of,
        payments,
        environment=client.settings.environment,
        limits=limits,
        adopt=adopt,
        approvable=approvable,
    )
    plan = make(facts)
    if plan.lacks_room:
        # Balances show at once what an earlier attempt has reserved; List may lag behind it.
        yield Pause(LIST_MAY_LAG)
        created = yield from client.orchestrations.read(ref_ids=[each.payment.request.ref_id for each in plan.new])
        if created:
            plan = make(replace(facts, existing=[*facts.existing, *created]))
    return plan


def require_within_limits(
    client: BaseClient, payment: Payment, *, limits: LimitsOverTime, adopt: Adopt, now: datetime
) -> Flow[None]:
    """Let a payment pass that the limits over time allow. Without such limits, nothing is asked for.

    :raises NotAllowed: names the limit, or the payment that it is a duplicate of.
    """
    if limits.is_set:
        plan = yield from make_plan(client, [payment], limits=limits, adopt=adopt, limits_alone=True, now=now)
        if refusal := refusal_of(plan):
            raise refusal
