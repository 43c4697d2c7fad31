"""The window: its bounds, its overlap, and the day of a business date in a time zone."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from airflow_provider_paxos.api.errors import InvalidRequest
from airflow_provider_paxos.reconciliation.window import Window, day
from tests.reconciliation.builders import WINDOW


def test_the_first_moment_is_in_the_window_and_the_last_is_not() -> None:
    assert WINDOW.contains(WINDOW.since)
    assert WINDOW.contains(WINDOW.until - timedelta(microseconds=1))
    assert not WINDOW.contains(WINDOW.until)
    assert not WINDOW.contains(WINDOW.since - timedelta(microseconds=1))


def test_what_was_created_shortly_before_is_read_again_but_is_not_of_the_window() -> None:
    shortly_before = WINDOW.since - timedelta(minutes=59)

    assert WINDOW.reads(shortly_before)
    assert not WINDOW.contains(shortly_before)
    assert not WINDOW.reads(WINDOW.since - timedelta(minutes=61))


def test_an_orchestration_without_a_time_counts() -> None:
    assert WINDOW.contains(None)
    assert WINDOW.reads(None)


@pytest.mark.parametrize(
    ("business_date", "zone", "since", "hours"),
    [
        (date(2026, 11, 21), "UTC", "2026-11-21T00:00:00+00:00", 24),
        (date(2026, 11, 21), "America/New_York", "2026-11-21T05:00:00+00:00", 24),
        (date(2026, 3, 29), "Europe/Berlin", "2026-03-28T23:00:00+00:00", 23),
        (date(2026, 10, 25), "Europe/Berlin", "2026-10-24T22:00:00+00:00", 25),
    ],
)
def test_a_business_date_lasts_from_midnight_to_midnight(
    business_date: date, zone: str, since: str, hours: int
) -> None:
    window = day(business_date, ZoneInfo(zone))

    assert window.since == datetime.fromisoformat(since)
    assert window.until - window.since == timedelta(hours=hours)


@pytest.mark.parametrize(
    ("since", "until", "overlap", "expected"),
    [
        (WINDOW.since.replace(tzinfo=None), WINDOW.until, timedelta(), "since is a time without a time zone"),
        (WINDOW.since, WINDOW.until.replace(tzinfo=None), timedelta(), "until is a time without a time zone"),
        (WINDOW.since, WINDOW.since, timedelta(), "before it begins"),
        (WINDOW.since, WINDOW.until, -timedelta(seconds=1), "overlap is .* negative"),
    ],
)
def test_a_window_that_cannot_be_meant_is_refused(
    since: datetime, until: datetime, overlap: timedelta, expected: str
) -> None:
    with pytest.raises(InvalidRequest, match=expected):
        Window(since, until, overlap)
