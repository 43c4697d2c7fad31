"""The settlement Dag on a site: its local Paxos, its connection, its run and its report."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import requests

from airflow_provider_paxos.emulator.settings import CLIENT_ID, CLIENT_SECRET
from demo.airflow_site import AirflowSettings, AirflowSite
from demo.following import ExampleRun
from demo.processes import DemoError, wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from demo.processes import Processes

CHECKOUT = Path(__file__).resolve().parent.parent
DAG_ID = "settlement_batch"
RUN_ID = "demo"
SETTLE = "settle"
SETTLEMENT = ExampleRun(DAG_ID, RUN_ID, SETTLE, "reading the settlement file")


class Emulator:
    """A local Paxos; its process lives in ``processes`` and ends with them.

    :param options: further options of its command line
    """

    def __init__(self, port: int, processes: Processes, options: Sequence[str] = ()) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self._port = port
        self._processes = processes
        self._options = options

    def start(self) -> None:
        """Start it and wait until it answers."""
        command = [sys.executable, "-m", "airflow_provider_paxos.emulator", "--port", str(self._port), *self._options]
        self._processes.start("emulator", command, os.environ)

        def answers() -> bool:
            self._processes.check()
            try:
                return self.get("_emulator/journal").ok
            except requests.RequestException:
                return False

        wait_until(answers, "the local Paxos to answer", seconds=180)

    def get(self, path: str) -> requests.Response:
        """Return the answer to a GET; ``_emulator/journal`` is what was asked of it and what it booked."""
        with requests.Session() as session:
            session.trust_env = False
            return session.get(f"{self.url}/{path}", timeout=30)


def settlement_site(home: Path, port: int, processes: Processes) -> AirflowSite:
    """Return an Airflow, not started yet, that has the example Dags."""
    # The Dag is due daily: once it is unpaused, yesterday's run would start beside the one that is asked for.
    environment = {"AIRFLOW__SCHEDULER__USE_JOB_SCHEDULE": "False"}
    settings = AirflowSettings(home=home, dags_folder=CHECKOUT / "example_dags", port=port, environment=environment)
    return AirflowSite(settings, processes)


def connect(site: AirflowSite, emulator: Emulator, **extra: str) -> None:
    """Create the connection that the Dags use.

    :param extra: further fields of the connection, by their names
    """
    site.api.add_connection(
        "paxos_default",
        conn_type="paxos",
        description="The local Paxos of the demo",
        host=f"{emulator.url}/v2",
        login=CLIENT_ID,
        password=CLIENT_SECRET,
        # Airflow warns in the task's log that "{}" is too short to be masked.
        extra=json.dumps(extra) if extra else None,
    )


def settle(site: AirflowSite, show: Callable[[str], None], *, approve: bool = False) -> Path:
    """Run the Dag to its end, whatever that is, and return the path of the report, without its ending.

    :param show: called with a line on how it is getting on, as often as the line changes
    :param approve: whether a person has to approve the payments in the web UI first
    """
    SETTLEMENT.start(site, {"approve": approve})
    SETTLEMENT.follow(site, show, approve=approve)
    report = site.settings.home / "reports" / RUN_ID
    if not report.with_suffix(".txt").exists():
        raise DemoError(f"The Dag run has left no report; its tasks' logs are in {site.settings.home / 'logs'}.")
    return report
