from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from tests.emulator.conftest import Api

LIMITS = "/v2/transfer/limits/utilizations"
CRYPTO = {"crypto": {"address": "0xabc", "network": "ETHEREUM"}}
DAILY = {
    "id": "daily",
    "rule_id": "rule-1",
    "transfer_types": ["WIRE_WITHDRAWAL", "CRYPTO_WITHDRAWAL"],
    "period_seconds": 86400,
    "limit": "1000",
}
SINGLE = {"rule_id": "rule-2", "transfer_types": ["CRYPTO_WITHDRAWAL"], "limit": "300.50", "limit_asset": "USDC"}


def remaining(api: Api, transfer_type: str = "WIRE_WITHDRAWAL") -> list[str]:
    answer = api.http.get(LIMITS, params={"transfer_type": transfer_type})
    return [limit["remaining"] for limit in answer.json()["items"]]


def test_there_are_no_limits_by_default(api: Api) -> None:
    assert api.http.get(LIMITS, params={"transfer_type": "CRYPTO_WITHDRAWAL"}).json() == {"items": []}


def test_the_limits_of_a_type_are_listed_as_published(api: Api) -> None:
    api.configure(transfer_limits=[DAILY, SINGLE])
    assert api.http.get(LIMITS, params={"transfer_type": "CRYPTO_WITHDRAWAL"}).json() == {
        "items": [
            {
                "id": "daily",
                "rule_id": "rule-1",
                "transfer_types": ["CRYPTO_WITHDRAWAL", "WIRE_WITHDRAWAL"],
                "period_seconds": "86400",
                "limit": "1000",
                "remaining": "1000",
                "limit_asset": "USD",
            },
            {
                "rule_id": "rule-2",
                "transfer_types": ["CRYPTO_WITHDRAWAL"],
                "period_seconds": "0",
                "limit": "300.5",
                "remaining": "300.5",
                "limit_asset": "USDC",
            },
        ]
    }
    assert remaining(api) == ["1000"]


@pytest.mark.parametrize("params", [{}, {"transfer_type": "BARTER"}], ids=str)
def test_the_type_is_required(api: Api, params: dict[str, str]) -> None:
    assert api.http.get(LIMITS, params=params).status_code == 400


def test_orchestrations_use_a_limit_up_and_time_gives_it_back(api: Api) -> None:
    api.configure(transfer_limits=[{**DAILY, "period_seconds": 600}])
    api.created("wire", source_amount="400.25")
    api.created("chain", source_amount="100", destination=CRYPTO)
    assert remaining(api) == ["499.75"]
    api.advance(599)
    assert remaining(api) == ["499.75"]
    api.advance(1)
    assert remaining(api) == ["1000"]


def test_what_exceeds_a_limit_over_time_is_refused_with_what_is_left(api: Api) -> None:
    api.configure(transfer_limits=[DAILY])
    api.created("most", source_amount="900")
    answer = api.create(source_amount="100.01")
    assert answer.status_code == 400
    assert answer.json()["type"].endswith("/exceed-max-withdraw-limit")
    assert answer.json()["title"] == "Withdrawal Amount Too Large"
    assert answer.json()["meta"] == {"limit": "100", "amount": "100.01"}
    assert api.create(source_amount="100").status_code == 200
    assert remaining(api) == ["0"]


def test_a_limit_of_one_transfer_is_never_used_up(api: Api) -> None:
    api.configure(transfer_limits=[SINGLE])
    assert api.create(destination=CRYPTO, source_amount="300.51").status_code == 400
    for number in range(3):
        assert api.create(str(number), destination=CRYPTO, source_amount="300.50").status_code == 200
    assert remaining(api, "CRYPTO_WITHDRAWAL") == ["300.5"]
    assert api.create("wire", source_amount="5000").status_code == 200


@pytest.mark.parametrize("status", ["FAILED", "REJECTED"])
def test_what_has_failed_does_not_count(api: Api, status: str) -> None:
    api.configure(transfer_limits=[DAILY])
    api.created()
    assert remaining(api) == ["750"]
    api.control("orchestrations/pay-1/status", {"status": status})
    assert remaining(api) == ["1000"]


def test_the_network_of_a_known_bank_account_decides_the_type(api: Api) -> None:
    cubix = {"cubix": {"account_id": str(UUID(int=5))}}
    account = api.control("fiat-accounts", {"fiat_network_instructions": cubix}).json()
    api.configure(transfer_limits=[{**DAILY, "transfer_types": ["CUBIX_WITHDRAWAL"]}])
    api.created(destination={"fiat": {"bank_account_id": account["id"]}})
    api.created("wire")
    assert remaining(api, "CUBIX_WITHDRAWAL") == ["750"]


def test_a_payment_to_a_profile_is_an_internal_transfer(api: Api) -> None:
    api.configure(transfer_limits=[{**DAILY, "transfer_types": ["INTERNAL_TRANSFER_DEBIT"]}])
    api.created(destination=None)
    assert remaining(api, "INTERNAL_TRANSFER_DEBIT") == ["750"]


@pytest.mark.parametrize(
    "rule", [{**DAILY, "limit": "-1"}, {**DAILY, "transfer_types": []}, {**DAILY, "transfer_types": ["X"]}], ids=str
)
def test_an_impossible_limit_is_no_setting(api: Api, rule: dict[str, Any]) -> None:
    assert api.control("settings", {"transfer_limits": [rule]}, "PATCH").status_code == 422


def test_limits_need_a_scope_of_their_own(api: Api) -> None:
    api.authorize("transfer:read_fiat_account")
    assert api.http.get(LIMITS, params={"transfer_type": "WIRE_WITHDRAWAL"}).status_code == 403
