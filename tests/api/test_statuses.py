"""What a status means: success, failure, or, for everything else, to wait."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_provider_paxos.api.errors import (
    Acceptance,
    OrchestrationFailed,
    OrchestrationRejected,
    OrchestrationUnsuccessful,
    StillInProgress,
)
from airflow_provider_paxos.api.models import Orchestration
from airflow_provider_paxos.api.statuses import (
    Meaning,
    amount_of,
    is_known,
    meaning_of,
    require_completed,
    require_not_failed,
)
from airflow_provider_paxos.api.validation import checked_request
from tests.api.script import orchestration, payment

ENDED_BADLY = [("FAILED", OrchestrationFailed), ("REJECTED", OrchestrationRejected)]
NON_TERMINAL = ["PENDING", "PROCESSING", "ON_HOLD", "completed", "", None]


def shown(**fields: Any) -> Orchestration:
    return Orchestration.model_validate(orchestration(**fields))


@pytest.mark.parametrize(
    ("status", "meaning"),
    [
        ("COMPLETED", Meaning.COMPLETED),
        ("FAILED", Meaning.UNSUCCESSFUL),
        ("REJECTED", Meaning.UNSUCCESSFUL),
        *[(status, Meaning.IN_PROGRESS) for status in NON_TERMINAL],
    ],
)
def test_only_published_ends_are_ends(status: str | None, meaning: Meaning) -> None:
    assert meaning_of(status) is meaning


@pytest.mark.parametrize("status", ["PENDING", "PROCESSING", "COMPLETED", "FAILED", "REJECTED"])
def test_published_statuses_are_known(status: str) -> None:
    assert is_known(status)


@pytest.mark.parametrize("status", ["ON_HOLD", "completed", "", None])
def test_other_statuses_are_not_known(status: str | None) -> None:
    assert not is_known(status)


@pytest.mark.parametrize("status", ["COMPLETED", *NON_TERMINAL])
def test_what_has_not_ended_badly_passes(status: str | None) -> None:
    found = shown(status=status)

    assert require_not_failed(found) is found


@pytest.mark.parametrize(("status", "error"), ENDED_BADLY)
@pytest.mark.parametrize("require", [require_not_failed, require_completed])
def test_a_bad_end_is_raised_with_its_reason(require: Any, status: str, error: type[OrchestrationUnsuccessful]) -> None:
    with pytest.raises(error) as ended:
        require(shown(status=status, fail_reason={"detail": "limit\nreached."}))

    assert f"it is {status}: limit reached. " in str(ended.value)
    assert ended.value.detail == "limit reached."


@pytest.mark.parametrize("reason", [None, {}, {"detail": ""}])
def test_a_bad_end_without_a_reason_says_so(reason: dict[str, str] | None) -> None:
    with pytest.raises(OrchestrationFailed, match="Paxos gave no reason") as ended:
        require_not_failed(shown(status="FAILED", fail_reason=reason))

    assert ended.value.detail is None


@pytest.mark.parametrize(
    ("status", "consequence"),
    [("FAILED", "The reserved funds return to the source profile."), ("REJECTED", "no money moves.")],
)
def test_a_bad_end_says_what_becomes_of_the_money(status: str, consequence: str) -> None:
    with pytest.raises(OrchestrationUnsuccessful) as ended:
        require_not_failed(shown(status=status))

    assert consequence in str(ended.value)
    assert ended.value.acceptance is Acceptance.ACCEPTED


def test_a_bad_end_names_the_payment_and_asks_for_a_new_ref_id() -> None:
    with pytest.raises(OrchestrationFailed) as ended:
        require_not_failed(shown(status="FAILED"))

    assert "(ref_id settle-2026-11-21-7, id orch-1, amount 100.25 USD to USDG)" in str(ended.value)
    assert "a second attempt at the payment needs a new ref_id" in str(ended.value)


def test_a_completed_one_is_settled() -> None:
    assert require_completed(shown(status="COMPLETED")).id == "orch-1"


@pytest.mark.parametrize("status", NON_TERMINAL)
def test_what_is_in_progress_is_not_settled(status: str | None) -> None:
    with pytest.raises(StillInProgress, match="A retry finds it again and waits on, without paying"):
        require_completed(shown(status=status))


@pytest.mark.parametrize(
    ("payment_", "expected"),
    [
        (shown(), "100.25 USD to USDG"),
        (shown(source_amount="0.00000001"), "0.00000001 USD to USDG"),
        (checked_request(payment(source_amount=1000)), "1000 USD to USDG"),
        (shown(source_amount=None), None),
    ],
)
def test_an_amount_is_shown_with_its_assets(payment_: Any, expected: str | None) -> None:
    assert amount_of(payment_) == expected
