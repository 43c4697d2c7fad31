"""What a person reads of a batch: exact totals, and a table of failed payments that no bank's words can forge."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_paxos.api.errors import Acceptance, PaxosError
from airflow_provider_paxos.api.models import Orchestration, OrchestrationRequest
from airflow_provider_paxos.batch.state import PaymentState
from airflow_provider_paxos.batch.tables import failures, status_of, totals
from airflow_provider_paxos.batch.validation import Payment
from tests.payments import REQUEST


def payment_state(
    status: str | None = "COMPLETED", key: str = "7", reason: str | None = None, **but: Any
) -> PaymentState:
    request = OrchestrationRequest.model_validate({**REQUEST, "ref_id": f"settle-{key}", **but})
    fault = {"fail_reason": {"detail": reason}} if reason else {}
    return PaymentState(
        Payment(key, request), Orchestration.model_validate({"id": "orch-1", "status": status, **fault})
    )


def refused(error: PaxosError | None = None) -> PaymentState:
    state = PaymentState(Payment("7", OrchestrationRequest.model_validate(REQUEST)))
    if error:
        state.refuse(error)
    return state


def test_totals_are_kept_apart_by_asset_pair_and_status() -> None:
    several = [
        payment_state(source_amount="0.10"),
        payment_state(source_amount="0.2"),
        payment_state("FAILED", source_amount="7"),
        payment_state(source_asset="USDG", source_amount="0.00000001"),
    ]
    assert [line.split() for line in totals(several).splitlines()] == [
        ["from", "to", "status", "payments", "amount"],
        ["USD", "USDG", "COMPLETED", "2", "0.30"],
        ["USD", "USDG", "FAILED", "1", "7"],
        ["USDG", "USDG", "COMPLETED", "1", "0.00000001"],
    ]


def test_totals_of_the_longest_amounts_are_exact() -> None:
    large, small = "9" * 60, "0." + "0" * 57 + "1"
    total = totals([payment_state(source_amount=large), payment_state(source_amount=small)]).split()[-1]
    assert total == large + small.removeprefix("0")


@given(st.lists(st.decimals("0.00000001", "1e19", places=8), min_size=1, max_size=50))
def test_a_total_is_the_sum_to_the_last_digit(amounts: list[Decimal]) -> None:
    total = totals([payment_state(source_amount=amount) for amount in amounts]).split()[-1]
    assert int(total.replace(".", "")) == sum(int(f"{amount:f}".replace(".", "")) for amount in amounts)


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (payment_state("PROCESSING"), "PROCESSING"),
        (payment_state(None), "UNKNOWN"),
        (refused(PaxosError("no answer.", acceptance=Acceptance.UNKNOWN)), "UNKNOWN"),
        (refused(PaxosError("no answer, and nothing is known.")), "UNKNOWN"),
        (refused(PaxosError("the address is not supported.", acceptance=Acceptance.REFUSED)), "NOT ACCEPTED"),
        (refused(), "NOT SENT"),
    ],
)
def test_an_unknown_outcome_is_distinguished_from_a_refusal(one: PaymentState, expected: str) -> None:
    assert status_of(one) == expected


def test_a_banks_words_forge_no_row() -> None:
    table = failures([payment_state("FAILED", reason="closed\n8  COMPLETED\x1b[2J" + "x" * 5000)])
    assert len(table.splitlines()) == 2
    assert len(table) < 600
    assert "\x1b" not in table


def test_a_reason_that_paxos_does_not_give_is_not_made_up() -> None:
    assert "Paxos gave no reason" in failures([payment_state("REJECTED")])
