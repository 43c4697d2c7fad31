"""What the API part must not know: Airflow, and whoever uses it."""

from __future__ import annotations

import json
import pkgutil
import subprocess
import sys

import pytest

from airflow_provider_paxos import api

MODULES = [each.name for each in pkgutil.iter_modules(api.__path__, "airflow_provider_paxos.api.")]


def imported_with(modules: list[str]) -> list[str]:
    """Return the names of all modules that a fresh interpreter holds after importing some."""
    code = f"import json, sys, {', '.join(modules)}; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    names: list[str] = json.loads(done.stdout)
    return names


@pytest.fixture(scope="module")
def imported() -> list[str]:
    return imported_with(MODULES)


def test_the_api_imports_no_airflow(imported: list[str]) -> None:
    assert [name for name in imported if name.partition(".")[0] == "airflow"] == []


def test_the_api_imports_none_of_its_users(imported: list[str]) -> None:
    own = {".".join(name.split(".")[:2]) for name in imported if name.startswith("airflow_provider_paxos.")}

    assert own == {"airflow_provider_paxos.api"}


OF_THE_DRIVERS = {"client", "async_client", "proxies", "final_answers"}
"""What drives the flows, and what the HTTP libraries need for it."""


def test_the_rules_import_no_http_library() -> None:
    rules = [name for name in MODULES if name.rpartition(".")[2] not in OF_THE_DRIVERS]

    assert {"requests", "httpx2", "urllib3"}.isdisjoint(imported_with(rules))
