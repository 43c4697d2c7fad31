"""The waiting part imports no Airflow, and nothing that uses it."""

from __future__ import annotations

import pkgutil

import pytest

from airflow_provider_paxos import waiting
from tests.api.test_purity import imported_with

MODULES = [each.name for each in pkgutil.iter_modules(waiting.__path__, "airflow_provider_paxos.waiting.")]


@pytest.fixture(scope="module")
def imported() -> list[str]:
    return imported_with(MODULES)


def test_waiting_imports_no_airflow(imported: list[str]) -> None:
    assert [name for name in imported if name.partition(".")[0] == "airflow"] == []


def test_waiting_imports_none_of_its_users(imported: list[str]) -> None:
    own = {".".join(name.split(".")[:2]) for name in imported if name.startswith("airflow_provider_paxos.")}

    assert own == {"airflow_provider_paxos.api", "airflow_provider_paxos.waiting"}


def test_waiting_imports_no_http_library(imported: list[str]) -> None:
    assert {"requests", "httpx2", "urllib3"}.isdisjoint(imported)
