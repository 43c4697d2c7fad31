"""XComs ``orchestration`` in Airflow's database, as tasks leave them, without running any."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import count, islice
from typing import TYPE_CHECKING, Any

from airflow_provider_paxos.ui.urls import TaskKey

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

NOW = datetime.now(UTC).replace(microsecond=0)
RUN = "scheduled__2026-11-20T03:04:05.678901+00:00"
PAY = TaskKey("settlement", RUN, "pay")
WAIT = TaskKey("settlement", RUN, "wait")

_numbers = count(1)


def ago(**span: float) -> str:
    """Return a time that is so long ago, in RFC 3339."""
    return (NOW - timedelta(**span)).isoformat()


def receipt(**values: Any) -> dict[str, Any]:
    """Return a receipt of a settled orchestration; a value of None leaves the field out."""
    fields = {
        "id": "11111111-0000-4000-8000-000000000001",
        "ref_id": "settle-1",
        "profile_id": "b04d0000-0000-4000-8000-000000000001",
        "source_asset": "USD",
        "destination_asset": "USDG",
        "source_amount": "100.25",
        "status": "COMPLETED",
        "source": {"profile": {"profile_id": "b04d0000-0000-4000-8000-000000000001"}},
        "destination": {"fiat": {"bank_account_id": "fa110000-0000-4000-8000-000000000001"}},
        "created_at": ago(minutes=10),
        "updated_at": ago(minutes=5),
        "read_at": ago(minutes=1),
        **values,
    }
    return {name: value for name, value in fields.items() if value is not None}


def attempt(**values: Any) -> dict[str, Any]:
    """Return a receipt of an attempt that ended with an error and found no orchestration."""
    unknown = dict.fromkeys(("id", "profile_id", "status", "created_at", "updated_at"))
    return receipt(**{**unknown, "error": "Create Orchestration: no funds.", **values})


class XComTable:
    """Adds XComs; their Dags, runs and task instances with them.

    :param session: of Airflow's database.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._runs: dict[tuple[str, str], int] = {}

    def add(self, task: TaskKey, value: Any, *, written: datetime = NOW, key: str = "orchestration") -> None:
        """Leave a value, as a task would."""
        self.add_all([(task, value)], written=written, key=key)

    def add_value(self, task: TaskKey, value: Any, *, key: str = "orchestration") -> None:
        """Leave one more value of a task instance that has left one."""
        from airflow.models.xcom import XComModel  # noqa: PLC0415
        from sqlalchemy import insert  # noqa: PLC0415

        xcom = {**task._asdict(), "dag_run_id": self._run(task), "key": key, "value": value, "timestamp": NOW}
        self._session.execute(insert(XComModel.__table__), xcom)
        self._session.commit()

    def add_all(
        self, values: Iterable[tuple[TaskKey, Any]], *, written: datetime = NOW, key: str = "orchestration"
    ) -> None:
        """Leave a value for each task instance."""
        from airflow.models.taskinstance import TaskInstance  # noqa: PLC0415
        from airflow.models.xcom import XComModel  # noqa: PLC0415
        from sqlalchemy import insert  # noqa: PLC0415

        remaining = iter(values)
        while some := list(islice(remaining, 500)):
            instances = [{"pool": "default_pool", **task._asdict()} for task, _ in some]
            xcoms = [
                {
                    **task._asdict(),
                    "dag_run_id": self._run(task),
                    "key": key,
                    "value": value,
                    "timestamp": written,
                }
                for task, value in some
            ]
            self._session.execute(insert(TaskInstance.__table__), instances)
            self._session.execute(insert(XComModel.__table__), xcoms)
        self._session.commit()

    def end_runs(self) -> None:
        """Let all runs succeed."""
        from airflow.models.dagrun import DagRun  # noqa: PLC0415
        from sqlalchemy import update  # noqa: PLC0415

        self._session.execute(update(DagRun.__table__).values(state="success"))
        self._session.commit()

    def note(self, task: TaskKey, *, task_note: str, run_note: str) -> None:
        """Leave a note on a task instance and on its run."""
        from airflow.models.dagrun import DagRunNote  # noqa: PLC0415
        from airflow.models.taskinstance import TaskInstance, TaskInstanceNote  # noqa: PLC0415
        from sqlalchemy import insert, select  # noqa: PLC0415

        of_task = [getattr(TaskInstance, name) == value for name, value in task._asdict().items()]
        instance = self._session.scalars(select(TaskInstance.id).where(*of_task)).one()
        values = {"created_at": NOW, "updated_at": NOW}
        note = {**values, "ti_id": instance, "content": task_note}
        self._session.execute(insert(TaskInstanceNote.__table__), note)
        note = {**values, "dag_run_id": self._run(task), "content": run_note}
        self._session.execute(insert(DagRunNote.__table__), note)
        self._session.commit()

    def clear(self) -> None:
        """Remove all runs, and what is theirs."""
        from airflow.models.dagrun import DagRun  # noqa: PLC0415
        from airflow.models.taskinstance import TaskInstance  # noqa: PLC0415
        from airflow.models.xcom import XComModel  # noqa: PLC0415
        from sqlalchemy import delete  # noqa: PLC0415

        for table in (XComModel, TaskInstance, DagRun):
            self._session.execute(delete(table.__table__))
        self._session.commit()
        self._runs.clear()

    def _run(self, task: TaskKey) -> int:
        from airflow.models.dagrun import DagRun  # noqa: PLC0415
        from sqlalchemy import insert  # noqa: PLC0415

        known = self._runs.get(task[:2])
        if known is None:
            self._dag(task.dag_id)
            known = self._runs[task[:2]] = next(_numbers)
            run = {
                "id": known,
                "dag_id": task.dag_id,
                "run_id": task.run_id,
                "run_type": "manual",
                "run_after": NOW,
                "log_template_id": None,
            }
            self._session.execute(insert(DagRun.__table__), run)
        return known

    def _dag(self, dag_id: str) -> None:
        from airflow.models.dag import DagModel  # noqa: PLC0415
        from airflow.models.dagbundle import DagBundleModel  # noqa: PLC0415
        from sqlalchemy import insert  # noqa: PLC0415

        if self._session.get(DagBundleModel, "tests") is None:
            self._session.execute(insert(DagBundleModel.__table__), {"name": "tests"})
        if self._session.get(DagModel, dag_id) is None:
            dag = {
                "dag_id": dag_id,
                "bundle_name": "tests",
                "max_active_tasks": 1,
                "max_consecutive_failed_dag_runs": 0,
                "has_task_concurrency_limits": False,
                "is_stale": False,
            }
            self._session.execute(insert(DagModel.__table__), dag)
