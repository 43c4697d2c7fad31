"""The address of a payment in Paxos' dashboard."""

from __future__ import annotations

import pytest

from airflow_provider_paxos.api.dashboard import dashboard_link, is_dashboard_pattern

PATTERN = "https://dashboard.paxos.com/orchestrations/{id}"


@pytest.mark.parametrize(
    ("pattern", "link"),
    [
        (PATTERN, "https://dashboard.paxos.com/orchestrations/one"),
        ("https://paxos.com/o?ref={ref_id}&id={id}#top", "https://paxos.com/o?ref=settle%2F1&id=one#top"),
        ("https://dashboard.sandbox.paxos.com/{ref_id}", "https://dashboard.sandbox.paxos.com/settle%2F1"),
    ],
)
def test_a_pattern_leads_to_a_payment(pattern: str, link: str) -> None:
    assert dashboard_link(pattern, "one", "settle/1") == link


@pytest.mark.parametrize(
    ("value", "encoded"),
    [
        ('"><script>', "%22%3E%3Cscript%3E"),
        ("{ref_id}", "%7Bref_id%7D"),
        ("../a?b#c", "..%2Fa%3Fb%23c"),
        ("\N{BULLET}", "%E2%80%A2"),
    ],
)
def test_what_is_put_in_is_encoded(value: str, encoded: str) -> None:
    assert dashboard_link(PATTERN, value, "settle-1") == f"https://dashboard.paxos.com/orchestrations/{encoded}"


@pytest.mark.parametrize(
    "pattern",
    [
        *("", None, 1, [PATTERN], "https://dashboard.paxos.com/orchestrations", "https://dashboard.paxos.com"),
        "http://dashboard.paxos.com/{id}",
        "javascript:alert(1)//{id}",
        "https://evil.example/{id}",
        "https://paxos.com.evil.example/{id}",
        "https://evilpaxos.com/{id}",
        "https://evil.example\\.paxos.com/{id}",
        "https://user:password@dashboard.paxos.com/{id}",
        "https://paxos.com@evil.example/{id}",
        "https://dashboard.paxos.com:8443/{id}",
        "https://{id}.paxos.com/{id}",
        "https://dashboard.paxos.com/{id}/{key}",
        "https://dashboard.paxos.com/{id}/{",
        'https://dashboard.paxos.com/{id}">',
        "https://dashboard.paxos.com/{id}\n",
        f"https://dashboard.paxos.com/{'a' * 500}/{{id}}",
    ],
)
def test_anything_else_is_no_pattern(pattern: object) -> None:
    assert not is_dashboard_pattern(pattern)
    assert dashboard_link(pattern, "one", "settle-1") is None


def test_without_what_the_pattern_asks_for_there_is_no_address() -> None:
    assert dashboard_link("https://paxos.com/{ref_id}", "one", None) is None
    assert dashboard_link(PATTERN, None, "settle-1") is None
