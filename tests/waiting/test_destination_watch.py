"""Saved addresses are watched until Paxos has decided on each of them."""

from __future__ import annotations

import pytest

from airflow_provider_paxos.api.errors import DestinationRejected
from airflow_provider_paxos.api.saved_addresses import CryptoDestinationAddress
from airflow_provider_paxos.waiting.destination_watch import (
    DestinationWatch,
    not_approved_in_time,
    require_not_rejected,
)


def saved(number: int, status: str | None = None) -> CryptoDestinationAddress:
    address = {"id": f"a-{number}", "crypto_network": "SOLANA", "address": f"x{number}", "status": status}
    return CryptoDestinationAddress.model_validate(address)


def test_an_address_is_watched_until_it_is_decided_on() -> None:
    watch = DestinationWatch(["a-1", "a-2", "a-1"])

    assert watch.observe([saved(1, "PENDING"), saved(2, "APPROVED")]) == ["Address SOLANA x2 is APPROVED"]
    assert watch.undecided == ["a-1"]
    assert watch.observe([saved(1, "REJECTED"), saved(2, "APPROVED")]) == ["Address SOLANA x1 is REJECTED"]
    assert watch.undecided == []


@pytest.mark.parametrize("status", ["PENDING", "NEW", None])
def test_an_unknown_status_means_to_wait(status: str | None) -> None:
    watch = DestinationWatch(["a-1"])

    assert watch.observe([saved(1, status)]) == []
    assert watch.undecided == ["a-1"]


def test_an_address_that_is_not_shown_is_waited_for() -> None:
    watch = DestinationWatch(["a-1"])
    watch.observe([saved(2, "APPROVED")])

    assert watch.undecided == ["a-1"]


def test_rejected_ones_are_named() -> None:
    require_not_rejected([saved(1, "APPROVED"), saved(2, "PENDING")])
    with pytest.raises(DestinationRejected, match="address SOLANA x2 is REJECTED as a destination"):
        require_not_rejected([saved(1, "APPROVED"), saved(2, "REJECTED")])


def test_of_many_the_first_are_named() -> None:
    error = not_approved_in_time([saved(number) for number in range(25)])

    assert str(error).startswith("25 addresses (SOLANA x0, ")
    assert "SOLANA x19 and 5 more) are not APPROVED" in str(error)
    assert error.retryable
