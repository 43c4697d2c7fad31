"""Whatever Paxos, or somebody in front of it, answers: a result that is sound, or one of the declared errors."""

from __future__ import annotations

import json
import math
import pickle
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import strategies as st

from airflow_provider_paxos.api.auth import grant
from airflow_provider_paxos.api.credentials import Credentials
from airflow_provider_paxos.api.description import describe
from airflow_provider_paxos.api.errors import PaxosError
from airflow_provider_paxos.api.exchange import Exchange, Patience
from airflow_provider_paxos.api.flow import Authorize, Flow, Pause, Response, Send, Token
from airflow_provider_paxos.api.models import Orchestration
from airflow_provider_paxos.api.orchestrations import Orchestrations, Submission
from airflow_provider_paxos.api.rate_limiting import HostRateLimiter
from tests.api.script import BASE_URL, orchestration, payment
from tests.chaos.noise import bodies
from tests.chaos.rounds import try_out

WHOLE = orchestration(
    created_at="2026-11-21T08:00:00.000000Z",
    source_transfer={"transfer_id": "t-1", "status": "COMPLETED"},
    fail_reason={"detail": "account closed"},
    metadata={"airflow_dag_id": "settle"},
)
PROBLEM = {"type": "https://api.paxos.com/v2/problems/already_exists", "title": "Already Exists", "status": 409}
DOCUMENTS: tuple[dict[str, Any], ...] = (
    WHOLE,
    {"items": [WHOLE, orchestration(id="orch-2")], "next_page_cursor": "after-2"},
    {"orchestrations": [WHOLE]},
    {**PROBLEM, "detail": "it exists", "meta": {"existing": WHOLE}, "request_id": "r-1"},
    {**PROBLEM, "type": "x/insufficient-funds", "meta": {"profile_id": "p", "asset": "USD", "available": "1"}},
    {"access_token": "tok", "expires_in": 3599, "scope": "a b", "token_type": "bearer"},
    {"error": "invalid_scope", "error_description": "The client may not ask for it."},
)
HEADERS = st.fixed_dictionaries(
    {},
    optional={
        "retry-after": st.one_of(
            st.text(max_size=30), st.sampled_from(("7", "-1", "nan", "1e400", "Sat, 21 Nov 2026 00:00:00 GMT"))
        ),
        "x-request-id": st.text(max_size=20),
    },
)
RESPONSES = st.builds(
    Response,
    status=st.sampled_from((200, 200, 200, 201, 204, 302, 400, 401, 403, 404, 409, 409, 422, 429, 500, 503, 599)),
    headers=HEADERS,
    body=bodies(DOCUMENTS),
)
CALLS: dict[str, Callable[[Exchange], Flow[Any]]] = {
    "token": lambda exchange: grant(Credentials("me", "s3cret", "https://p.test/t", ("a", "b")), exchange),
    "submit": lambda exchange: Orchestrations(BASE_URL, exchange).submit(payment()),
    "get": lambda exchange: Orchestrations(BASE_URL, exchange).get("orch-1"),
    "list": lambda exchange: Orchestrations(BASE_URL, exchange).pages(ref_id=[payment()["ref_id"]]).rest(),
}


class Clock:
    """Moves when a flow pauses: on a clock that stands still, a throttle would never end."""

    now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


def played(flow: Flow[Any], responses: list[Response], clock: Clock) -> Any:
    """Drive a flow with responses, the last of which is repeated for ever."""
    outcome, sends = None, 0
    while True:
        try:
            step = flow.send(outcome)
        except StopIteration as end:
            return end.value
        outcome = Token("tok", math.inf) if isinstance(step, Authorize) else None
        if isinstance(step, Pause):
            clock.now += step.seconds + 1e-3
        if isinstance(step, Send):
            outcome = responses[min(sends, len(responses) - 1)]
            sends += 1
            assert sends < 100, "the flow does not end"


def require_sound(result: Any) -> None:
    """Require that Airflow can store a result, and a person read it."""
    for each in result if isinstance(result, list) else [result]:
        found = each.orchestration if isinstance(each, Submission) else each
        if isinstance(found, Orchestration):
            stored = json.loads(json.dumps(found.to_dict()))
            assert Orchestration.model_validate(stored).to_dict() == stored or "NaN" in json.dumps(stored)
            assert all(line.isprintable() for line in describe(found, origin="created by this attempt").split("\n"))


def require_readable(error: PaxosError) -> None:
    """Require that a log takes an error in one line, and that Airflow can pass it on."""
    assert str(error).isprintable()
    assert "s3cret" not in str(error)
    assert str(pickle.loads(pickle.dumps(error))) == str(error)


@pytest.mark.parametrize("call", CALLS)
def test_every_answer_gives_a_sound_result_or_a_declared_error(call: str) -> None:
    def holds(responses: list[Response]) -> None:
        clock = Clock()
        exchange = Exchange(
            rate_limiter=HostRateLimiter.by(clock), rate=40, clock=clock, patience=Patience(attempts=2, longest_pause=1)
        )
        try:
            result = played(CALLS[call](exchange), responses, clock)
        except PaxosError as error:
            require_readable(error)
        else:
            require_sound(result)

    try_out(f"answers to {call}", holds, responses=st.lists(RESPONSES, min_size=1, max_size=3))
