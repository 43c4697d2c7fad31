"""The queries of the web UI: the XComs of Airflow's database that hold receipts, newest first, and what is beside them.

Columns are selected, not the entity, which would join the Dag run. ``key`` and the coordinates are indexed,
``timestamp`` is not, and paths into JSON differ by database: so the rows of all readable Dags are read, as far as
``MOST_ROWS``, and filtered in Python. A value is taken as the text of its JSON and never deserialized: deserializing
could run foreign code, or fetch from a custom XCom backend's store.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

from airflow.models.dagrun import DagRun, DagRunNote
from airflow.models.taskinstance import TaskInstance, TaskInstanceNote
from airflow.models.variable import Variable
from airflow.models.xcom import XComModel
from sqlalchemy import DateTime, Text, cast, func, select, type_coerce

from airflow_provider_paxos.receipts import DASHBOARD_KEY, PROGRESS_KEY, RECEIPT_KEYS
from airflow_provider_paxos.ui.urls import TaskKey

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

MOST_ROWS = 20_000
"""XComs that are read for one answer."""

_AT_ONCE = 1000
_LONGEST_PATTERN = 2000


class Row(NamedTuple):
    """One XCom."""

    task: TaskKey
    written_at: datetime
    value: str | None
    """As JSON."""


def dag_ids(session: Session, keys: Collection[str] = RECEIPT_KEYS) -> set[str]:
    """Return the Dags that hold such XComs.

    :param keys: of the XComs.
    """
    return set(session.scalars(select(XComModel.dag_id).where(XComModel.key.in_(keys)).distinct()))


def progress_rows(session: Session, readable: Collection[str]) -> Iterator[Row]:
    """Return the newest progress records of the Dags that may be read."""
    return rows(session, readable, keys=[PROGRESS_KEY])


def rows(
    session: Session,
    readable: Collection[str],
    *,
    run: tuple[str, str] | None = None,
    keys: Collection[str] = RECEIPT_KEYS,
    most: int = MOST_ROWS + 1,
) -> Iterator[Row]:
    """Return the newest XComs of the Dags that may be read.

    :param run: Dag id and run id, for those of one run alone.
    :param keys: of the XComs.
    :param most: how many at most; one more than ``MOST_ROWS`` by default.
    """
    if not readable:
        return
    found = (
        select(
            XComModel.dag_id,
            XComModel.run_id,
            XComModel.task_id,
            XComModel.map_index,
            type_coerce(XComModel.timestamp, DateTime(timezone=True)),
            cast(XComModel.value, Text),
        )
        .where(XComModel.key.in_(keys), XComModel.dag_id.in_(readable))
        .order_by(XComModel.timestamp.desc())
        .limit(most)
        .execution_options(yield_per=_AT_ONCE)
    )
    if run:
        found = found.where(XComModel.dag_id == run[0], XComModel.run_id == run[1])
    # By partitions, as an iteration of the result fetches one row at a time.
    for some in session.connection().execute(found).partitions():
        for dag_id, run_id, task_id, map_index, written, value in some:
            yield Row(TaskKey(dag_id, run_id, task_id, map_index), _aware(written), value)


def version(session: Session) -> tuple[object, ...]:
    """Return what changes with every such XCom that is written or deleted, at the cost of an index alone.

    Two writes that change none of it would have to replace one XCom by another of the same task instance, with a time
    before that of the newest.
    """
    of_all = select(
        func.count(),
        func.max(XComModel.timestamp),
        func.sum(XComModel.dag_run_id),
        func.sum(XComModel.map_index),
    ).where(XComModel.key.in_((*RECEIPT_KEYS, PROGRESS_KEY)))
    return tuple(str(value) for value in session.execute(of_all).one())


def notes_version(session: Session) -> tuple[object, ...]:
    """Return what changes with every note that is left, changed or deleted."""
    return tuple(
        str(value)
        for note in (DagRunNote, TaskInstanceNote)
        for value in session.execute(select(func.count(), func.max(note.updated_at)).select_from(note)).one()
    )


def dashboard_pattern(session: Session, task: TaskKey) -> object:
    """Return what a task has left as the pattern of a payment's address in Paxos' dashboard, unchecked."""
    wanted = [getattr(XComModel, name) == value for name, value in task._asdict().items()]
    value = session.scalar(select(cast(XComModel.value, Text)).where(XComModel.key == DASHBOARD_KEY, *wanted))
    try:
        return json.loads(value) if value and len(value) <= _LONGEST_PATTERN else None
    except ValueError:
        return None


def variable(session: Session, key: str) -> str | None:
    """Return the value of an Airflow Variable of the database."""
    found = session.scalar(select(Variable).where(Variable.key == key).limit(1))
    return None if found is None else found.get_val()


def run_state(session: Session, run: tuple[str, str]) -> str | None:
    """Return the state of a Dag run; None if there is no such run.

    :param run: Dag id and run id.
    """
    state = session.scalar(select(DagRun.state).where(DagRun.dag_id == run[0], DagRun.run_id == run[1]))
    return None if state is None else str(state)


def run_note(session: Session, run: tuple[str, str]) -> str | None:
    """Return the note that somebody left on a Dag run.

    :param run: Dag id and run id.
    """
    found = (
        select(DagRunNote.content)
        .join(DagRun, DagRun.id == DagRunNote.dag_run_id)
        .where(DagRun.dag_id == run[0], DagRun.run_id == run[1])
    )
    return session.scalar(found)


def task_note(session: Session, task: TaskKey) -> str | None:
    """Return the note that somebody left on a task instance."""
    found = (
        select(TaskInstanceNote.content)
        .join(TaskInstance, TaskInstance.id == TaskInstanceNote.ti_id)
        .where(*(getattr(TaskInstance, name) == value for name, value in task._asdict().items()))
    )
    return session.scalar(found)


def _aware(written: datetime) -> datetime:
    return written.astimezone(UTC) if written.tzinfo else written.replace(tzinfo=UTC)
