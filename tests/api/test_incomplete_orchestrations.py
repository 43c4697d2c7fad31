"""No field of an answer is promised: what List leaves out is neither a difference nor a success."""

from __future__ import annotations

import pytest

from airflow_provider_paxos.api.errors import OrchestrationFailed, OutcomeUnknown
from tests.api.script import Script, orchestration, page, payment, problem

ESSENTIAL = ("status", "source_asset", "destination_asset", "source_amount", "source", "destination")
TAKEN = problem(409, "already-exists")


@pytest.mark.parametrize("field", ESSENTIAL)
def test_an_orchestration_that_lacks_a_field_is_no_conflict_and_not_adopted(field: str) -> None:
    script = Script(TAKEN, *[page(orchestration(**{field: None}))] * 6)

    with pytest.raises(OutcomeUnknown) as raised:
        script.run(script.calls().submit(payment()))
    assert "does not show the whole orchestration" in str(raised.value)


@pytest.mark.parametrize("end", [{"source": {}}, {"destination": {"profile": {}}}])
def test_an_end_without_a_value_is_as_good_as_none(end: dict[str, object]) -> None:
    script = Script(TAKEN, *[page(orchestration(**end))] * 6)

    with pytest.raises(OutcomeUnknown):
        script.run(script.calls().submit(payment()))


def test_it_is_looked_up_until_it_is_whole() -> None:
    script = Script(TAKEN, page(orchestration(source=None)), page(orchestration()))

    assert script.run(script.calls().submit(payment())).adopted


def test_a_failed_one_is_not_taken_for_a_success_because_its_status_is_missing_at_first() -> None:
    script = Script(TAKEN, page(orchestration(status=None)), page(orchestration(status="FAILED")))

    with pytest.raises(OrchestrationFailed):
        script.run(script.calls().submit(payment()))
