"""A statsd on the loopback, that keeps what Airflow sends of this package's metrics."""

from __future__ import annotations

import re
import socket
import threading

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

    @property
    def is_open(self) -> bool:
        """True until it is closed."""
        return self._thread.is_alive()

    @property
    def configuration(self) -> dict[str, str]:
        """The environment variables that let an Airflow send its metrics here."""
        metrics = {"STATSD_ON": "True", "STATSD_PORT": str(self.port), "STATSD_INFLUXDB_ENABLED": "True"}
        return {f"AIRFLOW__METRICS__{name}": value for name, value in metrics.items()}

    def metrics(self) -> list[tuple[str, dict[str, str], str, str]]:
        """Return Paxos' metrics: name, tags, value and kind."""
        found = [match for line in self.lines if (match := _LINE.fullmatch(line))]
        return [
            (each["name"], dict(re.findall(r",(\w+)=([^,]*)", each["tags"])), each["value"], each["kind"])
            for each in found
        ]
