"""Airflow's *Required Actions* as a task meets them, without Airflow: forms, answers, and the task's state store."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from airflow.sdk.exceptions import ErrorType
from airflow.sdk.execution_time.comms import CreateHITLDetailPayload, ErrorResponse

from airflow_provider_paxos.version_compat import TaskAwaitingInput
from tests.task_instance import TaskDeferred, context_of

if TYPE_CHECKING:
    from uuid import UUID

    from airflow.sdk import BaseOperator

    from tests.task_instance import TaskInstance

ANSWERED_AT = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
TREASURER = {"id": "treasurer", "name": "treasurer"}
OLD_FORM = ["Approve 0000-0000", "Reject"]


class Parked(BaseException):
    """Stands in for ``TaskAwaitingInput``, which Airflow 3.1 and 3.2 do not have."""

    def __init__(self, *, method_name: str, kwargs: dict[str, Any] | None = None, timeout: Any = None) -> None:
        super().__init__()
        self.method_name = method_name
        self.kwargs = kwargs
        self.timeout = timeout


AwaitingInput: Any = TaskAwaitingInput or Parked


@dataclass
class StateStore:
    """Keeps values as JSON, as Airflow's task state store does."""

    values: dict[str, str] = field(default_factory=dict)

    def get(self, key: str) -> Any:
        return json.loads(self.values.get(key, "null"))

    def set(self, key: str, value: Any) -> None:
        self.values[key] = json.dumps(value)


class RequiredActions:
    """The supervisor of a task that asks: it keeps the first form of a task instance, as Airflow does."""

    def __init__(self) -> None:
        self.forms: dict[UUID, Any] = {}
        self.asked = 0

    def send(self, message: object) -> object:
        if not isinstance(message, CreateHITLDetailPayload):
            return ErrorResponse(error=ErrorType.CONNECTION_NOT_FOUND)
        self.asked += 1
        return self.forms.setdefault(message.ti_id, message)

    async def asend(self, message: object) -> object:
        return self.send(message)

    def keep(self, ti: TaskInstance, options: list[str]) -> None:
        """Let a form be there that another plan has left."""
        self.forms[ti.id] = CreateHITLDetailPayload(ti_id=ti.id, options=options, subject="Plan 0000-0000")

    def form(self, ti: TaskInstance) -> Any:
        """Return the form that Airflow shows."""
        return self.forms[ti.id]

    def approve(self, ti: TaskInstance, **but: Any) -> dict[str, Any]:
        """Return the event of a person who chooses the first option of the form."""
        return answer(self.form(ti).options[0], **but)


def answer(option: str, **but: Any) -> dict[str, Any]:
    """Return the event with which Airflow resumes a task after an answer."""
    return {
        "chosen_options": [option],
        "params_input": {},
        "responded_at": ANSWERED_AT,
        "responded_by_user": TREASURER,
        "timedout": False,
        **but,
    }


def attempt(
    task: BaseOperator,
    ti: TaskInstance,
    event: dict[str, Any] | None = None,
    *,
    store: StateStore | None = None,
    triggered_by: str | None = None,
    **more: Any,
) -> Any:
    """Run the task, or resume it with an answer, as a worker does.

    :returns: the task's result, or the exception by which it leaves the worker.
    """
    dag_run = more.pop("dag_run", SimpleNamespace(triggering_user_name=triggered_by))
    context = context_of(task, ti, **{"dag_run": dag_run, "task_state_store": store, **more})
    task.render_template_fields(context)
    try:
        if event is None:
            return task.execute(context)
        return task.resume_execution("execute_approved", {"event": event}, context)
    except (AwaitingInput, TaskDeferred) as leaves:
        return leaves
