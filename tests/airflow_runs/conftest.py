"""What the runs stand on: an Airflow database, the Dags, and a local Paxos."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from airflow.sdk import DAG

from airflow_provider_paxos.emulator.pytest_plugin import paxos_emulator
from airflow_provider_paxos.emulator.server import RunningEmulator
from tests.airflow_database import airflow_database, dags_in

__all__ = ["paxos_emulator"]

DAGS = Path(__file__).parent / "dags"
MOMENT = datetime(2026, 11, 20, tzinfo=UTC)


@dataclass(frozen=True)
class Run:
    """A finished Dag run, and its task instances' states by task and map index."""

    id: str
    state: str
    states: dict[tuple[str, int], str]


Runner = Callable[..., Run]


def xcom_of(dag_id: str, task_id: str, key: str) -> Any:
    """Return the value of an XCom of the Dag's only run, as the database has it."""
    from airflow.models.xcom import XComModel  # noqa: PLC0415
    from airflow.utils.session import create_session  # noqa: PLC0415
    from sqlalchemy import select  # noqa: PLC0415

    wanted = XComModel.dag_id == dag_id, XComModel.task_id == task_id, XComModel.key == key
    with create_session() as session:
        value = session.scalars(select(XComModel.value).where(*wanted)).one()
    return json.loads(value) if isinstance(value, str) else value


@pytest.fixture(scope="package", name="airflow_database")
def a_database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A database for ``dag.test()``."""
    with airflow_database(tmp_path_factory.mktemp("airflow"), DAGS) as home:
        yield home


@pytest.fixture
def dags() -> dict[str, DAG]:
    """The Dags by id."""
    return dags_in(DAGS)


@pytest.fixture
def paxos(paxos_emulator: RunningEmulator) -> RunningEmulator:
    """A local Paxos where orchestrations take a fifth of a second."""
    paxos_emulator.configure(settle_seconds=0.2)
    return paxos_emulator


@pytest.fixture
def run(dags: dict[str, DAG], airflow_database: Path, paxos: RunningEmulator) -> Runner:
    """Run a Dag to its end; always the same run, so that to run it again is to clear it."""

    def run_dag(dag_id: str, **conf: Any) -> Run:
        dag = dags[dag_id]
        for each in dag.tasks:
            each.retry_delay = timedelta(0)
        finished = dag.test(run_after=MOMENT, logical_date=MOMENT, run_conf=conf)
        return Run(
            id=finished.run_id,
            state=str(finished.state),
            states={(ti.task_id, ti.map_index): str(ti.state) for ti in finished.get_task_instances()},
        )

    return run_dag
