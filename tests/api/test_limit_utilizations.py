"""Paxos' own limits, and what is left of them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from airflow_provider_paxos.api.errors import MissingScope, UnreadableAnswer
from airflow_provider_paxos.api.limit_utilizations import LimitUtilization, LimitUtilizations
from tests.api.script import BASE_URL, Script, answer

LIMIT = {
    "id": "limit-1",
    "rule_id": "rule-1",
    "transfer_types": ["CRYPTO_WITHDRAWAL", "WIRE_WITHDRAWAL"],
    "period_seconds": "86400",
    "limit": "250000.00",
    "remaining": "12500.50",
    "limit_asset": "USD",
}


def read(script: Script) -> list[LimitUtilization]:
    return script.run(script.part(LimitUtilizations).read("CRYPTO_WITHDRAWAL"))


def test_a_limit_is_exact_and_its_period_a_number() -> None:
    script = Script(answer({"items": [LIMIT]}))
    (found,) = read(script)

    assert (found.limit, found.remaining, found.period_seconds) == (Decimal("250000.00"), Decimal("12500.50"), 86400)
    assert found.model_dump(mode="json") == {**LIMIT, "period_seconds": 86400}
    assert script.sent[0].url == f"{BASE_URL}/transfer/limits/utilizations?transfer_type=CRYPTO_WITHDRAWAL"


def test_a_limit_of_single_transactions_has_no_id_and_the_period_0() -> None:
    (found,) = read(Script(answer({"items": [{"rule_id": "rule-1", "period_seconds": "0", "limit": "100"}]})))

    assert (found.id, found.period_seconds) == (None, 0)


@pytest.mark.parametrize("nothing", [{}, {"items": []}, {"items": [], "next_page_cursor": ""}])
def test_there_may_be_no_limit(nothing: dict[str, Any]) -> None:
    assert read(Script(answer(nothing))) == []


@pytest.mark.parametrize("odd", [{"period_seconds": "long"}, {"transfer_types": "WIRE"}, {"rule_id": [7]}])
def test_what_no_rule_needs_may_be_anything(odd: dict[str, Any]) -> None:
    assert read(Script(answer({"items": [{**LIMIT, **odd}]})))[0].remaining == Decimal("12500.50")


@pytest.mark.parametrize("odd", [{"remaining": "much"}, {"limit": "1e9"}, {"limit_asset": 7}])
def test_a_limit_that_cannot_be_read_is_not_taken_for_none(odd: dict[str, Any]) -> None:
    with pytest.raises(UnreadableAnswer):
        read(Script(*[answer({"items": [{**LIMIT, **odd}]})] * 5))


def test_a_next_page_that_cannot_be_asked_for_is_not_passed_over() -> None:
    with pytest.raises(
        UnreadableAnswer, match="List Transfer Limits of CRYPTO_WITHDRAWAL: the answer names a next page"
    ):
        read(Script(*[answer({"items": [LIMIT], "next_page_cursor": "c1"})] * 5))


def test_without_the_scope_nothing_is_sent() -> None:
    script = Script()

    with pytest.raises(MissingScope, match="transfer:read_transfer_limit"):
        script.run(script.part(LimitUtilizations, []).read("WIRE_WITHDRAWAL"))
    assert script.steps == []
