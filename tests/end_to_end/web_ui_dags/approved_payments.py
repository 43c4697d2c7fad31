"""A batch that a person approves. Its payments are read from a file, so that a test can change them."""

from __future__ import annotations

import json
import os
import time
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from airflow.sdk import dag, task

from airflow_provider_paxos.execution.create_batch import BatchCreation
from airflow_provider_paxos.operators.approval import Approval
from airflow_provider_paxos.operators.orchestration_batch import CreateOrchestrationBatchOperator

if TYPE_CHECKING:
    from airflow.sdk import Context

    from airflow_provider_paxos.batch.state import BatchState
    from airflow_provider_paxos.hooks.paxos import PaxosHook

LONGEST_STOP = 300.0
SHARED = {
    "source_asset": "USD",
    "destination_asset": "PYUSD",
    "source": {"profile": {"profile_id": "00000000-0000-4000-8000-000000000001"}},
    "destination": {"profile": {"profile_id": "00000000-0000-4000-8000-000000000002"}},
}


def folder() -> Path:
    return Path(os.environ["AIRFLOW_HOME"]) / "approved"


def payments(run_id: str) -> list[dict[str, str]]:
    """Return the payments as they are listed now."""
    return json.loads((folder() / f"{run_id}.json").read_text())  # type: ignore[no-any-return]


class StopsBeforeTheFirstRequest(CreateOrchestrationBatchOperator):
    """Leaves a note with its process id once it may pay, and stops there, once, if the run's conf says so."""

    def execute_approved(self, context: Context, event: Any = None) -> Any:
        """Stop, or pay."""
        submit = BatchCreation._submit

        def stop(creation: BatchCreation, hook: PaxosHook, state: BatchState) -> None:
            run_id, conf = context["ti"].run_id, context["dag_run"].conf or {}
            note = folder() / f"{run_id}.pid"
            if conf.get("stop") and not note.exists():
                unfinished = note.with_suffix(".unfinished")
                unfinished.write_text(str(os.getpid()))
                unfinished.replace(note)
                deadline = time.monotonic() + LONGEST_STOP
                while time.monotonic() < deadline:
                    time.sleep(0.05)
                raise TimeoutError("Nobody killed this worker.")
            submit(creation, hook, state)

        BatchCreation._submit = stop  # type: ignore[method-assign]
        return super().execute_approved(context, event)


def pays(timeout: timedelta | None = None) -> None:
    @task
    def open_books() -> None:
        """Stand for a task beside the one that pays."""

    open_books() >> StopsBeforeTheFirstRequest(
        task_id="pay",
        payments="{{ payments(run_id) | tojson }}",
        defaults=SHARED,
        ref_id="{{ run_id }}-{{ key }}",
        approval=Approval(timeout=timeout),
        wait_for_completion=False,
        retries=2,
        retry_delay=timedelta(seconds=1),
    )


@dag(schedule=None, user_defined_macros={"payments": payments})
def pay_approved() -> None:
    pays()


@dag(schedule=None, user_defined_macros={"payments": payments})
def pay_approved_at_once() -> None:
    pays(timeout=timedelta(seconds=1))


pay_approved()
pay_approved_at_once()
