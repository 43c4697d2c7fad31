"""Metrics, as a statsd on the loopback receives them from Airflow's own statistics."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from airflow_provider_paxos.emulator.server import RunningEmulator
from airflow_provider_paxos.observability.metrics import METRICS
from tests.airflow_runs.own_process import run_in_own_process
from tests.statsd import Statsd

pytest.importorskip("statsd")


@pytest.fixture
def statsd() -> Iterator[Statsd]:
    """A statsd on the loopback."""
    listening = Statsd()
    yield listening
    if listening.is_open:
        listening.close()


def test_a_batch_is_counted_from_its_requests_to_its_end(
    airflow_database: Path, paxos: RunningEmulator, statsd: Statsd
) -> None:
    run_in_own_process("counted", **statsd.configuration)
    statsd.close()

    received = statsd.metrics()
    assert {name: set(tags) for name, tags, _, _ in received} == {
        name: set(METRICS[name]) for name in {name for name, _, _, _ in received}
    }
    counted = [each for each in received if each[0].startswith("paxos.payments")]
    payments = {(name, tags["rail"]): int(value) for name, tags, value, _ in counted}
    assert payments == {
        ("paxos.payments.submitted", "profile"): 2,
        ("paxos.payments.submitted", "fiat"): 1,
        ("paxos.payments.completed", "profile"): 2,
        ("paxos.payments.failed", "fiat"): 1,
    }
    assert all(tags["dag_id"] == "counted" for _, tags, _, _ in received if "dag_id" in tags)
    creates = [tags for name, tags, _, _ in received if name == "paxos.requests" and tags["method"] == "POST"]
    assert (
        sorted((tags["endpoint"], tags["status"]) for tags in creates if "oauth2" not in tags["endpoint"])
        == [("orchestration/orchestrations", "200")] * 3
    )
    assert sum(kind == "ms" for name, _, _, kind in received if name == "paxos.time_to_terminal") == 3
    assert [value for name, _, value, _ in received if name == "paxos.tokens_minted"]
