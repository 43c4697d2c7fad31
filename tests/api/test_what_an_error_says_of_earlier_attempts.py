"""After a crash a submit starts from nothing: its errors speak of its own attempt, never of the payment as a whole."""

from __future__ import annotations

import pytest

from airflow_provider_paxos.api.errors import Acceptance, PaxosError, RefIdConflict
from airflow_provider_paxos.api.flow import Loss
from tests.api.script import Outcome, Script, orchestration, page, payment, problem

UNSCOPED = ("Nothing was sent", "did not accept the orchestration", "no money moves")


def error_at_first(*outcomes: Outcome) -> PaxosError:
    script = Script(*outcomes)
    with pytest.raises(PaxosError) as raised:
        script.run(script.calls().submit(payment()))
    return raised.value


@pytest.mark.parametrize(
    "outcomes",
    [
        [problem(401), problem(401)],
        [problem(403, detail="insufficient scopes: found '', required one of '[x]'")],
        [problem(403, "insufficient-funds")],
        [problem(422)],
        [problem(423)] * 5,
        [problem(429)],
        [Loss.UNCONNECTED] * 5,
    ],
)
def test_a_refusal_does_not_deny_what_an_earlier_attempt_may_have_paid(outcomes: list[Outcome]) -> None:
    text = str(error_at_first(*outcomes))

    assert not any(words in text for words in UNSCOPED)
    assert "this attempt" in text.lower()


def test_a_conflict_denies_the_new_values_only_because_an_earlier_try_may_have_paid_the_old_ones() -> None:
    error = error_at_first(problem(409, "already-exists"), page(orchestration(source_amount="7")))

    assert isinstance(error, RefIdConflict)
    assert error.acceptance is Acceptance.NEVER
    assert "did not accept the values asked for: no money moves for them. What exists goes on unchanged." in str(error)
