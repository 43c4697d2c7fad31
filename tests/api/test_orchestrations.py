"""Create, Get, find and read many, as flows."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_paxos.api import errors
from airflow_provider_paxos.api.errors import Acceptance, InvalidRequest, PaxosError, UnreadableAnswer
from airflow_provider_paxos.api.flow import Flow, Loss, Response
from airflow_provider_paxos.api.models import Orchestration, OrchestrationRequest
from airflow_provider_paxos.api.orchestrations import Orchestrations
from tests.api.script import BASE_URL, Outcome, Script, answer, orchestration, page, payment, problem, query_of

URL = f"{BASE_URL}/orchestration/orchestrations"


def created(script: Script, **fields: Any) -> Orchestration:
    return script.run(script.calls().create(payment(**fields)))


def error_of(script: Script, flow: Flow[Any]) -> PaxosError:
    with pytest.raises(PaxosError) as raised:
        script.run(flow)
    return raised.value


class TestCreate:
    def test_the_payment_is_posted_as_json(self) -> None:
        script = Script(answer(orchestration()))
        created(script)
        (sent,) = script.sent

        assert (sent.method, sent.url) == ("POST", URL)
        assert sent.headers["Content-Type"] == "application/json"
        assert json.loads(sent.body or b"") == payment()

    def test_the_orchestration_is_returned(self) -> None:
        assert created(Script(answer(orchestration()))).id == "orch-1"

    def test_an_answer_that_shows_the_id_alone_will_do(self) -> None:
        assert created(Script(answer({"id": "orch-1"}))).id == "orch-1"

    def test_a_lost_answer_is_followed_by_the_same_bytes(self) -> None:
        script = Script(Loss.TIMED_OUT, problem(500), answer(orchestration()))
        created(script)

        assert len({sent.body for sent in script.sent}) == 1
        assert len(script.sent) == 3

    def test_a_request_that_is_not_valid_is_never_sent(self) -> None:
        script = Script()

        assert isinstance(error_of(script, script.calls().create(payment(source=None))), InvalidRequest)
        assert script.steps == []

    def test_a_request_that_the_connection_forbids_is_never_sent(self) -> None:
        def forbid(request: OrchestrationRequest) -> None:
            raise errors.NotAllowed(f"{request.source_amount} is too much.")

        script = Script()
        calls = Orchestrations(BASE_URL, script.exchange(), require_allowed=forbid)

        assert isinstance(error_of(script, calls.create(payment())), errors.NotAllowed)
        assert script.steps == []

    def test_a_ref_id_in_use_is_refused(self) -> None:
        script = Script(problem(409, "already-exists", meta={"existing": orchestration()}))
        error = error_of(script, script.calls().create(payment()))

        assert isinstance(error, errors.AlreadyExists)
        assert error.acceptance is Acceptance.EXISTS

    @pytest.mark.parametrize(
        "garbage",
        [
            answer({}),
            answer(orchestration(id="")),
            answer(orchestration(ref_id="another")),
            answer(orchestration(source_amount="1e3")),
            answer(orchestration(status=7)),
            answer(orchestration(source_asset=[])),
            answer([orchestration()]),
            Response(200, body=b"<html>"),
            Response(201),
        ],
    )
    def test_an_answer_that_is_not_what_paxos_publishes_leaves_the_outcome_unknown(self, garbage: Response) -> None:
        script = Script(*[garbage] * 5)
        error = error_of(script, script.calls().create(payment()))

        assert isinstance(error, UnreadableAnswer)
        assert error.acceptance is Acceptance.UNKNOWN

    def test_an_unreadable_answer_names_the_field_and_not_its_value(self) -> None:
        script = Script(*[answer(orchestration(source_amount="s3cr3t"))] * 5)
        text = str(error_of(script, script.calls().create(payment())))

        assert "source_amount: not a plain decimal" in text
        assert "s3cr3t" not in text

    @pytest.mark.parametrize("outcome", [problem(400), Loss.UNCONNECTED, Response(200)])
    def test_an_error_names_the_payment(self, outcome: Outcome) -> None:
        script = Script(*[outcome] * 5)
        text = str(error_of(script, script.calls().create(payment())))

        assert "Create Orchestration (ref_id settle-2026-11-21-7, amount 100.25 USD to USDG): " in text

    @given(st.binary() | st.binary().map(lambda noise: b'{"id": "orch-1", ' + noise))
    def test_whatever_the_bytes_a_create_ends_with_the_clear_error(self, body: bytes) -> None:
        script = Script(*[Response(200, body=body)] * 5)

        assert isinstance(error_of(script, script.calls().create(payment())), UnreadableAnswer)


class TestGet:
    def test_the_orchestration_is_read_by_its_id(self) -> None:
        script = Script(answer(orchestration()))

        assert script.run(script.calls().get("orch-1")).id == "orch-1"
        assert (script.sent[0].method, script.sent[0].url) == ("GET", f"{URL}/orch-1")

    def test_an_id_in_capitals_is_the_same_id(self) -> None:
        uuid = "0191b6a2-7c3d-7e4f-8a1b-2c3d4e5f6a7b"
        script = Script(answer(orchestration(id=uuid)), page(orchestration(id=uuid)))

        assert script.run(script.calls().get(uuid.upper())).id == uuid
        assert [each.id for each in script.run(script.calls().read(ids=[uuid.upper()]))] == [uuid]
        assert script.sent[0].url == f"{URL}/{uuid}"

    def test_an_id_cannot_lead_elsewhere(self) -> None:
        script = Script(answer({"id": "../x?y#z"}))
        script.run(script.calls().get("../x?y#z"))

        assert script.sent[0].url == f"{URL}/..%2Fx%3Fy%23z"

    def test_a_base_url_may_end_with_a_slash(self) -> None:
        script = Script(answer(orchestration()))
        script.run(Orchestrations(f"{BASE_URL}/", script.exchange()).get("orch-1"))

        assert script.sent[0].url == f"{URL}/orch-1"

    def test_an_unknown_id_is_not_found(self) -> None:
        script = Script(problem(404))
        error = error_of(script, script.calls().get("orch-1"))

        assert isinstance(error, errors.NotFound)
        assert error.orchestration_id == "orch-1"

    def test_an_answer_about_another_orchestration_is_not_taken(self) -> None:
        script = Script(*[answer(orchestration(id="orch-2"))] * 5)

        assert isinstance(error_of(script, script.calls().get("orch-1")), UnreadableAnswer)


class TestFind:
    def test_the_orchestration_of_a_ref_id_is_found(self) -> None:
        script = Script(page(orchestration(ref_id="r")))
        found = script.run(script.calls().find("r"))

        assert found is not None
        assert found.id == "orch-1"
        assert query_of(script.sent[0]) == [("ref_id", "r")]

    def test_a_ref_id_that_paxos_does_not_show_has_none(self) -> None:
        script = Script(page())

        assert script.run(script.calls().find("r")) is None

    def test_an_error_names_the_ref_id(self) -> None:
        script = Script(problem(403))

        assert error_of(script, script.calls().find("r")).ref_id == "r"


class TestReadMany:
    def read(self, script: Script, **of: Any) -> list[str]:
        return [found.id for found in script.run(script.calls().read(**of))]

    def test_ids_are_read_a_hundred_at_a_time_and_each_once(self) -> None:
        ids = [f"o{n}" for n in range(250)]
        script = Script(
            *[page(*[orchestration(id=each) for each in ids[start : start + 100]]) for start in (0, 100, 200)]
        )

        assert self.read(script, ids=[*ids, *ids]) == ids
        assert [len(query_of(sent)) for sent in script.sent] == [100, 100, 50]

    def test_ref_ids_are_read_likewise(self) -> None:
        script = Script(page(orchestration(id="a", ref_id="r1"), orchestration(id="b", ref_id="r2")))

        assert self.read(script, ref_ids=["r1", "r2", "r1"]) == ["a", "b"]
        assert query_of(script.sent[0]) == [("ref_id", "r1"), ("ref_id", "r2")]

    def test_an_id_that_list_does_not_show_is_asked_for_with_get(self) -> None:
        script = Script(page(orchestration(id="a")), answer(orchestration(id="b")))

        assert self.read(script, ids=["a", "b"]) == ["a", "b"]
        assert script.sent[1].url == f"{URL}/b"

    def test_an_id_that_paxos_does_not_know_is_left_out(self) -> None:
        script = Script(page(orchestration(id="a")), problem(404))

        assert self.read(script, ids=["a", "b"]) == ["a"]

    def test_a_ref_id_that_paxos_does_not_know_is_left_out(self) -> None:
        assert self.read(Script(page()), ref_ids=["r"]) == []

    def test_another_refusal_is_raised(self) -> None:
        script = Script(page(), problem(403))

        assert isinstance(error_of(script, script.calls().read(ids=["a"])), errors.Forbidden)

    def test_of_nothing_nothing_is_asked(self) -> None:
        script = Script()

        assert self.read(script) == []
        assert script.steps == []


@pytest.mark.parametrize("odd", ["", ".", ".."])
def test_an_id_that_would_make_another_path_is_refused_before_anything_is_sent(odd: str) -> None:
    script = Script()

    with pytest.raises(InvalidRequest, match="identifies no orchestration"):
        script.run(script.calls().get(odd))
    assert script.steps == []
