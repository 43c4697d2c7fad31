"""Orchestration rules: created once by their ref_ids, compared by meaning, deleted by their ids."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from airflow_provider_paxos.api.errors import (
    AlreadyExists,
    BadRequest,
    InvalidRequest,
    MissingScope,
    NotFound,
    OutcomeUnknown,
    PaxosError,
    RuleConflict,
    UnreadableAnswer,
)
from airflow_provider_paxos.api.flow import Loss
from airflow_provider_paxos.api.rule_models import checked_rule, checked_rules, rule_network
from airflow_provider_paxos.api.rules import EnsuredRule, OrchestrationRules
from tests.api.script import Outcome, Script, answer, problem, query_of

EVM = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"
PROFILE = "7c4e8f2a-1d3b-4a5e-9f6c-8b2d7e0a4f1c"
RULE: dict[str, Any] = {
    "ref_id": "sweep-usdc",
    "profile_id": PROFILE,
    "source_asset": "USDC",
    "destination_asset": "USDG",
    "source": {"crypto": {"network": "POLYGON"}},
    "destination": {"crypto": {"address": EVM, "network": "POLYGON"}},
}
SHOWN: dict[str, Any] = {
    **RULE,
    "id": "r-1",
    "status": "ACTIVE",
    "source": {"crypto": {"address_id": "a-1", "address": "0x1", "network": "POLYGON"}},
    "created_at": "2026-07-01T14:15:22Z",
}
LOST = Loss.BROKEN


def listed(*rules: dict[str, Any], cursor: str | None = None) -> Any:
    return answer({"items": list(rules), **({"next_page_cursor": cursor} if cursor else {})})


def created(**but: Any) -> Any:
    return answer({"rule": {**SHOWN, **but}})


def ensured(*outcomes: Outcome, rows: list[dict[str, Any]] | None = None) -> tuple[Any, Script]:
    script = Script(*outcomes)
    (result,) = script.run(script.part(OrchestrationRules).ensure(rows or [RULE]))
    return result, script


class TestRequest:
    def test_it_is_sent_by_the_names_of_rules_and_in_the_form_of_values_that_are_compared(self) -> None:
        script = Script(created())
        values = {**RULE, "profile_id": PROFILE.upper(), "source": {"crypto": {"network": "polygon_pos"}}}
        script.run(script.part(OrchestrationRules).create(values))

        assert script.methods == ["POST"]
        assert json.loads(script.sent[0].body or b"") == RULE

    def test_polygon_has_the_name_that_rules_have_for_it(self) -> None:
        assert (rule_network("polygon_pos"), rule_network("POLYGON"), rule_network("base")) == (
            "POLYGON",
            "POLYGON",
            "BASE",
        )

    @pytest.mark.parametrize(
        ("but", "problem"),
        [
            ({"destination": {"fiat": {"bank_account_id": "b"}}}, "destination.fiat.bank_account_id: there is no such"),
            ({"destination": None}, "destination"),
            ({"destination": {}}, "destination: give exactly one of profile, fiat and crypto; found none"),
            ({"source": {"profile": {"profile_id": "p"}}}, "source.profile: there is no such field"),
            ({"source": {}}, "source: give exactly one of crypto and fiat; found none"),
            ({"destination": {"crypto": {"address": EVM}}}, "destination.crypto: an address needs its network"),
            ({"destination": {"crypto": {"address": EVM[:-1], "network": "BASE"}}}, "40 hexadecimal digits"),
            ({"ref_id": None}, "ref_id"),
            ({"source_amount": "1"}, "source_amount: there is no such field"),
        ],
    )
    def test_what_is_wrong_is_named(self, but: dict[str, Any], problem: str) -> None:
        with pytest.raises(InvalidRequest, match=problem):
            checked_rule({**RULE, **but})

    def test_every_wrong_row_is_named(self) -> None:
        with pytest.raises(InvalidRequest, match=r"(?s)3 of 4 rows .*row 2: ref_id.*row 3: it is str.*row 4: ref_id"):
            checked_rules([RULE, {**RULE, "ref_id": ""}, "rule", RULE])

    @pytest.mark.parametrize("rows", [[], None, "rules", {"ref_id": "x"}])
    def test_what_is_no_list_of_rules_is_refused(self, rows: Any) -> None:
        with pytest.raises(InvalidRequest, match="the rows are no list of rules"):
            checked_rules(rows)


class TestCreate:
    def test_a_lost_answer_is_followed_by_the_same_request(self) -> None:
        script = Script(LOST, created())

        assert script.run(script.part(OrchestrationRules).create(RULE)).id == "r-1"
        assert script.sent[0].body == script.sent[1].body

    def test_a_ref_id_in_use_is_refused(self) -> None:
        script = Script(problem(409, "already-exists"))

        with pytest.raises(AlreadyExists, match=r"Create Orchestration Rule \(ref_id sweep-usdc\)"):
            script.run(script.part(OrchestrationRules).create(RULE))

    def test_a_refusal_says_nothing_of_an_orchestration(self) -> None:
        script = Script(problem(400, detail="unknown asset"))

        with pytest.raises(BadRequest) as refused:
            script.run(script.part(OrchestrationRules).create(RULE))
        assert "orchestration with" not in str(refused.value)

    def test_an_answer_about_another_ref_id_is_not_taken(self) -> None:
        script = Script(*[created(ref_id="other")] * 5)

        with pytest.raises(UnreadableAnswer, match="about another ref_id"):
            script.run(script.part(OrchestrationRules).create(RULE))


class TestDelete:
    def test_it_returns_the_deleted_rule(self) -> None:
        script = Script(created(status="DELETED"))

        assert script.run(script.part(OrchestrationRules).delete("r-1")).status == "DELETED"
        assert [(each.method, each.url.rpartition("/v2")[2], each.body) for each in script.sent] == [
            ("DELETE", "/orchestration/rules/r-1", None)
        ]

    def test_an_unknown_id_is_not_found(self) -> None:
        script = Script(problem(404))

        with pytest.raises(NotFound, match="Delete Orchestration Rule r-1"):
            script.run(script.part(OrchestrationRules).delete("r-1"))

    @pytest.mark.parametrize("rule_id", ["", ".", ".."])
    def test_an_id_that_would_be_another_path_is_refused(self, rule_id: str) -> None:
        script = Script()

        with pytest.raises(InvalidRequest, match="identifies no rule"):
            script.run(script.part(OrchestrationRules).delete(rule_id))
        assert script.steps == []

    def test_an_answer_about_another_rule_is_not_taken(self) -> None:
        script = Script(*[created(id="r-2")] * 5)

        with pytest.raises(UnreadableAnswer, match="about another id"):
            script.run(script.part(OrchestrationRules).delete("r-1"))


class TestEnsure:
    def test_what_is_missing_is_created(self) -> None:
        result, script = ensured(listed(), created(status="PENDING"))

        assert (result.change, result.rule.status, result.absent) == ("created", "PENDING", ())
        assert script.methods == ["GET", "POST"]
        assert dict(query_of(script.sent[0])) == {"profile_id": PROFILE, "limit": "1000"}

    def test_what_exists_is_found_by_its_ref_id_on_whatever_page(self) -> None:
        result, script = ensured(listed({**SHOWN, "ref_id": "other"}, cursor="c1"), listed(SHOWN))

        assert (result.change, result.rule.id) == ("unchanged", "r-1")
        assert script.methods == ["GET", "GET"]

    def test_the_list_may_have_its_older_name(self) -> None:
        assert ensured(answer({"rules": [SHOWN]}))[0].rule.id == "r-1"

    def test_a_profile_is_listed_once_for_all_its_rules(self) -> None:
        script = Script(listed(SHOWN, {**SHOWN, "id": "r-2", "ref_id": "b"}))
        rows = [RULE, {**RULE, "ref_id": "b"}]

        results = script.run(script.part(OrchestrationRules).ensure(rows))
        assert [each.rule.id for each in results if isinstance(each, EnsuredRule)] == ["r-1", "r-2"]

    def test_a_crash_between_create_and_answer_leaves_one_rule(self) -> None:
        result, script = ensured(listed(), LOST, problem(409, "already-exists", meta={"existing": SHOWN}))

        assert (result.change, result.rule.id) == ("unchanged", "r-1")
        assert script.methods == ["GET", "POST", "POST"]

    def test_a_ref_id_in_use_that_is_not_shown_is_looked_for_in_all_rules_with_patience(self) -> None:
        result, script = ensured(listed(), problem(409, "already-exists"), listed(), listed(SHOWN))

        assert result.rule.id == "r-1"
        assert script.pauses == [0.5]
        assert dict(query_of(script.sent[-1])) == {"limit": "1000"}

    def test_one_that_is_never_shown_is_unknown(self) -> None:
        result, _ = ensured(listed(), problem(409, "already-exists"), *[listed()] * 6)

        assert isinstance(result, OutcomeUnknown)
        assert result.retryable

    @pytest.mark.parametrize(
        "shown",
        [
            {"profile_id": PROFILE.upper()},
            {"source": {"crypto": {"network": "polygon_pos", "address": "0x1"}}},
            {"destination": {"crypto": {"address": EVM.lower(), "network": "POLYGON_POS"}}},
            {"source_asset": "usdc"},
            {"nickname": "another"},
            {"source": {"crypto": {"network": "POLYGON"}, "profile": {}}},
        ],
    )
    def test_values_are_compared_by_meaning(self, shown: dict[str, Any]) -> None:
        assert ensured(listed({**SHOWN, **shown}))[0].absent == ()

    @pytest.mark.parametrize(
        ("shown", "named"),
        [
            ({"destination_asset": "USD"}, "destination_asset: asked for USDG, exists with USD"),
            ({"source": {"crypto": {"network": "BASE"}}}, "source.crypto.network: asked for POLYGON, exists with BASE"),
            ({"source": {"fiat": {"network": "WIRE"}}}, "source: asked for crypto, exists with fiat"),
            ({"destination": {"profile": {"profile_id": "p"}}}, "destination: asked for crypto, exists with profile"),
            ({"status": "REJECTED"}, "rule r-1, which is REJECTED"),
            ({"status": "DELETED"}, "rule r-1, which is DELETED"),
        ],
    )
    def test_another_rule_under_the_ref_id_is_a_conflict(self, shown: dict[str, Any], named: str) -> None:
        result, script = ensured(listed({**SHOWN, **shown}))

        assert isinstance(result, RuleConflict)
        assert named in str(result)
        assert "give the rule a new ref_id" in str(result)
        assert not result.retryable
        assert script.methods == ["GET"]

    def test_a_rule_that_is_rejected_at_once_is_no_success(self) -> None:
        assert isinstance(ensured(listed(), created(status="REJECTED"))[0], RuleConflict)

    def test_what_is_not_shown_is_named_and_no_conflict(self) -> None:
        result, _ = ensured(listed({"id": "r-1", "ref_id": "sweep-usdc", "status": "ACTIVE", "profile_id": PROFILE}))

        assert result.absent == (
            "source_asset",
            "destination_asset",
            "source.crypto.network",
            "destination.crypto.network",
            "destination.crypto.address",
        )

    def test_a_row_that_is_refused_does_not_stop_the_others(self) -> None:
        script = Script(listed(), problem(400), created(ref_id="b"))
        first, second = script.run(script.part(OrchestrationRules).ensure([RULE, {**RULE, "ref_id": "b"}]))

        assert isinstance(first, BadRequest)
        assert isinstance(second, EnsuredRule)

    @pytest.mark.parametrize("outcomes", [[problem(401)] * 2, [problem(503)] * 5])
    def test_what_all_rows_would_meet_is_raised(self, outcomes: list[Any]) -> None:
        with pytest.raises(PaxosError):
            ensured(listed(), *outcomes)

    @pytest.mark.parametrize(
        "call",
        [
            lambda part: part.ensure([RULE]),
            lambda part: part.create(RULE),
            lambda part: part.delete("r-1"),
            lambda part: part.read(["r-1"]),
        ],
    )
    def test_without_the_scope_nothing_is_sent(self, call: Callable[[OrchestrationRules], Any]) -> None:
        script = Script()

        with pytest.raises(MissingScope, match="orchestration_rule, which the connection's scopes do not name"):
            script.run(call(script.part(OrchestrationRules, [])))
        assert script.steps == []

    def test_a_rule_that_is_not_allowed_keeps_all_from_being_sent(self) -> None:
        script = Script()

        def forbid(request: Any) -> None:
            raise InvalidRequest(f"not {request.ref_id}")

        rules = OrchestrationRules("https://paxos.test/v2", script.exchange(), None, forbid)
        for call in (rules.ensure([RULE]), rules.create(RULE)):
            with pytest.raises(InvalidRequest, match="not sweep-usdc"):
                script.run(call)
        assert script.steps == []


class TestReplaced:
    """A rule for the same deposits under another ref_id is one that the rules asked for replace."""

    @pytest.mark.parametrize(
        ("shown", "is_replaced"),
        [
            ({"ref_id": "old"}, True),
            ({"ref_id": "old", "status": "PENDING"}, True),
            ({"ref_id": "old", "destination_asset": "USD"}, True),
            ({"ref_id": "old", "profile_id": PROFILE.upper()}, True),
            ({"ref_id": "old", "status": "DELETED"}, False),
            ({"ref_id": "old", "status": "REJECTED"}, False),
            ({"ref_id": "old", "status": "NEW"}, False),
            ({"ref_id": "old", "source_asset": "USDP"}, False),
            ({"ref_id": "old", "source": {"crypto": {"network": "BASE"}}}, False),
            ({"ref_id": "old", "source": {"fiat": {"network": "POLYGON"}}}, False),
            ({"ref_id": "old", "profile_id": "another"}, False),
            ({"ref_id": "old", "identity_id": "somebody"}, False),
            ({"ref_id": "old", "source": None}, False),
            ({"ref_id": None}, False),
            ({}, False),
        ],
    )
    def test_only_a_rule_in_force_for_the_same_deposits_is(self, shown: dict[str, Any], is_replaced: bool) -> None:
        script = Script(listed({**SHOWN, **shown}))
        found = script.run(script.part(OrchestrationRules).replaced([RULE]))

        assert [each.id for each in found] == (["r-1"] if is_replaced else [])
