"""Amounts are compared as numbers, however Paxos writes them."""

from __future__ import annotations

import pytest

from airflow_provider_paxos.api.models import Orchestration, checked_request
from airflow_provider_paxos.api.same_payment import differences

REQUEST = {
    "ref_id": "settle-1",
    "source_asset": "USD",
    "destination_asset": "USDG",
    "source_amount": "1250.50",
    "source": {"profile": {"profile_id": "treasury"}},
    "destination": {"profile": {"profile_id": "payouts"}},
}


@pytest.mark.parametrize("written", ["1250.50", "1250.5", "1250.500000", "01250.5"])
def test_an_amount_that_is_written_otherwise_is_the_same_payment(written: str) -> None:
    existing = Orchestration.model_validate({**REQUEST, "id": "o-1", "source_amount": written})
    assert differences(checked_request(REQUEST), existing) == {}


def test_an_amount_that_differs_in_the_last_digit_is_another_payment() -> None:
    existing = Orchestration.model_validate({**REQUEST, "id": "o-1", "source_amount": "1250.51"})
    assert differences(checked_request(REQUEST), existing) == {"source_amount": ("1250.50", "1250.51")}
