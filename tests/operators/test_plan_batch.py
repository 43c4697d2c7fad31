"""PlanOrchestrationBatchOperator looks at a batch, and moves nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest

from airflow_provider_paxos.api import errors
from airflow_provider_paxos.operators.plan_batch import PlanOrchestrationBatchOperator
from airflow_provider_paxos.version_compat import AirflowFailException
from airflow_provider_paxos.xcom import unpacked
from tests.fake_paxos import SCOPES, Answer, FakePaxos
from tests.fixtures import CreateBatch, Define, Logged
from tests.payments import payments
from tests.task_instance import TaskInstance, run


def look(**but: Any) -> PlanOrchestrationBatchOperator:
    stated = {"task_id": "look", "payments": payments(3), "ref_id": "settle-{{ key }}"}
    return PlanOrchestrationBatchOperator(**{**stated, **but})


@pytest.fixture
def short(paxos: FakePaxos, define_connection: Define) -> FakePaxos:
    """A Paxos whose first profile holds nothing."""
    paxos.scopes = f"{SCOPES} funding:read_profile"
    define_connection(extra={"scopes": paxos.scopes})
    paxos.always["GET /profiles/profile-a/balances"] = Answer(200, {"items": []})
    return paxos


def test_it_returns_the_plan_as_json_and_sends_nothing(paxos: FakePaxos) -> None:
    paxos.add(2)
    plan = run(look())
    assert paxos.calls() == ["list"]
    assert json.loads(json.dumps(plan)) == plan
    assert (plan["clear"], plan["payments"], plan["new"]) == (True, 3, 2)
    assert [each["found"] for each in plan["rows"]] == ["new", "exists", "new"]
    assert f"**Plan {plan['code']}**" in plan["markdown"]


def test_the_rows_of_a_large_batch_are_packed(paxos: FakePaxos) -> None:
    plan = run(look(payments=payments(501)))
    assert len(unpacked(plan["rows"])) == 501


def test_what_stands_against_it_is_reported_and_the_task_succeeds(short: FakePaxos, logged: Logged) -> None:
    plan = run(look())
    assert not plan["clear"]
    assert "short by 300.75" in plan["problems"][0]
    assert "short by 300.75" in logged()


def test_or_fails_it_if_the_author_wants_that(short: FakePaxos) -> None:
    with pytest.raises(errors.NotReady, match="short by"):
        run(look(on_problems="fail"))


def test_invalid_payments_fail_it_before_anything_is_asked_for(paxos: FakePaxos) -> None:
    batch = payments(1, source_amount="much")
    with pytest.raises(AirflowFailException, match="source_amount"):
        run(look(payments="{{ params.batch | tojson }}"), params={"batch": batch})
    assert paxos.calls() == []


def test_with_the_id_of_the_task_that_pays_the_digest_is_that_of_what_it_sends(
    create_batch: CreateBatch, paxos: FakePaxos, logged: Logged
) -> None:
    plan = run(look(ref_id=None, for_task_id="settle"))
    run(create_batch(ref_id=None), TaskInstance(task_id="settle"))
    assert f"Digest: {plan['digest']}" in logged().split(f"Plan {plan['code']}")[-1]
    sent = sorted(each.json["ref_id"] for each in paxos.asked if each.call == "create")
    assert sorted(each["ref_id"] for each in plan["rows"]) == sent


def test_another_word_for_what_problems_come_to_fails_the_parse() -> None:
    with pytest.raises(ValueError, match="on_problems"):
        look(on_problems="warn")
