"""A task instance as operators see it, without Airflow's supervisor."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast
from uuid import UUID, uuid4

from airflow.sdk import BaseOperator, Context

from airflow_provider_paxos.receipts import receipts_in

try:
    from airflow.sdk.exceptions import AirflowRescheduleException, TaskDeferred
except ImportError:  # Airflow 3.1
    from airflow.exceptions import (  # type: ignore[attr-defined,no-redef]
        AirflowRescheduleException,
        TaskDeferred,
    )

__all__ = [
    "AirflowRescheduleException",
    "TaskDeferred",
    "TaskInstance",
    "context_of",
    "left_by",
    "resume",
    "resume_failed",
    "run",
]

RUN_ID = "scheduled__2026-11-21T03:04:05.678901+00:00"


@dataclass
class TaskInstance:
    """Keeps XComs as JSON, as Airflow does; a retry starts without them."""

    dag_id: str = "settlement"
    run_id: str = RUN_ID
    task_id: str = "create"
    map_index: int | None = -1
    try_number: int = 1
    max_tries: int = 0
    first_reschedule: datetime | None = None
    id: UUID = field(default_factory=uuid4)
    xcoms: dict[str, str] = field(default_factory=dict)

    def xcom_push(self, key: str, value: Any) -> None:
        self.xcoms[key] = json.dumps(value)

    def xcom_pull(self, *, task_ids: str, key: str, map_indexes: int | None) -> Any:
        assert (task_ids, map_indexes) == (self.task_id, self.map_index)
        return json.loads(self.xcoms.get(key, "null"))

    def get_first_reschedule_date(self, context: Context) -> datetime | None:
        return self.first_reschedule


def context_of(task: BaseOperator, ti: TaskInstance | None = None, **more: Any) -> Context:
    """Return a context in which the task's templates can be rendered, and the task run."""
    ti = ti or TaskInstance(task_id=task.task_id)
    return cast("Context", {"ti": ti, "task": task, "run_id": ti.run_id, "ds": "2026-11-21", "params": {}, **more})


def run(task: BaseOperator, ti: TaskInstance | None = None, **more: Any) -> Any:
    """Render the task's templates, and execute it, as a worker does."""
    context = context_of(task, ti, **more)
    task.render_template_fields(context)
    return task.execute(context)


def resume(
    task: BaseOperator, ti: TaskInstance | None = None, *, method: str = "execute_complete", **kwargs: Any
) -> Any:
    """Render the task's templates, and resume it after a deferral, as a worker does."""
    context = context_of(task, ti)
    task.render_template_fields(context)
    return task.resume_execution(method, kwargs, context)


def resume_failed(task: BaseOperator, error: str, ti: TaskInstance | None = None) -> Any:
    """Resume a task whose trigger timed out (``Trigger timeout``) or failed (``Trigger failure``)."""
    return resume(task, ti, method="__fail__", error=error)


def left_by(ti: TaskInstance) -> list[dict[str, Any]]:
    """Return the receipts that a task instance has left."""
    return receipts_in(ti.xcom_pull(task_ids=ti.task_id, key="orchestration", map_indexes=-1))
