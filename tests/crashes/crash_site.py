"""An Airflow and a local Paxos that are meant to be killed, part by part."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from airflow_provider_paxos.emulator.control_client import Controls
from airflow_provider_paxos.emulator.urls import ORCHESTRATIONS
from demo.airflow_site import AirflowSettings, AirflowSite
from demo.processes import Processes, free_port
from demo.settlement import CHECKOUT, Emulator, connect
from tests.crashes.payment_run import PaymentRun, Worker
from tests.crashes.pods import PODS
from tests.crashes.sweeping import write_example

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

NOTHING_MORE: Mapping[str, str] = {}
DAGS = Path(__file__).parent / "dags"

IMPATIENT = {
    # A worker that is gone is missed after seconds, not minutes. Not shorter: a busy machine is no crash.
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "20",
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT_DETECTION_INTERVAL": "1",
    "AIRFLOW__WORKERS__MIN_HEARTBEAT_INTERVAL": "1",
    # The same for a scheduler and a triggerer.
    "AIRFLOW__SCHEDULER__SCHEDULER_HEARTBEAT_SEC": "1",
    "AIRFLOW__SCHEDULER__SCHEDULER_HEALTH_CHECK_THRESHOLD": "10",
    "AIRFLOW__SCHEDULER__ORPHANED_TASKS_CHECK_INTERVAL": "2",
    "AIRFLOW__TRIGGERER__JOB_HEARTBEAT_SEC": "1",
    "AIRFLOW__TRIGGERER__TRIGGERER_HEALTH_CHECK_THRESHOLD": "10",
}


@dataclass
class CrashSite:
    """The parts, and what a test does to them."""

    airflow: AirflowSite
    emulator: Emulator
    processes: Processes

    @property
    def paxos(self) -> Controls:
        """The controls of the local Paxos."""
        return Controls(self.emulator.url)

    @property
    def dags(self) -> Path:
        """The folder of the Dag files, for an author to edit."""
        return self.airflow.settings.dags_folder

    def run(self, dag_id: str, run_id: str, **conf: Any) -> PaymentRun:
        """Start a Dag run."""
        self.airflow.wait_for_dag(dag_id)
        self.airflow.api.trigger(dag_id, run_id, conf)
        return PaymentRun(self.airflow, self.paxos, dag_id, run_id)

    def hold_answers(self, times: int = 1) -> None:
        """Let Paxos accept the next orchestrations, and answer only when nobody is there any more."""
        self.paxos.fault("delay", times, method="POST", path=ORCHESTRATIONS, after_work=True, seconds=20)

    def kill(self, name: str, *, with_children: bool = True) -> None:
        """Kill a part of Airflow, or ``emulator``; with all that it started, as when a machine is lost."""
        self.processes.kill(name, signal.SIGKILL, with_children=with_children)

    def part_of(self, worker: Worker) -> str:
        """Return the name of the scheduler that a worker belongs to."""
        return self.processes.name_of(worker.supervisor)

    def freeze(self, name: str) -> None:
        """Stop a part and all that it started, as when its machine hangs or is cut off."""
        self.processes.signal(name, signal.SIGSTOP)

    def thaw(self, name: str) -> None:
        """Let it go on."""
        self.processes.signal(name, signal.SIGCONT)

    def start(self, name: str) -> None:
        """Start a part again."""
        if name == "emulator":
            self.emulator.start()
        else:
            self.airflow.start(name)

    def restore(self) -> None:
        """Start what is not running, and let nothing more go wrong."""
        for name in ("emulator", *self.airflow.parts):
            self.thaw(name)
            if not self.processes.is_running(name):
                self.start(name)
        self.paxos.clear_faults()
        self.airflow.wait(self.airflow.is_healthy, "Airflow to be healthy", seconds=400)


@contextlib.contextmanager
def crash_site(
    home: Path,
    *,
    executor: str = "LocalExecutor",
    paxos_may_die: bool = False,
    connection: Mapping[str, str] = NOTHING_MORE,
    **settings: Any,
) -> Iterator[CrashSite]:
    """Start everything, and end everything.

    :param executor: of the tasks that do not ask for pods
    :param paxos_may_die: whether the local Paxos keeps what it accepts in a file, which it writes anew each time: of
        thousands that takes it a tenth of a second each
    :param connection: further fields of the connection, by their names
    :param settings: of ``AirflowSettings``, besides those that all crash cases share; ``environment`` comes on top
    """
    shutil.copytree(DAGS, home / "dags", ignore=shutil.ignore_patterns("__pycache__"))
    write_example(home / "dags")
    for folder in ("notes", "pods"):
        (home / folder).mkdir()
    with Processes(home) as processes:
        # What is in progress stays so until a test decides how it ends.
        options = ["--settle-seconds", "1000000"]
        if paxos_may_die:
            options += ["--state", str(home / "paxos.json")]
        emulator = Emulator(free_port(), processes, options)
        emulator.start()
        environment = {
            **IMPATIENT,
            "CRASH_NOTES": str(home / "notes"),
            # Tasks that ask for it run as pods.
            "AIRFLOW__CORE__EXECUTOR": f"{executor},pods:tests.crashes.pods.PodExecutor",
            "PYTHONPATH": os.pathsep.join(filter(None, (str(CHECKOUT), os.environ.get("PYTHONPATH")))),
            PODS: str(home / "pods"),
            **settings.pop("environment", {}),
        }
        airflow = AirflowSite(
            AirflowSettings(
                home=home,
                dags_folder=home / "dags",
                port=free_port(),
                parallelism=settings.pop("parallelism", 3),
                environment=environment,
                **settings,
            ),
            processes,
        )
        airflow.start_all()
        connect(airflow, emulator, **connection)
        yield CrashSite(airflow, emulator, processes)
