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


@pytest.fixture(scope="package")
def airflow_database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A database for ``dag.test()``, whatever the home is that Airflow was imported with."""
    from airflow import settings  # noqa: PLC0415
    from airflow.utils.db import initdb  # noqa: PLC0415

    folder = tmp_path_factory.mktemp("airflow")
    bundle = {
        "name": "payments",
        "classpath": "airflow.dag_processing.bundles.local.LocalDagBundle",
        "kwargs": {"path": str(DAGS)},
    }
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN", f"sqlite:///{folder}/airflow.db")
        patch.setenv("AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_CONFIG_LIST", json.dumps([bundle]))
        patch.setenv("AIRFLOW__CORE__LOAD_EXAMPLES", "False")
        _connect_anew()
        initdb()
        yield
        settings.dispose_orm()
    _connect_anew()


def _connect_anew() -> None:
    from airflow import settings  # noqa: PLC0415

    settings.configure_vars()
    settings.configure_orm()


@pytest.fixture
def dags() -> dict[str, DAG]:
    """The Dags by id, as the Dag processor reads them."""
    from airflow.dag_processing.dagbag import BundleDagBag  # noqa: PLC0415

    bag = BundleDagBag(DAGS, bundle_path=DAGS, bundle_name="payments")
    assert bag.import_errors == {}
    return bag.dags


@pytest.fixture
def paxos(paxos_emulator: RunningEmulator) -> RunningEmulator:
    """A local Paxos where orchestrations take a fifth of a second."""
    paxos_emulator.configure(settle_seconds=0.2)
    return paxos_emulator


@pytest.fixture
def run(dags: dict[str, DAG], airflow_database: None, paxos: RunningEmulator) -> Runner:
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
