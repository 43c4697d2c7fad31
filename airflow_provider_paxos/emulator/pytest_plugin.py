"""Provide a pytest fixture that runs an emulator.

Name it in a ``conftest.py``::

    pytest_plugins = ["airflow_provider_paxos.emulator.pytest_plugin"]
"""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from airflow_provider_paxos.emulator.server import RunningEmulator


@pytest.fixture
def paxos_emulator(monkeypatch: pytest.MonkeyPatch) -> Iterator[RunningEmulator]:
    """Run an emulator for one test, and let the connection ``paxos_default`` lead to it.

    Each test has its own emulator on its own port, so that neither money nor tokens nor a host's throttling carry over.
    A later test may get the same port, so tokens stay out of the host's file.
    """
    with RunningEmulator() as emulator:
        connection = {**json.loads(emulator.connection_json), "extra": {"token_cache": "memory"}}
        monkeypatch.setenv("AIRFLOW_CONN_PAXOS_DEFAULT", json.dumps(connection))
        yield emulator
