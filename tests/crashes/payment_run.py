"""A run of a Dag of payments: its workers, its states and logs, and what Paxos has of it."""

from __future__ import annotations

import json
import os
import signal
from dataclasses import dataclass
from decimal import Decimal
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import psutil

from airflow_provider_paxos.execution.identity import derived_ref_id
from airflow_provider_paxos.hooks.creator import creator_of
from airflow_provider_paxos.receipts import receipts_in
from demo.processes import DemoError

if TYPE_CHECKING:
    from airflow_provider_paxos.emulator.control_client import Controls
    from demo.airflow_api import TaskInstance
    from demo.airflow_site import AirflowSite

CREATE = "create"
PATIENCE = 240.0


@dataclass(frozen=True)
class Worker:
    """The processes that run a task."""

    task: int
    supervisor: int

    def kill(self) -> None:
        """Kill both, as when a worker's machine is lost: Airflow gets no word."""
        os.kill(self.supervisor, signal.SIGKILL)
        os.kill(self.task, signal.SIGKILL)

    def kill_task(self) -> None:
        """Kill the task alone, as the kernel does when memory is short: the supervisor reports it to Airflow."""
        os.kill(self.task, signal.SIGKILL)


@dataclass(frozen=True)
class PaymentRun:
    """A Dag run with a task ``create``, which may be mapped, and perhaps one that waits."""

    airflow: AirflowSite
    paxos: Controls
    dag_id: str
    run_id: str

    def instance(self, task_id: str = CREATE, map_index: int = -1) -> TaskInstance | None:
        """Return a task instance; None while it does not exist."""
        for each in self.airflow.api.task_instances(self.dag_id, self.run_id):
            if (each.task_id, each.map_index) == (task_id, map_index):
                return each
        return None

    def wait_for(
        self,
        state: str,
        task_id: str = CREATE,
        map_index: int = -1,
        *,
        after_try: int = 0,
        seconds: float = PATIENCE,
    ) -> TaskInstance:
        """Wait until a task instance is in a state, in a try later than the one given."""

        found: TaskInstance | None = None

        def is_there() -> bool:
            nonlocal found
            found = self.instance(task_id, map_index)
            return found is not None and found.state == state and found.try_number > after_try

        try:
            self.airflow.wait(is_there, f"{task_id} {map_index} of {self.run_id} to be {state}", seconds=seconds)
        except DemoError as late:
            raise DemoError(f"{late} It is {found}, with the log\n{self.log(task_id, map_index)}") from None
        assert found is not None
        return found

    def clear(self, task_id: str = CREATE) -> None:
        """Clear a task, as a person does in the web UI."""
        assert self.airflow.api.clear(self.dag_id, self.run_id, [task_id]) == 1

    def wait_for_end(self) -> None:
        """Wait until the run has ended: one that is cleared at that very moment, Airflow ends all the same."""
        self.airflow.wait(
            lambda: self.airflow.api.run_state(self.dag_id, self.run_id) in ("success", "failed"),
            f"the end of {self.run_id}",
            seconds=PATIENCE,
        )

    def worker_at(self, point: str, *, try_number: int = 1, map_index: int = -1) -> Worker:
        """Wait until a worker has come to a point, and return its processes."""
        name = f"{self.run_id}--{map_index}--{try_number}--{point}"
        note = self.airflow.settings.home / "notes" / name
        self.airflow.wait(note.exists, f"a worker at {name}", seconds=PATIENCE)
        return Worker(**json.loads(note.read_text()))

    def let_go(self, point: str, *, map_index: int = -1) -> None:
        """Let the first try, which stopped at a point, go on."""
        (self.airflow.settings.home / "notes" / f"{self.run_id}--{map_index}--1--{point}--go").touch()

    def wait_for_exit(self, worker: Worker) -> None:
        """Wait until a task's process has ended."""
        self.airflow.wait(lambda: not psutil.pid_exists(worker.task), f"process {worker.task} to end", seconds=PATIENCE)

    def ref_id(self, map_index: int = -1) -> str:
        """Return the ref_id that the task instance stands for: derived, or what the Dag with the mapped task gives."""
        if map_index >= 0:
            return f"{self.run_id}-{map_index}"
        place = SimpleNamespace(dag_id=self.dag_id, run_id=self.run_id, task_id=CREATE, map_index=map_index)
        return derived_ref_id(creator_of(place))  # type: ignore[arg-type]

    def posts(self, map_index: int = -1) -> list[dict[str, Any]]:
        """Return the create requests that have reached Paxos since it was started."""
        return [entry for entry in self.paxos.journal() if entry["ref_id"] == self.ref_id(map_index)]

    def wait_until_accepted(self, map_index: int = -1) -> None:
        """Wait until Paxos has accepted the payment, whether or not it has answered."""
        self.airflow.wait(
            lambda: any(entry["accepted"] for entry in self.posts(map_index)),
            f"Paxos to accept {self.run_id} {map_index}",
            seconds=PATIENCE,
        )

    def end(self, status: str = "COMPLETED", reason: str | None = None, map_index: int = -1) -> None:
        """Let the orchestration end."""
        self.paxos.set_status(self.ref_id(map_index), status, reason)

    def log(self, task_id: str = CREATE, map_index: int = -1, *, try_number: int | None = None) -> str:
        """Return the log of a try, the last one by default, as the web UI shows it."""
        found = self.instance(task_id, map_index)
        assert found is not None
        number = try_number or found.try_number
        return self.airflow.api.task_log(self.dag_id, self.run_id, task_id, number, map_index=map_index)

    def wait_for_log(self, words: str, task_id: str = CREATE) -> None:
        """Wait until the log of the last try says so."""
        self.airflow.wait(lambda: words in self.log(task_id), f"the log to say {words!r}", seconds=PATIENCE)

    def require_paid_once(self, map_index: int = -1, *, amount: str = "100.00", journal_lost: bool = False) -> None:
        """Compare journal, ledger and what Airflow holds of an instance: one payment, of this amount.

        :param journal_lost: whether the local Paxos was started again, which keeps the ledger only
        """
        ref_id = self.ref_id(map_index)
        accepted = self.paxos.accepted_creates().get(ref_id, [])
        assert len(accepted) == 1, f"{ref_id}: {accepted}"
        reserved = [
            booking["amount"]
            for booking in self.paxos.bookings()
            if booking["ref_id"] == ref_id and booking["reason"] == "reserve"
        ]
        assert [Decimal(each) for each in reserved] == [Decimal(amount)]
        assert all(Decimal(each) == 0 for each in self.paxos.ledger_sums().values())
        if not journal_lost:
            assert [entry["orchestration_id"] for entry in self.posts(map_index) if entry["accepted"]] == accepted
        # A try that ended with an error has left what it asked for, and no id.
        held = [receipt["id"] for receipt in self.receipts(map_index) if "error" not in receipt]
        assert held in ([], accepted)

    def receipts(self, map_index: int = -1) -> list[dict[str, Any]]:
        """Return the receipts that the last try has left."""
        return receipts_in(
            self.airflow.api.xcom(self.dag_id, self.run_id, CREATE, "orchestration", map_index=map_index)
        )
