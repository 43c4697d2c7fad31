"""Limits over time are read from the connection; one that is not understood is an error, not no limit."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from airflow_provider_paxos.api.errors import InvalidConnection
from airflow_provider_paxos.api.limits_over_time import LimitsOverTime, OnDuplicate

NOW = datetime(2026, 3, 29, 22, 30, tzinfo=UTC)


def test_a_connection_without_them_limits_nothing() -> None:
    assert not LimitsOverTime.of("paxos_eu", {}).is_set
    assert not LimitsOverTime.of("paxos_eu", {"duplicate_window": None, "on_duplicate": ""}).is_set


@pytest.mark.parametrize(
    "stated", [{"max_source_amount_per_day": "USD=1"}, {"max_orchestrations_per_day": "7"}, {"duplicate_window": 1}]
)
def test_each_of_them_limits_something(stated: dict[str, object]) -> None:
    assert LimitsOverTime.of("paxos_eu", stated).is_set


def test_they_are_understood() -> None:
    limits = LimitsOverTime.of(
        "paxos_eu",
        {"max_source_amount_per_day": {"usd": "5.50"}, "duplicate_window": " 7 ", "on_duplicate": "approve"},
    )
    assert limits.max_source_amount_per_day == {"USD": Decimal("5.50")}
    assert (limits.duplicate_window, limits.on_duplicate) == (7, OnDuplicate.APPROVE)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("max_source_amount_per_day", "5000"),
        ("max_source_amount_per_day", "USD=-1"),
        ("max_orchestrations_per_day", 0),
        ("max_orchestrations_per_day", "many"),
        ("max_orchestrations_per_day", 1.5),
        ("max_orchestrations_per_day", True),
        ("limits_time_zone", "Berlin"),
        ("limits_time_zone", 7),
        ("limits_time_zone", "../etc/passwd"),
        ("duplicate_window", 367),
        ("duplicate_window", "-1"),
        ("on_duplicate", "warn"),
    ],
)
def test_one_that_is_not_understood_is_refused(name: str, value: object) -> None:
    with pytest.raises(InvalidConnection, match=rf"^Connection paxos_eu: {name} "):
        LimitsOverTime.of("paxos_eu", {name: value})


def test_a_word_for_duplicates_is_one_of_three() -> None:
    with pytest.raises(InvalidConnection, match="on_duplicate is ignore; it is one of refuse, warn, approve"):
        LimitsOverTime.of("paxos_eu", {"duplicate_window": 1, "on_duplicate": "ignore"})


def test_a_misspelled_one_is_refused() -> None:
    with pytest.raises(InvalidConnection, match="the nearest one is duplicate_window"):
        LimitsOverTime.of("paxos_eu", {"duplicates_window": 1})


def test_the_day_of_a_change_to_summer_time_begins_at_midnight_there() -> None:
    limits = LimitsOverTime.of("paxos_eu", {"max_orchestrations_per_day": 1, "limits_time_zone": "Europe/Berlin"})
    assert limits.day_began(NOW).astimezone(UTC) == datetime(2026, 3, 29, 22, tzinfo=UTC)
    assert limits.day_began(NOW - timedelta(hours=1)).astimezone(UTC) == datetime(2026, 3, 28, 23, tzinfo=UTC)


def test_a_day_with_two_midnights_begins_at_the_first() -> None:
    limits = LimitsOverTime.of("paxos_eu", {"max_orchestrations_per_day": 1, "limits_time_zone": "America/Havana"})
    # At one o'clock in summer time, five o'clock in UTC, the clock is set back to midnight.
    for minutes in (30, 90, 150):
        now = datetime(2026, 11, 1, 4, tzinfo=UTC) + timedelta(minutes=minutes)
        assert limits.day_began(now).astimezone(UTC) == datetime(2026, 11, 1, 4, tzinfo=UTC)


def test_the_earlier_of_day_and_window_counts() -> None:
    limits = LimitsOverTime.of("paxos_eu", {"duplicate_window": 7})
    assert limits.since(NOW) == NOW - timedelta(days=7)
    assert LimitsOverTime.of("paxos_eu", {"max_orchestrations_per_day": 1}).since(NOW) == limits.day_began(NOW)
