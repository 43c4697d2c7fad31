"""Metrics of requests: endpoints without ids, statuses, throttles, waits and tokens."""

from __future__ import annotations

import re

import pytest

from airflow_provider_paxos.api.observing import Answered, Minted, Waited
from airflow_provider_paxos.observability.metrics import METRICS
from airflow_provider_paxos.observability.requests import RequestMetrics, endpoint_of
from tests.api.published.shapes import PATHS
from tests.observability.conftest import Emitted

URL = "https://api.paxos.com/v2/orchestration/orchestrations"
CONN = {"conn_id": "paxos_default"}


def test_an_answer_is_counted_by_endpoint_and_status(emitted: Emitted) -> None:
    RequestMetrics("paxos_default")(Answered("GET", f"{URL}?ref_id=settle-7", 200))
    tags = {**CONN, "method": "GET", "endpoint": "orchestration/orchestrations", "status": "200"}
    assert emitted.counters == [("paxos.requests", 1, tags)]


def test_a_lost_answer_has_no_status(emitted: Emitted) -> None:
    RequestMetrics("paxos_default")(Answered("POST", URL, None))
    ((_, _, tags),) = emitted.counters
    assert tags["status"] == "lost"


def test_a_429_is_counted_as_a_throttle_too(emitted: Emitted) -> None:
    RequestMetrics("paxos_default")(Answered("POST", URL, 429))
    assert emitted.counts() == {"paxos.requests": 1, "paxos.throttled": 1}


def test_waits_and_tokens_are_counted(emitted: Emitted) -> None:
    observe = RequestMetrics("paxos_default")
    observe(Waited(1.5))
    observe(Minted())
    assert emitted.timings == [("paxos.rate_limit_wait", 1.5, CONN)]
    assert emitted.counters == [("paxos.tokens_minted", 1, CONN)]


@pytest.mark.parametrize("call", PATHS)
def test_an_endpoint_that_paxos_publishes_keeps_its_words_and_loses_its_ids(call: str) -> None:
    path = call.split()[1]
    filled = re.sub(r"{.*?}", "7c4e8f2a-1d3b", path)
    assert endpoint_of(f"https://api.paxos.com/v2{filled}") == re.sub(r"{.*?}", "id", path).strip("/")


@pytest.mark.parametrize(
    ("url", "endpoint"),
    [
        ("https://oauth.paxos.com/oauth2/token", "oauth2/token"),
        (f"{URL}/orchestration-1", "orchestration/orchestrations/id"),
        ("https://api.paxos.com/v2/profiles/p/balances/USD", "profiles/id/balances/id"),
        ("https://gateway.test/paxos/v2/travelrule/vasps", "id/travelrule/vasps"),
    ],
)
def test_an_endpoint_is_the_path_without_ids(url: str, endpoint: str) -> None:
    assert endpoint_of(url) == endpoint


def test_every_metric_has_the_tags_that_the_table_names(emitted: Emitted) -> None:
    observe = RequestMetrics("paxos_default")
    for each in (Answered("POST", URL, 429), Waited(1.0), Minted()):
        observe(each)
    assert {name: tuple(tags) for name, _, tags in (*emitted.counters, *emitted.timings)} == {
        name: METRICS[name]
        for name in ("paxos.requests", "paxos.throttled", "paxos.rate_limit_wait", "paxos.tokens_minted")
    }
