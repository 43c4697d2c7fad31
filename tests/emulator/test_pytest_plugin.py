from __future__ import annotations

import subprocess
import sys
from pathlib import Path

SUITE = """
import json, os, threading
import requests
from airflow_provider_paxos.emulator.server import RunningEmulator

seen = []

def use(emulator):
    assert isinstance(emulator, RunningEmulator)
    connection = json.loads(os.environ["AIRFLOW_CONN_PAXOS_DEFAULT"])
    assert connection["host"] == emulator.base_url
    form = {"grant_type": "client_credentials"}
    answer = requests.post(emulator.token_url, form, auth=(connection["login"], connection["password"]), timeout=10)
    assert answer.status_code == 200
    assert len(emulator.journal()) == 1
    seen.append(emulator.url)

def test_one(paxos_emulator):
    use(paxos_emulator)

def test_two(paxos_emulator):
    use(paxos_emulator)

def test_afterwards():
    assert len(set(seen)) == 2
    assert "AIRFLOW_CONN_PAXOS_DEFAULT" not in os.environ
    assert "paxos-emulator" not in {thread.name for thread in threading.enumerate()}
"""


def test_a_suite_that_names_the_plugin_gets_a_ready_connection_for_each_test(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text('pytest_plugins = ["airflow_provider_paxos.emulator.pytest_plugin"]\n')
    (tmp_path / "test_suite.py").write_text(SUITE)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout
    assert "3 passed" in done.stdout
