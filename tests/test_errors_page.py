"""docs/errors.md: complete, and as the code has it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from airflow_provider_paxos.api import errors
from airflow_provider_paxos.api.errors import PaxosError
from airflow_provider_paxos.retries import PaxosRetryPolicy
from tests.error_examples import BASES, EXAMPLES, classes, example

PAGE = (Path(__file__).parents[1] / "docs" / "errors.md").read_text()
ROWS = {
    name: [cell.strip() for cell in rest.split("|")][:-1]
    for name, rest in re.findall(r"^\| `(\w+)` \|(.*)$", PAGE, re.MULTILINE)
}
NEITHER = "\N{EN DASH}"
OUTAGES = {errors.Unreachable, errors.UnreadableAnswer, errors.TemporarilyRefused, errors.ServiceUnavailable}


def by_policy(kind: type[PaxosError]) -> str:
    decision = PaxosRetryPolicy().evaluate(kind("it happened."), 1, 3)
    if decision.retry_delay is None:
        return {"fail": "no", "default": "by the task's settings"}[decision.action.value]
    return "after 15 s to 15 min" if kind in OUTAGES else "after the throttle"


def quotes(message: str) -> str:
    """Return the page's blockquotes on one line each, if one of them is this message."""
    lines = re.sub(r"(?<=[^\n])\n> ", " ", PAGE).splitlines()
    return next((line for line in lines if line == f"> {message}"), "")


def test_every_error_has_its_row_and_no_row_is_of_another() -> None:
    assert list(ROWS) == [kind.__name__ for kind in classes()]


@pytest.mark.parametrize("kind", list(classes()), ids=lambda kind: kind.__name__)
def test_a_row_says_what_retries_come_to(kind: type[PaxosError]) -> None:
    _, operator, _, policy, _ = ROWS[kind.__name__]
    expected = (
        (NEITHER, NEITHER) if kind in BASES else ("yes" if kind("it happened.").retryable else "no", by_policy(kind))
    )

    assert (operator, policy) == expected


def test_every_error_that_is_raised_has_an_example() -> None:
    assert set(EXAMPLES) == set(classes()) - BASES


@pytest.mark.parametrize("kind", EXAMPLES, ids=lambda kind: kind.__name__)
def test_an_example_is_what_the_code_says(kind: type[PaxosError]) -> None:
    error = example(kind)

    assert type(error) is kind
    assert quotes(str(error)), f"docs/errors.md lacks: {error}"
