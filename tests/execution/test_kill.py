"""Airflow calls ``on_kill`` in a signal handler, which may have interrupted the import of what a worker runs."""

from __future__ import annotations

import builtins
from typing import Any

import pytest

from airflow_provider_paxos.sensors.orchestration import OrchestrationSensor
from tests.fake_paxos import FakePaxos
from tests.fixtures import Create, CreateBatch, Logged
from tests.task_instance import TaskInstance, run


@pytest.fixture
def imported(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The modules of this package that are imported from now on, be it from Python's cache."""
    imported: list[str] = []
    import_module = builtins.__import__

    def noting(name: str, *arguments: Any, **more: Any) -> Any:
        if name.startswith("airflow_provider_paxos"):
            imported.append(name)
        return import_module(name, *arguments, **more)

    monkeypatch.setattr(builtins, "__import__", noting)
    return imported


@pytest.fixture(params=["create", "create_batch", "sensor"])
def task(request: pytest.FixtureRequest, create: Create, create_batch: CreateBatch) -> Any:
    if request.param == "sensor":
        return OrchestrationSensor(task_id="wait", orchestration_id="orchestration-1", deferrable=False)
    return create() if request.param == "create" else create_batch()


def test_before_the_task_runs_a_kill_imports_nothing(task: Any, logged: Logged, imported: list[str]) -> None:
    task.on_kill()

    assert "Paxos" in logged()
    assert imported == []


def test_once_it_has_run_a_kill_imports_nothing(
    task: Any, paxos: FakePaxos, logged: Logged, request: pytest.FixtureRequest
) -> None:
    paxos.add(1, status="COMPLETED")
    run(task, TaskInstance(task_id=task.task_id))
    imported = request.getfixturevalue("imported")
    task.on_kill()

    assert "Paxos" in logged()
    assert imported == []
