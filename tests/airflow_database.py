"""A database for ``dag.test()``, and the Dags of a folder: what the suites that run Dags in this process stand on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from airflow.sdk import DAG

BUNDLE = "tested"


def dags_in(folder: Path) -> dict[str, DAG]:
    """Return a folder's Dags by id, as the Dag processor reads them: anew each time, as tests may change them."""
    from airflow.dag_processing.dagbag import BundleDagBag  # noqa: PLC0415

    bag = BundleDagBag(folder, bundle_path=folder, bundle_name=BUNDLE)
    assert bag.import_errors == {}
    return bag.dags


@contextmanager
def airflow_database(home: Path, dags: Path) -> Iterator[Path]:
    """Give Airflow a database below a folder, whatever the home is that it was imported with."""
    from airflow import settings  # noqa: PLC0415
    from airflow.utils.db import initdb  # noqa: PLC0415

    bundle = {
        "name": BUNDLE,
        "classpath": "airflow.dag_processing.bundles.local.LocalDagBundle",
        "kwargs": {"path": str(dags)},
    }
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN", f"sqlite:///{home}/airflow.db")
        patch.setenv("AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_CONFIG_LIST", json.dumps([bundle]))
        patch.setenv("AIRFLOW__CORE__LOAD_EXAMPLES", "False")
        _connect_anew()
        initdb()
        yield home
        settings.dispose_orm()
    _connect_anew()


def _connect_anew() -> None:
    from airflow import settings  # noqa: PLC0415

    settings.configure_vars()
    settings.configure_orm()
