"""What a person reads about an orchestration in a task's log."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_provider_paxos.api.creators import Relation
from airflow_provider_paxos.api.description import describe
from airflow_provider_paxos.api.models import Orchestration
from airflow_provider_paxos.api.orchestrations import Submission
from tests.api.script import orchestration


def lines_of(origin: str | None = None, **fields: Any) -> list[str]:
    return describe(Orchestration.model_validate(orchestration(**fields)), origin=origin).splitlines()


def test_the_payment_is_described() -> None:
    assert lines_of(status="COMPLETED") == [
        "Paxos orchestration",
        "  ref_id  settle-2026-11-21-7",
        "  id      orch-1",
        "  amount  100.25 USD to USDG",
        "  from    profile prof-1",
        "  to      profile prof-2",
        "  status  COMPLETED",
    ]


def test_the_page_that_shows_it_is_the_last_line_and_never_cut() -> None:
    page = f"https://airflow.example/plugin/paxos?id={'x' * 500}"
    assert describe(Orchestration(id="x"), origin="adopted", page=page).splitlines()[-1] == f"  page    {page}"


def test_the_reason_of_a_failure_is_described() -> None:
    assert lines_of(status="FAILED", fail_reason={"detail": "limit"})[-1] == "  reason  limit"


ORIGINS = [
    ({"adopted": False}, "created by this attempt"),
    ({"adopted": True}, "adopted: an earlier attempt had created it; nothing was paid again"),
    (
        {"adopted": True, "relation": Relation.SAME_TASK, "creator": "settlement.pay manual__1"},
        "adopted: created by settlement.pay manual__1; nothing was paid again",
    ),
    (
        {"adopted": True, "relation": Relation.UNKNOWN},
        "adopted: its creator is unknown; nothing was paid again",
    ),
]


@pytest.mark.parametrize(("submission", "origin"), ORIGINS, ids=lambda value: str(value)[:60])
def test_after_a_submit_a_line_says_where_the_orchestration_is_from(submission: dict[str, Any], origin: str) -> None:
    made = Submission(Orchestration.model_validate(orchestration()), **submission)
    assert lines_of(made.origin)[-1] == f"  origin  {origin}"


@pytest.mark.parametrize(
    ("destination", "line"),
    [
        ({"crypto": {"address": "0x1", "network": "BASE"}}, "  to      BASE 0x1"),
        ({"fiat": {"bank_account_id": "b", "memo": "private"}}, "  to      bank account b"),
        ({"crypto": {"address_id": "7"}}, "  to      saved address 7"),
        ({"fiat": {"bank_account_id": "b", "novelty": "n"}}, "  to      bank account b novelty n"),
        ({"fiat": {"novelty": {"a": "b"}}}, "  to      fiat"),
        ({"shade": "new"}, "  to      unknown"),
        ({"fiat": {}}, "  to      unknown"),
        (None, "  to      unknown"),
    ],
)
def test_the_rail_is_described_without_its_memo(destination: Any, line: str) -> None:
    assert line in lines_of(destination=destination)


@pytest.mark.parametrize("name", ["ref_id", "status", "source_amount"])
def test_what_paxos_left_out_is_unknown(name: str) -> None:
    assert sum("unknown" in line for line in lines_of(**{name: None})) == 1


def test_foreign_text_cannot_add_a_line() -> None:
    forged = "x\n  status  COMPLETED"

    assert len(lines_of(ref_id=forged, status=forged, fail_reason={"detail": forged})) == 8
