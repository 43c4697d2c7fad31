"""``make demo`` as a user meets it: the report, what it says when it cannot start, and what it leaves behind."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from typing import IO, TYPE_CHECKING, cast

import pytest

from demo.processes import free_port, wait_until
from demo.settlement import CHECKOUT
from tests.end_to_end.leftovers import processes_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """A folder for the demo; when the test is over, no process may be left that was started for it."""
    folder = tmp_path / "demo"
    yield folder
    wait_until(lambda: not processes_of(folder), "the processes of the demo to end", seconds=180)


@pytest.fixture
def start(home: Path) -> Iterator[Start]:
    """Start the demo without a terminal, on free ports unless others are given."""
    started: list[subprocess.Popen[str]] = []

    def start(port: int | None = None, emulator_port: int | None = None) -> subprocess.Popen[str]:
        ports = ("--port", str(port or free_port()), "--emulator-port", str(emulator_port or free_port()))
        demo = subprocess.Popen(
            [sys.executable, "-m", "demo", "--home", str(home), *ports],
            cwd=CHECKOUT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        started.append(demo)
        return demo

    yield start
    for demo in started:
        demo.kill()
        demo.communicate()


def read_until(demo: subprocess.Popen[str], words: str) -> None:
    """Read what the demo prints up to the line with these words."""
    read = []
    for line in cast("IO[str]", demo.stdout):
        read.append(line)
        if words in line:
            return
    pytest.fail(f"The demo ended before it said {words!r}:\n{''.join(read)}")


def test_it_prints_the_report_the_repair_and_a_clean_reconciliation_and_ends(start: Start, home: Path) -> None:
    demo = start()
    output, _ = demo.communicate(timeout=900)
    assert demo.returncode == 0, output
    assert "19 COMPLETED, 1 FAILED" in output
    assert re.search(r"supplier-closed-account +\S*FAILED", output), output
    assert re.search(r"supplier-closed-account +COMPLETED +8500\.00 USD +settle-\S+-r1 +settle-", output), output
    assert "20 of 20 payments are settled." in output
    assert "(sandbox): 21 orchestrations, clean" in output
    assert processes_of(home) == []


@pytest.mark.parametrize("server", ["port", "emulator_port"])
def test_a_port_in_use_is_named(start: Start, server: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = other.getsockname()[1]
        demo = start(**{server: taken})
        output, _ = demo.communicate(timeout=120)
    assert demo.returncode == 1
    assert f"Port {taken} " in output
    assert f"{server.upper()}=" in output
    assert "Traceback" not in output


def test_a_folder_that_holds_something_else_is_left_alone(start: Start, home: Path) -> None:
    home.mkdir()
    (home / "precious.txt").write_text("mine")
    demo = start()
    output, _ = demo.communicate(timeout=120)
    assert demo.returncode == 1
    assert str(home) in output
    assert "Traceback" not in output
    assert (home / "precious.txt").read_text() == "mine"


@pytest.mark.parametrize("moment", ["Starting Airflow in", "Airflow is up at"])
def test_ctrl_c_leaves_no_process_behind(start: Start, home: Path, moment: str) -> None:
    demo = start()
    read_until(demo, moment)
    wait_until(lambda: processes_of(home), "a process of Airflow", seconds=120)
    demo.send_signal(signal.SIGINT)
    output, _ = demo.communicate(timeout=120)
    assert demo.returncode == 128 + signal.SIGINT
    assert "Traceback" not in output
    assert processes_of(home) == []


def test_a_demo_that_is_killed_leaves_no_process_behind(start: Start, home: Path) -> None:
    demo = start()
    read_until(demo, "Starting Airflow in")
    wait_until((home / "scheduler.log").exists, "the scheduler to start", seconds=180)
    os.kill(demo.pid, signal.SIGKILL)
    wait_until(lambda: not processes_of(home), "the processes of the killed demo to end", seconds=180)
