"""A clear plan is kept by Paxos if nobody else moves, and what a plan reports is what an oracle computes."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, event, given, settings

from airflow_provider_paxos.api.errors import Refused
from airflow_provider_paxos.api.limits_over_time import LimitsOverTime
from airflow_provider_paxos.api.models import OrchestrationRequest
from airflow_provider_paxos.batch.validation import Payment
from airflow_provider_paxos.planning.plan import Plan, PlannedPayment, Readiness
from airflow_provider_paxos.planning.preflight import make_plan
from tests.chaos.wire import InProcess
from tests.planning.books import Book, books
from tests.planning.oracle import Oracle
from tests.planning.paxos_of_a_book import NOW, client_of, open_book, request_of

TRIED = settings(
    max_examples=120,
    derandomize=True,
    database=None,
    # A book is small already, and to make it smaller takes minutes.
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def payments_of(book: Book, wire: InProcess) -> list[Payment]:
    return [
        Payment(
            str(number),
            OrchestrationRequest.model_validate(request_of(each, f"settle-{number}", wire)),
            duplicate_of_ok=frozenset(meant),
        )
        for number, (each, meant) in enumerate(zip(book.batch, book.meant, strict=True))
    ]


def planned(book: Book, wire: InProcess) -> Plan:
    limits = LimitsOverTime.of("paxos_default", book.over_time)
    with client_of(wire) as client:
        return client.run(make_plan(client, payments_of(book, wire), limits=limits, now=NOW))


def reported(plan: Plan) -> dict[str, Any]:
    """Return what a plan reports, in the oracle's form."""
    exceeded = [each for each in plan.limits if each.is_exceeded]
    return {
        "found": [each.look_up.value for each in plan.payments],
        "not ready": {each.payment.key for each in not_ready(plan)},
        "short": {(each.profile_id, each.asset): each.short_by for each in plan.funding if each.short_by},
        "beyond limits of Paxos": sorted((frozenset(e.keys) for e in exceeded if not e.of_connection), key=sorted),
        "beyond limits over time": {
            (each.name.split()[0], each.name.split()[-1], each.unit) for each in exceeded if each.of_connection
        },
        "duplicates": {each.payment.key: {one.ref_id for one in each.duplicates} for each in plan.with_duplicates},
    }


def not_ready(plan: Plan) -> list[PlannedPayment]:
    return [each for each in plan.new if each.destination.readiness is Readiness.NOT_READY]


@TRIED
@given(books())
def test_what_a_plan_reports_is_what_the_oracle_computes(book: Book) -> None:
    wire = open_book(book)
    # Before the plan, which lets time pass if it looks again.
    expected = Oracle(book, wire.paxos).report()
    plan = planned(book, wire)
    assert reported(plan) == expected
    assert plan.is_clear is not any(value for name, value in expected.items() if name != "found")
    assert not plan.not_checked
    for name, value in expected.items():
        event(name if value else f"nothing {name}")


@TRIED
@given(books())
def test_a_clear_plan_is_kept_by_paxos_and_what_is_not_ready_is_refused(book: Book) -> None:
    wire = open_book(book)
    plan = planned(book, wire)
    with client_of(wire) as client:
        for each in not_ready(plan):
            with pytest.raises(Refused) as refused:
                client.run(client.orchestrations.submit(each.payment.request))
            assert refused.value.status in (400, 403)
        if plan.is_clear and plan.new:
            event("a promise")
            submitted = [client.run(client.orchestrations.submit(each.payment.request)) for each in plan.new]
            assert not any(each.adopted for each in submitted)
            wire.sleep(60)
            ended = client.run(client.orchestrations.read(ids=[each.orchestration.id for each in submitted]))
            assert [each.status for each in ended] == ["COMPLETED"] * len(plan.new)
