"""What every measure stands on: the local server, the two environments, and processes that are all gone in the end."""

from __future__ import annotations

import base64
import contextlib
import itertools
import json
import os
import secrets
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from benchmarks.certificate import certificate_of_loopback
from benchmarks.control import Control
from benchmarks.waiters import PAXOS, connections
from demo.processes import Processes, free_port, wait_until

CHECKOUT = Path(__file__).resolve().parent.parent


@dataclass
class Bench:
    """One run of ``make bench``.

    :param folder: an empty one, for logs and Airflow's files.
    :param peers: the Python of the peers' environment.
    :param seconds: length of each measurement.
    :param payments: payments of the batch that runs through a real Airflow.
    """

    folder: Path
    processes: Processes
    peers: Path
    seconds: float
    payments: int
    control: Control = field(init=False)
    url: str = field(init=False)
    certificate: Path = field(init=False)
    _key: str = field(default_factory=lambda: base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(), repr=False)
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    _waited: dict[str, dict[str, Any]] = field(default_factory=dict)

    def start_server(self) -> None:
        """Start the local server: over TLS at ``url``, and without it where ``control`` is."""
        self.certificate = certificate_of_loopback(self.folder)
        plain, secure = free_port(), free_port()
        command = [sys.executable, "-m", "benchmarks.local_server", "--port", str(plain)]
        command += ["--tls-port", str(secure), "--certificate", str(self.certificate)]
        self.processes.start("local-server", command, self.environment())
        self.control = Control(f"http://127.0.0.1:{plain}")
        self.url = f"https://127.0.0.1:{secure}"

        def answers() -> bool:
            self.processes.check()
            with contextlib.suppress(OSError):
                return bool(self.control.counts())
            return False

        wait_until(answers, "the local server to answer", seconds=20)

    def environment(self, **variables: str) -> dict[str, str]:
        """Return the environment of a measured process: the caller's without its Airflow, and these variables."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "_AIRFLOW"))}
        return {
            **inherited,
            "AIRFLOW_HOME": str(self.folder / "airflow"),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            # By it the token is encrypted that the processes of a host share.
            "AIRFLOW__CORE__FERNET_KEY": self._key,
            "NO_PROXY": "127.0.0.1",
            "no_proxy": "127.0.0.1",
            "PYTHONPATH": str(CHECKOUT),
            "PYTHONHASHSEED": "0",
            **variables,
        }

    def measured(
        self,
        module: str,
        plan: Mapping[str, Any],
        *,
        kind: str = PAXOS,
        seconds: float,
        latency: float = 0.0,
        limited: bool = False,
        extra: Mapping[str, Any] = MappingProxyType({}),
        **variables: str,
    ) -> dict[str, Any]:
        """Run a module in a process of its own, and return the last line that it prints.

        :param kind: in whose environment: the peers' or ours.
        :param seconds: how long it may take.
        :param latency: seconds before each of the server's answers.
        :param limited: whether the server enforces Paxos' rate limits.
        :param extra: of the Paxos connection.
        :param variables: further environment variables.
        """
        self.control.start_anew(latency=latency, limited=limited)
        python = sys.executable if kind == PAXOS else str(self.peers)
        name = f"{next(self._numbers):02}-{module.rpartition('.')[2]}-{kind}"
        # What the processes of a host share: each measurement has a host of its own.
        host = self.folder / f"{name}.host"
        host.mkdir()
        variables["XDG_RUNTIME_DIR"] = str(host)
        trusted = {name: str(self.certificate) for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE")}
        environment = self.environment(**trusted, **connections(self.url, **extra), **variables)
        command = [python, "-m", module, json.dumps({"url": self.url, "control": self.control.url, **plan})]
        self.processes.run(name, command, environment, seconds=seconds)
        *_, last = self.processes.log(name).read_text(errors="replace").strip().splitlines()
        figures: dict[str, Any] = json.loads(last)
        return figures

    def waited(self, kind: str, triggers: int, **plan: Any) -> dict[str, Any]:
        """Return the figures of so many triggers that wait; what was measured once in this run serves all measures.

        :param plan: of ``benchmarks.waiting``.
        """
        whole = {"kind": kind, "triggers": triggers, "interval": 5.0, "seconds": self.seconds, **plan}
        key = json.dumps(whole, sort_keys=True)
        if key not in self._waited:
            seconds = self.seconds + whole.get("ends_over", 0) + 240
            self._waited[key] = self.measured("benchmarks.waiting", whole, kind=kind, seconds=seconds)
        return self._waited[key]
