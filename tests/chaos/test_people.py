"""People change lists, names, keys and dates between runs, clears and retries: paid once, and never silently not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from airflow_provider_paxos.api.creators import Adopt, Creator
from airflow_provider_paxos.execution import create, identity
from airflow_provider_paxos.hooks import paxos as hooks
from tests.chaos.people import Outage, histories_of
from tests.chaos.profiles import NIGHTLY, share, without_shrinking
from tests.chaos.tally import TALLY
from tests.fake_paxos import FakePaxos

HISTORIES = share(1 if NIGHTLY else 0.4)
"""Each step runs an operator, which takes longer than a submit."""


@pytest.fixture
def outage(instead_of_the_network: Callable[[FakePaxos], None]) -> Outage:
    """A Paxos in the place of the network, whose answers get lost."""
    paxos = Outage()
    instead_of_the_network(paxos)
    return paxos


def test_no_history_of_people_pays_twice_or_loses_a_payment_silently(outage: Outage) -> None:
    run_state_machine_as_test(histories_of(outage), settings=settings(HISTORIES, stateful_step_count=5))


def by_position(creator: Creator) -> str:
    return f"{creator.dag_id}-{creator.run_id}-{creator.task_id}-{creator.map_index}-{creator.key}"


WRONG: dict[str, tuple[list[tuple[Any, str, Any]], str]] = {
    "identifies a payment by its position": (
        [(create, "derived_ref_id", by_position), (identity, "derived_ref_id", by_position)],
        "paid twice|lost without a word",
    ),
    "adopts from strangers": ([(Adopt, "allows", lambda *_: True)], "adopted from a stranger|lost without a word"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_a_provider_is_caught_that(wrong: str, outage: Outage, monkeypatch: pytest.MonkeyPatch) -> None:
    replacements, kind = WRONG[wrong]
    for target, name, replacement in replacements:
        monkeypatch.setattr(target, name, replacement)

    with TALLY.paused(), pytest.raises(AssertionError, match=kind):
        run_state_machine_as_test(histories_of(outage), settings=without_shrinking(300))


def test_a_provider_is_caught_that_hides_another_run(outage: Outage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hooks.Submission, "other_creator", None)
    with TALLY.paused():
        history = histories_of(outage)()
        history.hire(desks=(("single", "key"), ("batch", "key")))
        with pytest.raises(AssertionError, match="creators that are not named"):
            history.start_run(of=0, next_day=True, carried="repeated")
