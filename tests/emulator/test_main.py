"""The command, as a process of its own."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests

from airflow_provider_paxos.emulator import __main__ as command
from airflow_provider_paxos.emulator.server import DependencyMissing, RunningEmulator

COMMAND = [sys.executable, "-m", "airflow_provider_paxos.emulator"]


@contextmanager
def process(*options: str) -> Iterator[subprocess.Popen[str]]:
    started = subprocess.Popen([*COMMAND, *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        yield started
    finally:
        started.kill()
        started.communicate(timeout=30)


def first_line(started: subprocess.Popen[str]) -> str:
    assert started.stdout
    return started.stdout.readline()


def test_it_says_in_a_line_where_it_is_and_ends_at_ctrl_c() -> None:
    with process("--port", "0") as started:
        line = first_line(started)
        url = re.search(r"http://127\.0\.0\.1:\d+", line)
        assert url
        assert "--conn-login paxos-emulator --conn-password paxos-emulator-secret" in line
        assert requests.get(f"{url[0]}/_emulator/clock", timeout=10).status_code == 200
        started.send_signal(signal.SIGINT)
        assert started.wait(timeout=30) == 0
        assert started.stderr
        assert started.stderr.read() == ""


def test_its_options_are_its_settings(tmp_path: Path) -> None:
    options = [
        *("--client-id", "me", "--client-secret", "shh", "--scopes", "events:read_event", "--token-lifetime", "60"),
        *("--settle-seconds", "1.5", "--approve-seconds", "3", "--conflict-shape", "none", "--problem-style", "api"),
        *("--problem-media", "json", "--list-lag-seconds", "2", "--rate-limits"),
        *("--travel-rule-from", "2026-11-30", "--travel-rule-at", "execution"),
        *("--require-approved-accounts", "--require-approved-addresses"),
        *("--state", str(tmp_path / "state.json")),
    ]
    with process("--port", "0", *options) as started:
        line = first_line(started)
        assert "shh" not in line
        url = line.split("/v2", 1)[0].rpartition(" ")[2]
        form = {"grant_type": "client_credentials"}
        granted = requests.post(f"{url}/oauth2/token", form, auth=("me", "shh"), timeout=10).json()
        settings = requests.get(f"{url}/_emulator/settings", timeout=10).json()
    assert granted["expires_in"] == 60
    expected = {
        "client_id": "me",
        "scopes": ["events:read_event"],
        "settle_seconds": 1.5,
        "approve_seconds": 3,
        "conflict_shape": "none",
        "problem_style": "api",
        "problem_media": "json",
        "list_lag_seconds": 2,
        "rate_limits": True,
        "travel_rule_from": "2026-11-30T00:00:00Z",
        "travel_rule_at": "execution",
        "require_approved_accounts": True,
        "require_approved_addresses": True,
    }
    assert {name: settings[name] for name in expected} == expected
    assert (tmp_path / "state.json").exists()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--settle-seconds", "-1"], "--settle-seconds: Input should be greater than or equal to 0\n"),
        (["--host", "203.0.113.1"], "Cannot listen on 203.0.113.1, port 8085: Cannot assign requested address.\n"),
    ],
)
def test_what_it_cannot_do_is_one_line(capsys: pytest.CaptureFixture[str], options: list[str], message: str) -> None:
    assert command.main(options) == 2
    assert capsys.readouterr().err == message


def test_a_port_in_use_is_one_line(capsys: pytest.CaptureFixture[str], emulator: RunningEmulator) -> None:
    port = emulator.url.rpartition(":")[2]
    assert command.main(["--port", port]) == 2
    assert capsys.readouterr().err == f"Cannot listen on 127.0.0.1, port {port}: Address already in use.\n"


def test_a_spoilt_state_file_is_one_line(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "state").write_text("{")
    assert command.main(["--port", "0", "--state", str(tmp_path / "state")]) == 2
    error = capsys.readouterr().err
    assert error.startswith(f"The state file {tmp_path / 'state'} is not an emulator's state")
    assert error.count("\n") == 1


def test_a_missing_dependency_is_one_line_that_says_what_to_install(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("airflow_provider_paxos.emulator.server.find_spec", lambda _: None)
    assert command.main([]) == 2
    assert capsys.readouterr().err == (
        "The Paxos emulator needs fastapi and uvicorn: pip install 'airflow-provider-paxos[emulator]'\n"
    )
    with pytest.raises(DependencyMissing):
        RunningEmulator()


@pytest.mark.parametrize("port", ["65536", "-1", "http"])
def test_a_port_is_a_number_of_sixteen_bits(capsys: pytest.CaptureFixture[str], port: str) -> None:
    with pytest.raises(SystemExit):
        command.main(["--port", port])
    assert "--port" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("host", "shown", "warned"),
    [("127.0.0.1", "127.0.0.1", False), ("::1", "[::1]", False), ("0.0.0.0", "127.0.0.1", True)],
)
def test_it_warns_when_it_listens_to_more_than_this_machine(
    mocker: Any, capsys: pytest.CaptureFixture[str], host: str, shown: str, warned: bool
) -> None:
    mocker.patch("airflow_provider_paxos.emulator.app.EmulatorServer.run", side_effect=KeyboardInterrupt)
    assert command.main(["--host", host, "--port", "0"]) == 0
    output = capsys.readouterr().out
    assert f"http://{shown}:" in output
    assert ("ask for no credentials" in output) is warned


def test_importing_the_package_and_the_plugin_imports_no_server() -> None:
    code = (
        "import sys, airflow_provider_paxos.emulator.pytest_plugin; "
        "print([name for name in ('fastapi', 'starlette', 'uvicorn', 'airflow') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "[]\n"
