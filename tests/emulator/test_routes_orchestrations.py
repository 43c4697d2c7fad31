from __future__ import annotations

from typing import Any

import pytest

from airflow_provider_paxos.emulator.models import PAYOUTS_PROFILE, TREASURY_PROFILE
from tests.emulator.conftest import ORCHESTRATIONS, Api

NOBODY = "98317d29-4ca3-4acc-b141-c2f2740ef7e5"


def test_the_same_ref_id_again_is_refused_and_moves_no_money(api: Api) -> None:
    first = api.created()
    answer = api.create()
    assert answer.status_code == 409
    assert answer.json()["type"] == "https://developer.paxos.com/docs/v2/problems/already-exists"
    assert answer.json()["title"] == "Already Exists"
    assert answer.json()["meta"] == {"existing": first}
    assert api.balance(TREASURY_PROFILE, "USDC") == ("9999750", "250")


def test_another_payload_under_the_same_ref_id_is_refused_just_so(api: Api) -> None:
    api.created()
    assert api.create(source_amount="1e9", source_asset="EUR").status_code == 409


def test_a_failed_one_keeps_its_ref_id(api: Api) -> None:
    api.control(f"orchestrations/{api.created()['id']}/status", {"status": "FAILED"})
    assert api.create().json()["meta"]["existing"]["status"] == "FAILED"


def test_a_conflict_can_show_a_part_of_the_first_one(api: Api) -> None:
    first = api.created()
    api.configure(conflict_shape="partial")
    assert api.create().json()["meta"]["existing"] == {name: first[name] for name in ("id", "ref_id", "status")}


def test_a_conflict_can_show_nothing_of_the_first_one(api: Api) -> None:
    api.created()
    api.configure(conflict_shape="none")
    assert "meta" not in api.create().json()


def test_types_can_be_spelled_in_the_other_way(api: Api) -> None:
    api.created()
    api.configure(problem_style="api", problem_media="json")
    answer = api.create()
    assert answer.json()["type"] == "https://api.paxos.com/v2/problems/already_exists"
    assert answer.headers["content-type"] == "application/json"


def test_problems_have_a_media_type_of_their_own(api: Api) -> None:
    assert api.create(source_amount="x").headers["content-type"] == "application/problem+json"


def test_more_than_is_available_is_refused_with_the_figures(api: Api) -> None:
    api.created("most", source_amount="9999999.50")
    answer = api.create(source_amount="0.51")
    assert answer.status_code == 403
    assert answer.json()["type"].endswith("/insufficient-funds")
    assert answer.json()["meta"] == {
        "profile_id": TREASURY_PROFILE,
        "asset": "USDC",
        "available": "0.5",
        "needed": "0.51",
    }


def test_get_returns_what_create_returned(api: Api) -> None:
    created = api.created()
    assert api.get(created["id"]) == created
    assert api.get(created["id"].upper()) == created


@pytest.mark.parametrize(("orchestration_id", "status"), [(NOBODY, 404), ("abc", 400)])
def test_get_refuses_an_unknown_or_malformed_id(api: Api, orchestration_id: str, status: int) -> None:
    answer = api.http.get(f"{ORCHESTRATIONS}/{orchestration_id}")
    assert (answer.status_code, answer.json()["type"]) == (status, "about:blank")


def test_a_path_or_method_that_does_not_exist_is_a_problem_too(api: Api) -> None:
    assert api.http.get("/v2/nothing").json() == {
        "type": "about:blank",
        "title": "Not Found",
        "status": 404,
        "detail": "Not Found",
    }
    assert api.http.delete(ORCHESTRATIONS).json()["status"] == 405


@pytest.fixture
def three(api: Api) -> list[dict[str, Any]]:
    """Three orchestrations, a minute apart; the first is completed, the last pays from another profile."""
    first = api.created("one")
    api.advance(60)
    second = api.created("two", destination_asset="USDG")
    api.advance(60)
    third = api.created("three", source_asset="PYUSD", source={"profile": {"profile_id": PAYOUTS_PROFILE}})
    return [first, second, third]


def test_list_returns_the_newest_first(api: Api, three: list[dict[str, Any]]) -> None:
    assert api.listed() == ["three", "two", "one"]
    assert api.listed(order="ASC") == ["one", "two", "three"]


@pytest.mark.parametrize(
    ("params", "found"),
    [
        ({"ref_id": "two"}, ["two"]),
        ({"ref_id": ["one", "three", "other"]}, ["three", "one"]),
        ({"status": "PROCESSING"}, ["three"]),
        ({"status": ["PROCESSING", "COMPLETED"]}, ["three", "two", "one"]),
        ({"status": "SOMETHING"}, []),
        ({"profile_id": PAYOUTS_PROFILE}, ["three"]),
        ({"source_asset": "USDC"}, ["two", "one"]),
        ({"destination_asset": "USDG"}, ["two"]),
        ({"orchestration_rule_id": "r"}, []),
        ({"ref_ids": "two"}, ["three", "two", "one"]),
        ({"source_asset": "USDC", "destination_asset": "USD"}, ["one"]),
    ],
    ids=str,
)
def test_list_filters(api: Api, three: list[dict[str, Any]], params: dict[str, Any], found: list[str]) -> None:
    assert api.listed(**params) == found


def test_list_filters_by_id(api: Api, three: list[dict[str, Any]]) -> None:
    assert api.listed(orchestration_id=[three[0]["id"], NOBODY]) == ["one"]
    assert api.listed(orchestration_id=three[0]["id"], ref_id="two") == []


@pytest.mark.parametrize(
    ("bound", "found"),
    [
        ("lt", ["one"]),
        ("lte", ["two", "one"]),
        ("eq", ["two"]),
        ("gte", ["three", "two"]),
        ("gt", ["three"]),
    ],
)
def test_list_filters_by_time(api: Api, three: list[dict[str, Any]], bound: str, found: list[str]) -> None:
    assert api.listed(**{f"created_at.{bound}": three[1]["created_at"]}) == found


def test_list_pages_through_everything_once(api: Api) -> None:
    for number in range(7):
        api.created(f"n{number}")
    pages, cursor = [], None
    while True:
        answer = api.list(limit=3, **({"page_cursor": cursor} if cursor else {})).json()
        pages.append([item["ref_id"] for item in answer["items"]])
        if (cursor := answer.get("next_page_cursor")) is None:
            break
    assert pages == [["n6", "n5", "n4"], ["n3", "n2", "n1"], ["n0"]]


def test_pages_in_ascending_order_go_on_after_the_last_item(api: Api, three: list[dict[str, Any]]) -> None:
    cursor = api.list(limit=2, order="ASC").json()["next_page_cursor"]
    assert api.listed(limit=2, order="ASC", page_cursor=cursor) == ["three"]


@pytest.mark.parametrize(
    "params",
    [
        {"limit": 0},
        {"limit": 1001},
        {"limit": "many"},
        {"order": "desc"},
        {"page_cursor": "abc"},
        {"page_cursor": "YWJj"},
        {"page_cursor": "é"},
        {"created_at.gt": "yesterday"},
        {"created_at.gt": "2026-02-30T00:00:00Z"},
        {"created_at.gt": "2026-07-01"},
        {"ref_id": [str(number) for number in range(101)]},
        {"orchestration_rule_id": [str(number) for number in range(101)]},
        {"status": ["COMPLETED"] * 101},
    ],
    ids=lambda params: str(params)[:40],
)
def test_list_refuses_what_is_beyond_its_limits(api: Api, params: dict[str, Any]) -> None:
    answer = api.list(**params)
    assert (answer.status_code, answer.json()["type"]) == (400, "about:blank")


def test_list_takes_a_hundred_values_and_a_limit_of_a_thousand(api: Api) -> None:
    assert api.list(ref_id=[str(number) for number in range(100)], limit=1000).status_code == 200


def test_list_can_lag_behind_create_while_get_does_not(api: Api) -> None:
    api.configure(list_lag_seconds=30)
    created = api.created()
    assert api.listed(ref_id="pay-1") == []
    assert api.get(created["id"])["id"] == created["id"]
    api.advance(30)
    assert api.listed(ref_id="pay-1") == ["pay-1"]


@pytest.mark.parametrize(
    ("setting", "keys"),
    [("items", {"items"}), ("former", {"orchestrations"}), ("both", {"items", "orchestrations"})],
)
def test_list_can_answer_as_it_once_did(api: Api, setting: str, keys: set[str]) -> None:
    api.created()
    api.configure(list_key=setting)
    answer = api.list().json()
    assert set(answer) == keys
    assert all(len(items) == 1 for items in answer.values())


def test_list_can_ignore_its_filters(api: Api, three: list[dict[str, Any]]) -> None:
    api.control("faults", {"kind": "ignore_filters"})
    assert api.get(three[0]["id"])["ref_id"] == "one"
    assert api.listed(ref_id="two") == ["three", "two", "one"]
    assert api.listed(ref_id="two") == ["two"]
