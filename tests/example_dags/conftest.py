"""What the tests of the example Dags stand on: the Dags, and a database in which they can run."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from airflow.sdk import DAG

from airflow_provider_paxos.emulator.pytest_plugin import paxos_emulator

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
    """The example Dags by id, as the Dag processor reads them: anew for each test, which may change them."""
    from airflow.dag_processing.dagbag import BundleDagBag  # noqa: PLC0415

    bag = BundleDagBag(EXAMPLE_DAGS, bundle_path=EXAMPLE_DAGS, bundle_name="examples")
    assert bag.import_errors == {}
    return bag.dags


@pytest.fixture(scope="session")
def airflow_database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A database for ``dag.test()``, whatever the home is that Airflow was imported with."""
    from airflow import settings  # noqa: PLC0415
    from airflow.utils.db import initdb  # noqa: PLC0415

    folder = tmp_path_factory.mktemp("airflow")
    bundle = {"classpath": "airflow.dag_processing.bundles.local.LocalDagBundle", "kwargs": {"path": str(EXAMPLE_DAGS)}}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN", f"sqlite:///{folder}/airflow.db")
        patch.setenv("AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_CONFIG_LIST", json.dumps([{"name": "examples"} | bundle]))
        patch.setenv("AIRFLOW__CORE__LOAD_EXAMPLES", "False")
        _connect_anew()
        initdb()
        yield folder
        settings.dispose_orm()
    _connect_anew()


def _connect_anew() -> None:
    from airflow import settings  # noqa: PLC0415

    settings.configure_vars()
    settings.configure_orm()


@pytest.fixture
def airflow_home(airflow_database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where a Dag that runs in this test finds AIRFLOW_HOME."""
    monkeypatch.setenv("AIRFLOW_HOME", str(tmp_path))
    return tmp_path
