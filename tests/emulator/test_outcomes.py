from __future__ import annotations

from typing import Any

import pytest

from tests.emulator.conftest import Api


def end(api: Api, ref_id: str, **fields: Any) -> str:
    created = api.created(ref_id, **fields)
    api.advance(6)
    return str(api.get(created["id"])["status"])


def test_an_outcome_is_ordered_for_the_next_creates(api: Api) -> None:
    api.control("outcomes", {"end": "FAILED", "reason": "no such account", "times": 2})
    assert [end(api, name) for name in "abc"] == ["FAILED", "FAILED", "COMPLETED"]
    assert api.list(ref_id="a").json()["items"][0]["fail_reason"] == {"detail": "no such account"}


def test_an_outcome_is_ordered_for_requests_that_match(api: Api) -> None:
    api.control(
        "outcomes", {"end": "FAILED", "match": {"destination.fiat.bank_account_id": "b", "source_asset": "USDC"}}
    )
    assert end(api, "other") == "COMPLETED"
    assert end(api, "without", destination=None) == "COMPLETED"
    assert end(api, "this", destination={"fiat": {"bank_account_id": "b"}}) == "FAILED"


def test_a_refused_create_does_not_use_up_an_order(api: Api) -> None:
    api.control("outcomes", {"end": "FAILED"})
    assert api.create("poor", source_amount="99999999").status_code == 403
    assert end(api, "a") == "FAILED"


def test_an_order_can_need_an_approval_and_have_a_time_of_its_own(api: Api) -> None:
    api.control("outcomes", {"approval": True, "settle_seconds": 60})
    created = api.created()
    assert created["status"] == "PENDING"
    api.control("orchestrations/pay-1/approve")
    api.advance(59)
    assert api.get(created["id"])["status"] == "PROCESSING"
    api.advance(1)
    assert api.get(created["id"])["status"] == "COMPLETED"


def test_a_rejection_can_be_ordered(api: Api) -> None:
    api.control("outcomes", {"end": "REJECTED"})
    assert api.created()["status"] == "PENDING"
    api.advance(6)
    assert api.list().json()["items"][0]["status"] == "REJECTED"


def test_orders_can_be_looked_at_and_forgotten(api: Api) -> None:
    ordered = api.control("outcomes", {"end": "FAILED", "times": 3}).json()["outcomes"]
    assert [(one["outcome"]["end"], one["times"]) for one in ordered] == [("FAILED", 3)]
    assert api.control("outcomes", method="DELETE").json() == {"outcomes": []}
    assert end(api, "a") == "COMPLETED"


@pytest.mark.parametrize("order", [{"end": "LOST"}, {"times": 0}, {"settle_seconds": -1}, {"unknown": 1}])
def test_an_impossible_order_is_refused(api: Api, order: dict[str, Any]) -> None:
    assert api.control("outcomes", order).status_code == 422
