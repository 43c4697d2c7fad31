"""The group of an orchestration: needs attention, in progress or settled."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_provider_paxos.ui.classification import classify
from tests.ui.xcoms import NOW, ago, attempt, receipt

CRYPTO = {"crypto": {"address": "0xabc", "network": "ETHEREUM"}}
FIAT = {"fiat": {"bank_account_id": "fa11"}}
PROFILE = {"profile": {"profile_id": "b04d"}}


@pytest.mark.parametrize(
    ("stored", "group", "concern", "label"),
    [
        (receipt(status="COMPLETED"), "settled", None, "Settled"),
        (receipt(status="FAILED"), "needs_attention", "failed", "Failed"),
        (receipt(status="REJECTED"), "needs_attention", "rejected", "Rejected"),
        (receipt(status="PENDING"), "needs_attention", "approval", "Awaiting approval"),
        (attempt(), "needs_attention", "error", "Error"),
        (attempt(acceptance="refused"), "needs_attention", "error", "Not accepted"),
        (attempt(acceptance="not_sent"), "needs_attention", "error", "Not sent"),
        (attempt(acceptance="unknown"), "needs_attention", "error", "Outcome unknown"),
        (receipt(status="PROCESSING"), "in_progress", None, "In progress"),
        (receipt(status="ON_HOLD"), "in_progress", None, "In progress (On hold)"),
        (receipt(status=None), "in_progress", None, "In progress"),
        (receipt(status=7), "in_progress", None, "In progress"),
    ],
)
def test_a_status_has_a_group(stored: dict[str, Any], group: str, concern: str | None, label: str) -> None:
    found = classify(stored, NOW)
    assert (found.group, found.concern, found.label) == (group, concern, label)


@pytest.mark.parametrize(
    ("destination", "usual", "unusual"),
    [
        (PROFILE, {"hours": 23}, {"hours": 25}),
        (CRYPTO, {"hours": 23}, {"hours": 25}),
        (FIAT, {"hours": 71}, {"hours": 73}),
        (None, {"hours": 71}, {"hours": 73}),
        ("somewhere", {"hours": 71}, {"hours": 73}),
    ],
)
def test_what_is_in_progress_unusually_long_needs_attention(
    destination: Any, usual: dict[str, float], unusual: dict[str, float]
) -> None:
    early, late = (
        classify(receipt(status="PROCESSING", destination=destination, created_at=ago(**span)), NOW)
        for span in (usual, unusual)
    )
    assert (early.group, late.group) == ("in_progress", "needs_attention")
    assert (late.concern, late.label) == ("late", "In progress, unusually long")


def test_without_its_creation_it_is_as_old_as_its_receipt() -> None:
    stored = receipt(status="PROCESSING", created_at=None, read_at=ago(days=4))
    assert classify(stored, NOW).concern == "late"


def test_a_creation_after_it_was_read_does_not_hide_its_age() -> None:
    stored = receipt(status="PROCESSING", created_at="2999-01-01T00:00:00Z", read_at=ago(days=4))
    assert classify(stored, NOW).concern == "late"
