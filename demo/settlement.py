"""The settlement Dag on a site: its local Paxos, its connection, its run and its report."""

from __future__ import annotations

import os
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import requests

from airflow_provider_paxos.emulator.settings import CLIENT_ID, CLIENT_SECRET
from airflow_provider_paxos.receipts import RECEIPT_KEY, receipts_in
from demo.airflow_site import AirflowSettings, AirflowSite
from demo.processes import DemoError, wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from demo.airflow_api import TaskInstance
    from demo.processes import Processes

CHECKOUT = Path(__file__).resolve().parent.parent
DAG_ID = "settlement_batch"
RUN_ID = "demo"
SETTLE = "settle"
SETTLEMENT_TIME = 600.0
"""Seconds that the whole batch may take on a slow machine."""
APPROVAL_TIME = 24 * 3600.0
"""Seconds that a person may take to approve it."""


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


def connect(site: AirflowSite, emulator: Emulator) -> None:
    """Create the connection that the Dag uses."""
    site.api.add_connection(
        "paxos_default",
        conn_type="paxos",
        description="The local Paxos of the demo",
        host=f"{emulator.url}/v2",
        login=CLIENT_ID,
        password=CLIENT_SECRET,
    )


def settle(site: AirflowSite, show: Callable[[str], None], *, approve: bool = False) -> Path:
    """Run the Dag to its end, whatever that is, and return the path of the report, without its ending.

    :param show: called with a line on how it is getting on, as often as the line changes
    :param approve: whether a person has to approve the payments in the web UI first
    """
    site.wait_for_dag(DAG_ID)
    site.api.trigger(DAG_ID, RUN_ID, {"approve": approve})
    shown = ""

    def is_over() -> bool:
        nonlocal shown
        over = site.api.run_state(DAG_ID, RUN_ID) in ("success", "failed")
        receipts = receipts_in(site.api.xcom(DAG_ID, RUN_ID, SETTLE, RECEIPT_KEY))
        if (line := progress(site.api.task_instances(DAG_ID, RUN_ID), receipts)) != shown:
            shown = line
            show(line)
        return over

    site.wait(is_over, "the settlement to end", seconds=SETTLEMENT_TIME + (APPROVAL_TIME if approve else 0))
    report = site.settings.home / "reports" / RUN_ID
    if not report.with_suffix(".txt").exists():
        raise DemoError(f"The Dag run has left no report; its tasks' logs are in {site.settings.home / 'logs'}.")
    return report


def progress(instances: Iterable[TaskInstance], receipts: Sequence[Mapping[str, Any]]) -> str:
    """Return in a line how far the run is.

    :param receipts: what the task that settles has left of its payments: once it has submitted them, and at their end.
    """
    states = {instance.task_id: instance.state for instance in instances}
    if states.get(SETTLE) == "awaiting_input":
        return "waiting for a person's approval"
    if not receipts:
        return "submitting the payments" if states.get(SETTLE) == "running" else "reading the settlement file"
    counts = Counter(str(receipt.get("status", "not accepted")) for receipt in receipts)
    payments = ", ".join(f"{count} {status}" for status, count in counts.most_common())
    return f"{payments}; waiting for their end in the triggerer" if states.get(SETTLE) == "deferred" else payments
