"""People repair failed payments at once, clear, change and start again: of each chain, at most one pays."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import Any

import pytest
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from airflow_provider_paxos.api import same_payment
from airflow_provider_paxos.api.statuses import Meaning
from airflow_provider_paxos.batch import repair, repair_chains
from tests.chaos.profiles import NIGHTLY, share, without_shrinking
from tests.chaos.repairs import Overtaken, repairs_at
from tests.chaos.tally import TALLY
from tests.fake_paxos import FakePaxos

HISTORIES = share(1 if NIGHTLY else 0.2)
"""Each step runs operators, which takes much longer than a submit."""


@pytest.fixture
def overtaken(instead_of_the_network: Callable[[FakePaxos], None]) -> Overtaken:
    """A Paxos in the place of the network, whose answers get lost, and between whose requests others come."""
    paxos = Overtaken()
    instead_of_the_network(paxos)
    return paxos


def test_no_history_of_repairs_pays_a_chain_twice(overtaken: Overtaken) -> None:
    run_state_machine_as_test(repairs_at(overtaken), settings=settings(HISTORIES, stateful_step_count=6))


numbers = count()
last_link = repair._last_link


def forgetting_its_own(selected: Any, chain: Any, _: Any) -> tuple[int, str | None]:
    return last_link(selected, chain, lambda *_: False)


def taking_anything_for_failed(_: object) -> Meaning:
    return Meaning.UNSUCCESSFUL


WRONG: dict[str, tuple[list[tuple[Any, str, Any]], str]] = {
    "names a repair as it likes": (
        [(repair, "next_ref_id", lambda ref_id: f"{ref_id}-again-{next(numbers)}")],
        "chains that pay twice",
    ),
    "repairs what is in progress": (
        [(module, "meaning_of", taking_anything_for_failed) for module in (repair, repair_chains)],
        "chains that pay twice|repairs of what had not failed",
    ),
    "takes another payment for a repair": (
        [(repair_chains, "replaced_ref_id", lambda _: "room-r1"), (same_payment, "replaced_ref_id", lambda _: None)],
        "adopted from a stranger|unresolved",
    ),
    "pays again when it is cleared": (
        [(repair, "_last_link", forgetting_its_own)],
        "repairs that pay more than once",
    ),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_a_provider_is_caught_that(wrong: str, overtaken: Overtaken, monkeypatch: pytest.MonkeyPatch) -> None:
    replacements, kind = WRONG[wrong]
    for target, name, replacement in replacements:
        monkeypatch.setattr(target, name, replacement)

    with TALLY.paused(), pytest.raises(AssertionError, match=kind):
        run_state_machine_as_test(repairs_at(overtaken), settings=without_shrinking(300))
