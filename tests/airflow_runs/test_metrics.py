"""Metrics, as a statsd on the loopback receives them from Airflow's own statistics."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from airflow_provider_paxos.emulator.server import RunningEmulator
from airflow_provider_paxos.observability.metrics import METRICS
from tests.airflow_runs.own_process import run_in_own_process

pytest.importorskip("statsd")

_LINE = re.compile(r"airflow\.(?P<name>paxos[^:,]+)(?P<tags>[^:]*):(?P<value>[^|]+)\|(?P<kind>\w+)")


class Statsd:
    """Keeps the lines that arrive, until it is closed."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self.lines: list[str] = []
        self._thread = threading.Thread(target=self._receive)
        self._thread.start()

    def _receive(self) -> None:
        while (packet := self._socket.recv(65_535)) != b"end":
            self.lines += packet.decode().splitlines()

    def close(self) -> None:
        """Keep what has arrived, and end."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
            last.sendto(b"end", ("127.0.0.1", self.port))
        self._thread.join()
        self._socket.close()

    def metrics(self) -> list[tuple[str, dict[str, str], str, str]]:
        """Return Paxos' metrics: name, tags, value and kind."""
        found = [match for line in self.lines if (match := _LINE.fullmatch(line))]
        return [
            (each["name"], dict(re.findall(r",(\w+)=([^,]*)", each["tags"])), each["value"], each["kind"])
            for each in found
        ]


@pytest.fixture
def statsd() -> Iterator[Statsd]:
    """A statsd on the loopback."""
    listening = Statsd()
    yield listening
    if listening._thread.is_alive():
        listening.close()


def test_a_batch_is_counted_from_its_requests_to_its_end(
    airflow_database: Path, paxos: RunningEmulator, statsd: Statsd
) -> None:
    metrics = {"STATSD_ON": "True", "STATSD_PORT": str(statsd.port), "STATSD_INFLUXDB_ENABLED": "True"}
    run_in_own_process("counted", **{f"AIRFLOW__METRICS__{name}": value for name, value in metrics.items()})
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
