"""Look at payments before they are sent: as flows, for both clients."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from airflow_provider_paxos.api.base_client import BaseClient
from airflow_provider_paxos.api.creators import Adopt
from airflow_provider_paxos.api.flow import Flow
from airflow_provider_paxos.api.limits_over_time import LimitsOverTime
from airflow_provider_paxos.api.models import Orchestration
from airflow_provider_paxos.batch.validation import Payment
from airflow_provider_paxos.planning.plan import Plan
from airflow_provider_paxos.planning.planner import plan_of
from airflow_provider_paxos.planning.refusal import refusal_of
from airflow_provider_paxos.planning.survey import survey


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

    :param limits_alone: whether to check nothing but the limits over time.
    :param approvable: whether a person approves duplicates, where the limits let that be.
    """
    facts = yield from survey(
        client, payments, limits=limits, adopt=adopt, existing=existing, limits_alone=limits_alone, now=now
    )
    environment = client.settings.environment
    return plan_of(payments, facts, environment=environment, limits=limits, adopt=adopt, approvable=approvable)


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
