"""What the tests of plans are given: payments, orchestrations, and facts."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from airflow_provider_paxos.api.limits_over_time import LimitsOverTime
from airflow_provider_paxos.api.models import Orchestration, OrchestrationRequest
from airflow_provider_paxos.batch.validation import Payment
from airflow_provider_paxos.planning.facts import Facts
from airflow_provider_paxos.planning.plan import Plan
from airflow_provider_paxos.planning.planner import plan_of
from tests.payments import payment

NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)
NO_LIMITS = LimitsOverTime("paxos_default")
ADDRESS = "0x52908400098527886E0F7030069857D2E4169EE7"


def fiat(account_id: str = "account-1") -> dict[str, Any]:
    return {"fiat": {"bank_account_id": account_id}}


def crypto(address: str = ADDRESS, network: str = "ETHEREUM") -> dict[str, Any]:
    return {"crypto": {"address": address, "network": network}}


def planned(key: str, *, meant: Iterable[str] = (), **fields: Any) -> Payment:
    request = OrchestrationRequest.model_validate(payment(f"settle-{key}", **fields))
    return Payment(key, request, duplicate_of_ok=frozenset(meant))


def existing(ref_id: str = "settle-0", **fields: Any) -> Orchestration:
    shown = {"id": f"id-{ref_id}", "status": "PROCESSING", "created_at": "2026-12-01T11:00:00Z"}
    return Orchestration.model_validate({**payment(ref_id), **shown, **fields})


def plan(*payments: Payment, limits: LimitsOverTime = NO_LIMITS, approvable: bool = False, **facts: Any) -> Plan:
    known = Facts(**{"read_at": NOW, "balances": funds(payments), **facts})
    return plan_of(payments, known, environment="sandbox", limits=limits, approvable=approvable)


def funds(payments: Iterable[Payment], amount: str = "1000000") -> dict[tuple[str, str], Any]:
    of = {(each.request.source.profile.profile_id, each.request.source_asset) for each in payments}
    return dict.fromkeys(of, Decimal(amount))


def limits(**stated: Any) -> LimitsOverTime:
    return LimitsOverTime.of("paxos_default", stated)
