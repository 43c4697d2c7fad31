"""Measure the CPU time that metrics add to a request: without statistics, and with a statsd on the loopback.

python -m benchmarks.metrics
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import timeit

_TIMES = 20_000
_STATSD = {"STATSD_ON": "True", "STATSD_INFLUXDB_ENABLED": "True"}


def main() -> None:
    """Print the microseconds of both, each in a process of its own, as Airflow reads its configuration once."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as statsd:
        statsd.bind(("127.0.0.1", 0))
        for name, options in (
            ("no statistics", {}),
            ("statsd", {**_STATSD, "STATSD_PORT": str(statsd.getsockname()[1])}),
        ):
            environment = {**os.environ, **{f"AIRFLOW__METRICS__{key}": value for key, value in options.items()}}
            command = [sys.executable, "-m", "benchmarks.metrics", "measure"]
            done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)  # noqa: S603
            print(f"{name}: {done.stdout.splitlines()[-1]} µs a request")  # noqa: T201


def measure() -> None:
    """Print the microseconds of one request's metrics in this process, the best of five turns."""
    from airflow.sdk import serde  # noqa: F401, PLC0415 - it sets up the statistics, as in a task

    from airflow_provider_paxos.api.observing import Answered  # noqa: PLC0415
    from airflow_provider_paxos.observability.requests import RequestMetrics  # noqa: PLC0415

    observe, url = RequestMetrics("paxos_default"), "https://api.paxos.com/v2/orchestration/orchestrations?ref_id=1"
    observe(Answered("GET", url, 200))
    seconds = timeit.repeat(lambda: observe(Answered("GET", url, 200)), number=_TIMES, repeat=5)
    print(f"{1e6 * min(seconds) / _TIMES:.0f}")  # noqa: T201


if __name__ == "__main__":
    measure() if sys.argv[1:] else main()
