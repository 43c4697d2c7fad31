from __future__ import annotations

from typing import Any

import pytest

from airflow_provider_paxos.emulator.models import DEFAULT_PROFILE, PAYOUTS_PROFILE, TREASURY_PROFILE
from tests.emulator.conftest import Api


def test_three_profiles_are_there_from_the_start(api: Api) -> None:
    assert api.http.get("/v2/profiles").json() == {
        "items": [
            {"id": DEFAULT_PROFILE, "nickname": "default", "type": "DEFAULT"},
            {"id": TREASURY_PROFILE, "nickname": "treasury", "type": "NORMAL"},
            {"id": PAYOUTS_PROFILE, "nickname": "payouts", "type": "NORMAL"},
        ]
    }


@pytest.mark.parametrize(
    ("params", "found"),
    [
        ({"nickname": "TREA"}, ["treasury"]),
        ({"nickname": "easury"}, []),
        ({"ids": [PAYOUTS_PROFILE, TREASURY_PROFILE]}, ["treasury", "payouts"]),
        ({"order": "DESC"}, ["payouts", "treasury", "default"]),
        ({"created_at.lt": "2020-01-01T00:00:00Z"}, []),
    ],
    ids=str,
)
def test_profiles_are_filtered(api: Api, params: dict[str, Any], found: list[str]) -> None:
    assert [item["nickname"] for item in api.http.get("/v2/profiles", params=params).json()["items"]] == found


def test_profiles_come_in_pages(api: Api) -> None:
    first = api.http.get("/v2/profiles", params={"limit": 2}).json()
    second = api.http.get("/v2/profiles", params={"limit": 2, "page_cursor": first["next_page_cursor"]}).json()
    assert [item["nickname"] for item in second["items"]] == ["payouts"]
    assert "next_page_cursor" not in second


def test_the_cursor_of_the_last_page_can_be_empty(api: Api) -> None:
    api.configure(last_cursor="empty")
    assert api.http.get("/v2/profiles").json()["next_page_cursor"] == ""


def test_a_profile_is_read_by_its_id_or_as_the_default(api: Api) -> None:
    assert api.http.get(f"/v2/profiles/{PAYOUTS_PROFILE}").json()["nickname"] == "payouts"
    assert api.http.get("/v2/profiles/default").json()["id"] == DEFAULT_PROFILE
    assert api.http.get("/v2/profiles/nobody").status_code == 404


def test_balances_are_exact_strings(api: Api) -> None:
    api.created(source_amount="0.10")
    answer = api.http.get(f"/v2/profiles/{TREASURY_PROFILE}/balances").json()
    assert {item["asset"] for item in answer["items"]} == {"USD", "USDC", "USDG", "PYUSD", "USDP"}
    assert {"asset": "USDC", "available": "9999999.9", "trading": "0.1"} in answer["items"]


@pytest.mark.parametrize("assets", [["USD", "PYUSD"], ["USD,PYUSD"]])
def test_balances_of_some_assets_are_asked_for_either_way(api: Api, assets: list[str]) -> None:
    answer = api.http.get("/v2/profiles/default/balances", params={"assets": assets}).json()
    assert [item["asset"] for item in answer["items"]] == ["USD", "PYUSD"]


def test_the_balance_of_an_unknown_asset_is_a_bad_request(api: Api) -> None:
    assert api.http.get("/v2/profiles/default/balances/EUR").status_code == 400


@pytest.mark.parametrize(
    "body", [{"asset": "USD", "amount": "0.01"}, {"asset": "USDG", "amount": ".00000001", "crypto_network": "INK"}]
)
def test_a_deposit_funds_a_profile(api: Api, body: dict[str, str]) -> None:
    answer = api.http.post(f"/v2/sandbox/profiles/{PAYOUTS_PROFILE}/deposit", json=body)
    assert set(answer.json()) == {"activity_id"}
    assert api.balance(PAYOUTS_PROFILE, body["asset"])[0] == f"10000000{body['amount'].lstrip('0')}"


@pytest.mark.parametrize(
    "body",
    [
        {"asset": "EUR", "amount": "1"},
        {"asset": ["USD"], "amount": "1"},
        {"asset": "USD", "amount": 1},
        {"asset": "USD", "amount": "1e3"},
        {"asset": "USD", "amount": "0.001"},
        {"asset": "USD", "amount": "1", "crypto_network": "BASE"},
        {"asset": "USDC", "amount": "1"},
        {"asset": "USDC", "amount": "1", "crypto_network": "MARS"},
    ],
    ids=str,
)
def test_a_wrong_deposit_is_a_bad_request(api: Api, body: dict[str, Any]) -> None:
    assert api.http.post(f"/v2/sandbox/profiles/{PAYOUTS_PROFILE}/deposit", json=body).status_code == 400


def test_all_of_it_needs_one_scope(api: Api) -> None:
    api.authorize("orchestration:read_orchestration")
    assert api.http.get("/v2/profiles").status_code == 403
    assert api.http.post("/v2/sandbox/profiles/default/deposit", json={}).status_code == 403
