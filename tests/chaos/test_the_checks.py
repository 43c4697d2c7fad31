"""The histories are worth something only if they catch a client that is wrong."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from typing import Any

import pytest
from hypothesis.stateful import run_state_machine_as_test

from airflow_provider_paxos.api import adoption, exchange, orchestrations
from airflow_provider_paxos.api.adoption import Adoption, Match
from airflow_provider_paxos.api.creators import Adopt, Relation
from airflow_provider_paxos.api.errors import Acceptance, AlreadyExists, Unreachable
from airflow_provider_paxos.api.models import Orchestration, OrchestrationRequest
from airflow_provider_paxos.api.orchestrations import Orchestrations, Submission
from airflow_provider_paxos.api.same_payment import Comparison, compare
from tests.chaos.histories import in_process
from tests.chaos.profiles import NIGHTLY, without_shrinking
from tests.chaos.tally import TALLY

submit = Orchestrations.submit


def paying_again(self: Orchestrations, values: Mapping[str, Any], **whose: Any) -> Generator[Any, Any, Submission]:
    try:
        return (yield from submit(self, values, **whose))
    except Unreachable:
        return (yield from submit(self, {**values, "ref_id": f"{values['ref_id']}-again"}, **whose))


def adopting_every_conflict(
    self: Orchestrations, values: Mapping[str, Any], **_: Any
) -> Generator[Any, Any, Submission]:
    try:
        return Submission((yield from self.create(values)), adopted=False)
    except AlreadyExists:
        return Submission((yield from self.find(values["ref_id"])), adopted=True)


def finding_absent_fields_different(request: OrchestrationRequest, existing: Orchestration) -> Comparison:
    """Compare as the first version did."""
    compared = compare(request, existing)
    return Comparison({**compared.differences, **dict.fromkeys(compared.absent, ("a value", "nothing"))})


def looking_away_from_an_answer(self: Adoption, shown: Orchestration) -> Match:
    return Match(shown, Relation.OWN)


WRONG: dict[str, tuple[Any, str, Any, str]] = {
    "pays again under a new ref_id": (Orchestrations, "submit", paying_again, "unexplained"),
    "adopts whatever has the ref_id": (Orchestrations, "submit", adopting_every_conflict, "success|NoneType"),
    "does not compare": (adoption, "compare", lambda *_: Comparison(), "conflicts reported as success"),
    "takes an absent field for another one": (
        adoption,
        "compare",
        finding_absent_fields_different,
        "paid, but reported as not paid|untrue errors",
    ),
    "adopts from strangers": (Adopt, "allows", lambda *_: True, "adopted from a stranger"),
    "does not compare the answer to Create": (
        Adoption,
        "require_same",
        looking_away_from_an_answer,
        "conflicts reported as success|adopted from a stranger|adopted reported as created",
    ),
    "forgets a lost answer": (exchange, "_acceptance_after", lambda *_: Acceptance.REFUSED, "untrue errors"),
    "denies earlier attempts": (
        Acceptance.REFUSED,
        "_value_",
        "Paxos did not accept the orchestration: no money moves.",
        "paid, but reported as not paid",
    ),
}
if NIGHTLY:
    # It takes some hundreds of histories to find.
    looking_away = (orchestrations, "require_not_failed", lambda each: each, "lost payments reported as success")
    WRONG["does not look at the end"] = looking_away


@pytest.mark.parametrize("wrong", WRONG)
def test_a_client_is_caught_that(wrong: str, monkeypatch: pytest.MonkeyPatch) -> None:
    target, name, replacement, kind = WRONG[wrong]
    monkeypatch.setattr(target, name, replacement)

    with TALLY.paused(), pytest.raises((AssertionError, AttributeError), match=kind):
        run_state_machine_as_test(in_process(), settings=without_shrinking(1000))
