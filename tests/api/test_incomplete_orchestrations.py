"""No field of an answer is promised: what Paxos leaves out is neither a difference nor a success."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from airflow_provider_paxos.api.errors import OrchestrationFailed, OutcomeUnknown
from airflow_provider_paxos.api.flow import Request, Response
from tests.api.script import Script, answer, orchestration, page, payment, problem

ESSENTIAL = ("status", "source_asset", "destination_asset", "source_amount", "source", "destination")
TAKEN = problem(409, "already-exists")
BANK = {"destination": {"fiat": {"bank_account_id": "bank-1", "memo": "Invoice 7"}}}
CHAIN = {"destination": {"crypto": {"address": "0x52908400098527886E0F7030069857D2E4169EE7", "network": "BASE"}}}
NAMED = {"identity_id": "ident-1", "account_id": "acc-1"}
INNER = [
    ({**BANK}, {"destination": {"fiat": {"bank_account_id": "bank-1"}}}, "destination.fiat.memo"),
    ({**BANK}, {"destination": {"fiat": {"memo": "Invoice 7"}}}, "destination.fiat.bank_account_id"),
    ({**BANK}, {"destination": {"fiat": {"bank_account_id": "bank-1", "memo": ""}}}, "destination.fiat.memo"),
    ({**CHAIN}, {"destination": {"crypto": {"address": CHAIN["destination"]["crypto"]["address"]}}}, "crypto.network"),
    ({**CHAIN}, {"destination": {"crypto": {"address_id": "addr-1"}}}, "destination.crypto.address"),
    ({**NAMED}, {"account_id": "acc-1"}, "identity_id"),
    ({**NAMED}, {"identity_id": "ident-1"}, "account_id"),
]


def shown(listed: Mapping[str, Any], got: Mapping[str, Any] | None = None) -> Callable[[Request], Response]:
    """Answer List with one orchestration, and Get with the other, or with the same."""

    def respond(request: Request) -> Response:
        return page(dict(listed)) if "?" in request.url else answer(dict(got or listed))

    return respond


def submit(script: Script, **asked: Any) -> Any:
    return script.run(script.calls().submit(payment(**asked)))


@pytest.mark.parametrize("field", ESSENTIAL)
def test_an_orchestration_that_lacks_a_field_is_no_conflict_and_not_adopted(field: str) -> None:
    script = Script(TAKEN, *[shown(orchestration(**{field: None}))] * 12)

    with pytest.raises(OutcomeUnknown) as unknown:
        submit(script)
    assert f"does not show {field}" in str(unknown.value)
    assert "of orchestration orch-1" in str(unknown.value)


@pytest.mark.parametrize("end", [{"source": {}}, {"destination": {"profile": {}}}])
def test_an_end_without_a_value_is_as_good_as_none(end: dict[str, object]) -> None:
    with pytest.raises(OutcomeUnknown):
        submit(Script(TAKEN, *[shown(orchestration(**end))] * 12))


@pytest.mark.parametrize(("asked", "lacking", "field"), INNER, ids=lambda value: str(value)[:60])
class TestInnerFields:
    def test_an_inner_field_that_no_answer_shows_leaves_the_outcome_unknown(
        self, asked: dict[str, Any], lacking: dict[str, Any], field: str
    ) -> None:
        script = Script(TAKEN, *[shown(orchestration(**lacking))] * 12)

        with pytest.raises(OutcomeUnknown, match="Running the task again is safe") as unknown:
            submit(script, **asked)
        assert field in str(unknown.value)

    def test_what_list_leaves_out_is_asked_of_get(
        self, asked: dict[str, Any], lacking: dict[str, Any], field: str
    ) -> None:
        script = Script(TAKEN, *[shown(orchestration(**lacking), orchestration(**asked))] * 2)

        assert submit(script, **asked).adopted
        assert script.methods == ["POST", "GET", "GET"]
        assert script.sent[-1].url.endswith("/orch-1")

    def test_what_the_refusal_leaves_out_is_looked_up(
        self, asked: dict[str, Any], lacking: dict[str, Any], field: str
    ) -> None:
        taken = problem(409, "already-exists", meta={"existing": orchestration(**lacking)})

        assert submit(Script(taken, shown(orchestration(**asked))), **asked).adopted

    def test_what_the_answer_to_create_leaves_out_does_no_harm(
        self, asked: dict[str, Any], lacking: dict[str, Any], field: str
    ) -> None:
        assert not submit(Script(answer(orchestration(**lacking))), **asked).adopted


def test_it_is_looked_up_until_it_is_whole() -> None:
    partial = shown(orchestration(source=None))
    script = Script(TAKEN, partial, partial, shown(orchestration()))

    assert submit(script).adopted


def test_a_failed_one_is_not_taken_for_a_success_because_its_status_is_missing_at_first() -> None:
    partial = shown(orchestration(status=None))
    script = Script(TAKEN, partial, partial, shown(orchestration(status="FAILED")))

    with pytest.raises(OrchestrationFailed):
        submit(script)


def test_a_get_that_does_not_know_the_id_yet_ends_nothing() -> None:
    def respond(request: Request) -> Response:
        listed = page(orchestration(source=None))
        return listed if "?" in request.url else Response(404, body=json.dumps({"status": 404}).encode())

    with pytest.raises(OutcomeUnknown):
        submit(Script(TAKEN, *[respond] * 12))
