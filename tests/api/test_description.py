"""What a person reads about an orchestration in a task's log."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_provider_paxos.api.description import describe
from airflow_provider_paxos.api.models import Orchestration
from tests.api.script import orchestration


def lines(adopted: bool | None = None, **fields: Any) -> list[str]:
    return describe(Orchestration.model_validate(orchestration(**fields)), adopted=adopted).splitlines()


def test_a_receipt_shows_the_payment() -> None:
    assert lines(status="COMPLETED") == [
        "Paxos orchestration",
        "  ref_id  settle-2026-11-21-7",
        "  id      orch-1",
        "  amount  100.25 USD to USDG",
        "  from    profile prof-1",
        "  to      profile prof-2",
        "  status  COMPLETED",
    ]


def test_a_receipt_shows_the_reason_of_a_failure() -> None:
    assert lines(status="FAILED", fail_reason={"detail": "limit"})[-1] == "  reason  limit"


@pytest.mark.parametrize(
    ("adopted", "origin"),
    [
        (True, "  origin  adopted: an earlier attempt had created it; nothing was paid again"),
        (False, "  origin  created by this attempt"),
    ],
)
def test_after_a_submit_a_receipt_shows_where_the_orchestration_is_from(adopted: bool, origin: str) -> None:
    assert lines(adopted)[-1] == origin


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
def test_a_receipt_shows_the_rail_without_its_memo(destination: Any, line: str) -> None:
    assert line in lines(destination=destination)


@pytest.mark.parametrize("name", ["ref_id", "status", "source_amount"])
def test_what_paxos_left_out_is_not_shown(name: str) -> None:
    assert sum("unknown" in line for line in lines(**{name: None})) == 1


def test_foreign_text_cannot_add_a_line() -> None:
    forged = "x\n  status  COMPLETED"

    assert len(lines(ref_id=forged, status=forged, fail_reason={"detail": forged})) == 8
