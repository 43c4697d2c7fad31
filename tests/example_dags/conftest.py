"""What the tests of the example Dags stand on: the Dags, and a database in which they can run."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from airflow.sdk import DAG

from airflow_provider_paxos.emulator.pytest_plugin import paxos_emulator
from tests.airflow_database import airflow_database, dags_in

__all__ = ["paxos_emulator"]

EXAMPLE_DAGS = Path(__file__).parents[2] / "example_dags"
PROFILE = "00000000-0000-4000-8000-00000000000a"

# As Airflow does with the root of a Dag bundle.
sys.path.append(str(EXAMPLE_DAGS))


@pytest.fixture(scope="session")
def example_dags() -> Path:
    return EXAMPLE_DAGS


@pytest.fixture
def dags() -> dict[str, DAG]:
    """The example Dags by id."""
    return dags_in(EXAMPLE_DAGS)


@pytest.fixture(scope="package", name="airflow_database")
def a_database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A database for ``dag.test()``."""
    with airflow_database(tmp_path_factory.mktemp("airflow"), EXAMPLE_DAGS) as home:
        yield home


@pytest.fixture
def airflow_home(airflow_database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where a Dag that runs in this test finds AIRFLOW_HOME."""
    monkeypatch.setenv("AIRFLOW_HOME", str(tmp_path))
    return tmp_path
