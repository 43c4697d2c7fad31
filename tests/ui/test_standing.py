"""How an orchestration stands."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_provider_paxos.ui.standing import standing
from tests.ui.planting import NOW, ago, attempt, receipt

CRYPTO = {"crypto": {"address": "0xabc", "network": "ETHEREUM"}}
FIAT = {"fiat": {"bank_account_id": "fa11"}}
PROFILE = {"profile": {"profile_id": "b04d"}}


@pytest.mark.parametrize(
    ("told", "stage", "concern", "label"),
    [
        (receipt(status="COMPLETED"), "settled", None, "Settled"),
        (receipt(status="FAILED"), "needs_person", "failed", "Failed"),
        (receipt(status="REJECTED"), "needs_person", "rejected", "Rejected"),
        (receipt(status="PENDING"), "needs_person", "approval", "Awaiting approval"),
        (attempt(), "needs_person", "error", "Error"),
        (receipt(status="PROCESSING"), "under_way", None, "Under way"),
        (receipt(status="ON_HOLD"), "under_way", None, "Under way (ON_HOLD)"),
        (receipt(status=None), "under_way", None, "Under way"),
        (receipt(status=7), "under_way", None, "Under way"),
    ],
)
def test_a_status_has_a_stage(told: dict[str, Any], stage: str, concern: str | None, label: str) -> None:
    found = standing(told, NOW)
    assert (found.stage, found.concern, found.label) == (stage, concern, label)


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
def test_what_is_under_way_unusually_long_needs_a_person(
    destination: Any, usual: dict[str, float], unusual: dict[str, float]
) -> None:
    early, late = (
        standing(receipt(status="PROCESSING", destination=destination, created_at=ago(**span)), NOW)
        for span in (usual, unusual)
    )
    assert (early.stage, late.stage) == ("under_way", "needs_person")
    assert (late.concern, late.label) == ("late", "Under way, unusually long")


def test_without_its_creation_it_is_as_old_as_its_receipt() -> None:
    told = receipt(status="PROCESSING", created_at=None, read_at=ago(days=4))
    assert standing(told, NOW).concern == "late"
