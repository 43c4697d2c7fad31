"""Ask a person in Airflow's *Required Actions*, and leave the worker until there is an answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple, NoReturn

from airflow.sdk.api.datamodels._generated import HITLDetailRequest, HITLUser
from airflow.sdk.execution_time import task_runner
from airflow.sdk.execution_time.comms import CreateHITLDetailPayload

from airflow_provider_paxos.execution.task import Task
from airflow_provider_paxos.version_compat import TaskAwaitingInput

if TaskAwaitingInput is None:
    # Airflow 3.1 and 3.2 install the provider of the trigger; it is not needed afterwards.
    from airflow.providers.standard.triggers.hitl import HITLTrigger

METHOD = "execute_approved"
"""The operator's method that Airflow calls with the answer."""


class Form(NamedTuple):
    """The form that Airflow shows.

    :param users: the ids of who may answer; empty for everybody.
    """

    options: list[str]
    users: list[str]


def ask(
    ti_id: Any, *, subject: str, body: str, options: Sequence[str], assigned_users: Sequence[Mapping[str, str]]
) -> Form:
    """Put a question into Required Actions.

    Airflow 3.3.2 keeps the first form of a task instance: after a clear or a retry it takes back the answer, and shows
    the old subject, body, options and assigned users again.

    :param ti_id: of the task instance.
    :param body: Markdown.
    :param assigned_users: mappings of ``id`` and ``name``; empty for everybody.
    :returns: what Airflow shows, which may be the first form.
    """
    asked = CreateHITLDetailPayload(
        ti_id=ti_id,
        options=list(options),
        subject=subject,
        body=body,
        defaults=None,
        params={},
        multiple=False,
        assigned_users=[HITLUser(id=user["id"], name=user["name"]) for user in assigned_users],
    )
    # Airflow's own ``upsert_hitl_detail`` sends the same, and drops the reply, which holds the stored form.
    reply = task_runner.SUPERVISOR_COMMS.send(asked)
    shown = reply if isinstance(reply, HITLDetailRequest) else asked
    return Form(list(shown.options), [user.id for user in shown.assigned_users or ()])


def await_answer(task: Task, ti_id: Any, *, options: Sequence[str], timeout: timedelta | None) -> NoReturn:
    """Leave the worker until there is an answer: without a trigger since Airflow 3.3, in the triggerer before.

    :param timeout: until the question ends.
    """
    if TaskAwaitingInput is not None:
        raise TaskAwaitingInput(method_name=METHOD, timeout=timeout)
    task.defer(
        trigger=HITLTrigger(
            ti_id=ti_id,
            options=list(options),
            params={},
            multiple=False,
            timeout_datetime=datetime.now(UTC) + timeout if timeout else None,
        ),
        method_name=METHOD,
    )
