"""A connection's limits over time hold in every call of both hooks that moves money."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from airflow_provider_paxos.api.errors import InvalidRequest, NotAllowed
from airflow_provider_paxos.hooks.paxos import PaxosAsyncHook, PaxosHook
from airflow_provider_paxos.planning.plan import LookUp
from tests.fake_paxos import MISSING_SCOPE, SCOPES, Answer, FakePaxos
from tests.fixtures import Define
from tests.payments import REQUEST, payment

LIMITED = [
    ({"max_orchestrations_per_day": 1}, "max_orchestrations_per_day"),
    ({"max_source_amount_per_day": {"USD": "200"}}, "max_source_amount_per_day"),
    ({"duplicate_window": 7}, "orchestration orchestration-7"),
]
CALLS = ["create_orchestration", "submit_orchestration"]


def of_the_hook(call: str, request: dict[str, Any]) -> Any:
    with PaxosHook() as hook:
        return getattr(hook, call)(request)


def of_the_async_hook(call: str, request: dict[str, Any]) -> Any:
    async def run() -> Any:
        async with PaxosAsyncHook() as hook:
            return await getattr(hook, call)(request)

    return asyncio.run(run())


@pytest.fixture
def yesterday(paxos: FakePaxos) -> FakePaxos:
    """A Paxos where another run has paid the same."""
    paxos.add(7, ref_id="yesterday")
    return paxos


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("by", [of_the_hook, of_the_async_hook])
class TestBothHooks:
    @pytest.mark.parametrize("limited", LIMITED)
    def test_what_a_limit_forbids_is_not_sent(
        self, yesterday: FakePaxos, define_connection: Define, by: Any, call: str, limited: tuple[dict[str, Any], str]
    ) -> None:
        extra, named = limited
        define_connection(extra=extra)
        with pytest.raises(NotAllowed, match=named):
            by(call, REQUEST)
        assert yesterday.calls() == ["list", "list"]

    def test_what_they_allow_is_created(
        self, yesterday: FakePaxos, define_connection: Define, by: Any, call: str
    ) -> None:
        define_connection(extra={"max_orchestrations_per_day": 2, "duplicate_window": 7})
        by(call, {**REQUEST, "source_amount": "7"})
        assert yesterday.calls() == ["list", "list", "create"]

    def test_a_duplicate_that_is_meant_is_created_and_its_name_not_sent(
        self, yesterday: FakePaxos, define_connection: Define, by: Any, call: str
    ) -> None:
        define_connection(extra={"duplicate_window": 7})
        by(call, {**REQUEST, "duplicate_of_ok": "yesterday"})
        assert "duplicate_of_ok" not in yesterday.only("create").json

    def test_a_mere_true_is_no_name(self, yesterday: FakePaxos, define_connection: Define, by: Any, call: str) -> None:
        define_connection(extra={"duplicate_window": 7})
        with pytest.raises(InvalidRequest, match="duplicate_of_ok"):
            by(call, {**REQUEST, "duplicate_of_ok": True})
        assert yesterday.calls() == []

    def test_without_such_limits_nothing_further_is_asked_for(self, paxos: FakePaxos, by: Any, call: str) -> None:
        by(call, REQUEST)
        assert paxos.calls() == ["create"]


@pytest.mark.parametrize("by", [of_the_hook, of_the_async_hook])
def test_what_exists_is_adopted_without_a_check(paxos: FakePaxos, define_connection: Define, by: Any) -> None:
    define_connection(extra={"max_source_amount_per_day": {"USD": "1"}})
    paxos.add(1)
    assert by("submit_orchestration", REQUEST).adopted


class TestPlans:
    """``plan_orchestrations`` looks, and sends nothing."""

    def test_a_scope_that_the_connection_does_not_name_is_never_asked_for(self, paxos: FakePaxos) -> None:
        with PaxosHook() as hook:
            plan = hook.plan_orchestrations(
                [payment("a"), payment("b", destination={"fiat": {"bank_account_id": "1"}})]
            )
        assert paxos.calls() == ["list"]
        assert plan.is_clear
        assert len(plan.not_checked) == 3
        assert {each.payment.key for each in plan.payments} == {"a", "b"}

    def test_a_scope_that_paxos_itself_refuses_is_not_checked(
        self, paxos: FakePaxos, define_connection: Define
    ) -> None:
        paxos.scopes = f"{SCOPES} funding:read_profile"
        define_connection(extra={"scopes": paxos.scopes})
        paxos.always["GET /profiles/profile-a/balances"] = MISSING_SCOPE
        with PaxosHook() as hook:
            plan = hook.plan_orchestrations([REQUEST])
        assert plan.funding[0].available is None
        assert any(each.startswith("available balances: ") for each in plan.not_checked)

    def test_what_was_read_already_is_not_read_again(self, paxos: FakePaxos) -> None:
        paxos.add(1)
        with PaxosHook() as hook:
            existing = hook.read_orchestrations(ref_ids=["settle-1"])
            plan = hook.plan_orchestrations([REQUEST], existing=existing)
        assert paxos.calls() == ["list"]
        assert [each.look_up for each in plan.payments] == [LookUp.EXISTS]

    def test_a_payment_without_a_ref_id_is_refused(self, paxos: FakePaxos) -> None:
        with PaxosHook() as hook, pytest.raises(InvalidRequest, match="ref_id: payment a has none"):
            hook.plan_orchestrations([{**payment(), "ref_id": None, "key": "a"}])
        assert paxos.calls() == []

    def test_a_balance_that_is_short_is_found(self, paxos: FakePaxos, define_connection: Define) -> None:
        paxos.scopes = f"{SCOPES} funding:read_profile"
        define_connection(extra={"scopes": paxos.scopes})
        paxos.always["GET /profiles/profile-a/balances"] = Answer(200, {"items": []})
        with PaxosHook() as hook:
            plan = hook.plan_orchestrations([REQUEST])
        assert str(plan.funding[0].short_by) == "100.25"
        assert "create" not in paxos.calls()
