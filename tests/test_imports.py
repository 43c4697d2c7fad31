"""What an import costs: a Dag file is parsed again and again."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = "airflow_provider_paxos"
DEAR = (
    "requests",
    "httpx2",
    "pydantic",
    f"{PACKAGE}.api",
    f"{PACKAGE}.batch",
    f"{PACKAGE}.execution",
    f"{PACKAGE}.hooks",
    f"{PACKAGE}.emulator",
    f"{PACKAGE}.operators.approval",
    "airflow.sdk.definitions.retry_policy",
    "jwt",
    "fastapi",
    "uvicorn",
)
PRINT_WHAT_IS_NEW = """
import importlib, json, sys
importlib.import_module(sys.argv[1])
before = set(sys.modules)
importlib.import_module(sys.argv[2])
print(json.dumps(sorted(set(sys.modules) - before)))
"""


def newly_imported(home: Path, before: str, module: str) -> set[str]:
    """Return what importing a module imports that another one has not imported already."""
    environment = {**os.environ, "AIRFLOW_HOME": str(home)}
    printed = subprocess.run(
        [sys.executable, "-c", PRINT_WHAT_IS_NEW, before, module],
        check=True,
        capture_output=True,
        text=True,
        env=environment,
    ).stdout
    return set(json.loads(printed.splitlines()[-1]))


@pytest.mark.parametrize(
    ("before", "module"),
    [
        ("airflow.sdk", "airflow_provider_paxos.operators.crypto_destinations"),
        ("airflow.sdk", "airflow_provider_paxos.operators.orchestration"),
        ("airflow.sdk", "airflow_provider_paxos.operators.orchestration_batch"),
        ("airflow.sdk", "airflow_provider_paxos.operators.repair"),
        ("airflow.sdk", "airflow_provider_paxos.sensors.orchestration"),
        ("airflow.triggers.base", "airflow_provider_paxos.triggers.crypto_destination"),
        ("airflow.triggers.base", "airflow_provider_paxos.triggers.made_by_rule"),
        ("airflow.triggers.base", "airflow_provider_paxos.triggers.orchestration"),
        ("airflow.triggers.base", "airflow_provider_paxos.triggers.orchestration_event"),
        ("airflow.triggers.base", "airflow_provider_paxos.triggers.orchestration_rule"),
    ],
)
def test_importing_what_a_dag_or_the_triggerer_s_loop_needs_imports_no_http_library_and_no_api(
    tmp_path: Path, before: str, module: str
) -> None:
    new = newly_imported(tmp_path, before, module)
    assert module in new
    assert {each for each in new if any(each == dear or each.startswith(f"{dear}.") for dear in DEAR)} == set()


def test_what_airflow_reads_at_start_up_imports_nothing(tmp_path: Path) -> None:
    new = newly_imported(tmp_path, "typing", f"{PACKAGE}.get_provider_info")
    assert new == {PACKAGE, f"{PACKAGE}.get_provider_info"}


def test_the_package_itself_imports_nothing(tmp_path: Path) -> None:
    assert newly_imported(tmp_path, "sys", PACKAGE) == {PACKAGE}
