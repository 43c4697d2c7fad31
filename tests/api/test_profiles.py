"""Profiles and their balances."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from airflow_provider_paxos.api.errors import InvalidRequest, MissingScope, NotFound, UnreadableAnswer
from airflow_provider_paxos.api.profiles import READ_PROFILE, Balance, Profile, Profiles
from tests.api.script import BASE_URL, Script, answer, problem, query_of

ID = "7c4e8f2a-1d3b-4a5e-9f6c-8b2d7e0a4f1c"
PROFILE = {"id": ID, "nickname": "payroll", "type": "NORMAL", "description": "wages", "account_id": "a-1"}
USD = {"asset": "USD", "available": "1510.23", "trading": "100.00"}
BTC = {"asset": "BTC", "available": "1.23103715", "trading": ".25"}


def listed(script: Script, **filters: Any) -> list[Profile]:
    return script.run(script.part(Profiles).pages(**filters).rest())


def balances(script: Script, *assets: str) -> list[Balance]:
    return script.run(script.part(Profiles).balances(ID, assets))


def test_profiles_are_listed_to_the_last_page() -> None:
    script = Script(answer({"items": [PROFILE], "next_page_cursor": "c1"}), answer({"items": [{"id": "p-2"}]}))

    assert [each.id for each in listed(script, nickname="pay")] == [ID, "p-2"]
    assert [query_of(sent) for sent in script.sent] == [
        [("nickname", "pay")],
        [("nickname", "pay"), ("page_cursor", "c1")],
    ]
    assert script.sent[0].url.startswith(f"{BASE_URL}/profiles?")


def test_a_profile_has_all_that_paxos_publishes() -> None:
    (found,) = listed(Script(answer({"items": [PROFILE]})))

    assert found.model_dump() == PROFILE


def test_a_page_without_items_has_no_profiles() -> None:
    assert listed(Script(answer({}))) == []


def test_an_ignored_filter_of_ids_is_noticed() -> None:
    script = Script(*[answer({"items": [{"id": "another"}]})] * 5)

    with pytest.raises(UnreadableAnswer, match="holds profiles of another ids"):
        listed(script, ids=[ID])


def test_ids_are_compared_by_meaning() -> None:
    assert len(listed(Script(answer({"items": [{"id": ID.upper()}]})), ids=[ID])) == 1


def test_a_filter_that_the_list_does_not_have_is_refused() -> None:
    with pytest.raises(InvalidRequest, match="List Profiles: there is no filter ref_id; there are created_at"):
        listed(Script(), ref_id="r")


@pytest.mark.parametrize(
    ("name", "path"), [({}, "default"), ({"profile_id": ID}, ID), ({"profile_id": "a/b"}, "a%2Fb")]
)
def test_a_profile_is_read_by_its_id(name: dict[str, str], path: str) -> None:
    script = Script(answer(PROFILE))

    assert script.run(script.part(Profiles).get(**name)).nickname == "payroll"
    assert script.sent[0].url == f"{BASE_URL}/profiles/{path}"


def test_an_unknown_profile_is_not_found() -> None:
    script = Script(problem(404, detail="profile not found"))

    with pytest.raises(NotFound, match=f"List Profile Balances of profile {ID}: Paxos answered 404"):
        balances(script)


@pytest.mark.parametrize("profile_id", ["", ".", ".."])
def test_an_id_that_makes_another_path_is_refused(profile_id: str) -> None:
    script = Script()

    with pytest.raises(InvalidRequest, match="identifies no profile"):
        script.run(script.part(Profiles).balances(profile_id))


def test_balances_are_exact() -> None:
    script = Script(answer({"items": [USD, BTC]}))
    found = balances(script)

    assert [(each.asset, each.available, each.trading) for each in found] == [
        ("USD", Decimal("1510.23"), Decimal("100.00")),
        ("BTC", Decimal("1.23103715"), Decimal("0.25")),
    ]
    assert script.sent[0].url == f"{BASE_URL}/profiles/{ID}/balances"
    assert [each.model_dump(mode="json")["available"] for each in found] == ["1510.23", "1.23103715"]


def test_balances_of_some_assets_are_asked_for() -> None:
    script = Script(answer({"items": [USD]}))
    balances(script, "USD", "usdg", "USD")

    assert query_of(script.sent[0]) == [("assets", "USD"), ("assets", "USDG")]


def test_other_assets_are_left_out_where_paxos_shows_all() -> None:
    assert [each.asset for each in balances(Script(answer({"items": [USD, BTC]})), "usd")] == ["USD"]


def test_more_assets_than_a_request_takes_go_in_several() -> None:
    assets = [f"A{number}" for number in range(101)]
    script = Script(answer({"items": []}), answer({"items": [{**USD, "asset": "A100"}]}))

    assert [each.asset for each in balances(script, *assets)] == ["A100"]
    assert [len(query_of(sent)) for sent in script.sent] == [100, 1]


@pytest.mark.parametrize("trading", [None, "many", [], 7.5])
def test_what_no_rule_needs_may_be_anything(trading: object) -> None:
    (found,) = balances(Script(answer({"items": [{**USD, "trading": trading}]})))

    assert found.available == Decimal("1510.23")


@pytest.mark.parametrize(
    "garbage", [{}, {"items": {}}, {"items": [{"asset": "USD"}]}, {"items": [{**USD, "available": "1e3"}]}]
)
def test_a_balance_that_is_not_what_paxos_publishes_is_unreadable(garbage: dict[str, Any]) -> None:
    with pytest.raises(UnreadableAnswer, match="not what Paxos publishes"):
        balances(Script(*[answer(garbage)] * 5))


class TestScope:
    @pytest.mark.parametrize(
        "call", [lambda part: part.pages().rest(), lambda part: part.get(), lambda part: part.balances(ID)]
    )
    def test_without_the_scope_nothing_is_sent(self, call: Any) -> None:
        script = Script()

        with pytest.raises(MissingScope, match="needs funding:read_profile, which the connection's scopes do not name"):
            script.run(call(script.part(Profiles, ["orchestration:read_orchestration"])))
        assert script.steps == []

    def test_with_the_scope_the_call_is_sent(self) -> None:
        script = Script(answer(PROFILE))

        assert script.run(script.part(Profiles, [READ_PROFILE]).get()).id == ID
