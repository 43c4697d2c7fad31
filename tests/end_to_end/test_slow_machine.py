"""The demo on a machine that has too much to do: it waits on, and says in words that it was too slow."""

from __future__ import annotations

import os
import socket
from typing import TYPE_CHECKING

import pytest
import requests

from demo import __main__ as demo
from demo import airflow_api
from demo.airflow_api import AirflowApi
from demo.processes import DemoError, NoAnswer, free_port, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def silent(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Return the address of a server that takes requests and answers none."""
    monkeypatch.setattr(airflow_api, "TIMEOUT", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


def make_busy(monkeypatch: pytest.MonkeyPatch, load: float) -> None:
    monkeypatch.setattr(os, "getloadavg", lambda: (load, load, load))
    monkeypatch.setattr(os, "cpu_count", lambda: 2)


def test_an_airflow_that_does_not_answer_is_an_error_of_the_demo(silent: str, monkeypatch: pytest.MonkeyPatch) -> None:
    make_busy(monkeypatch, 18.2)
    with pytest.raises(DemoError) as late:
        AirflowApi(silent, "admin", "password").run_state("settlement_batch", "demo")
    assert f"Airflow has not answered POST {silent}/auth/token" in str(late.value)
    assert "This machine is busy: its load is 18, with 2 cores." in str(late.value)


def test_a_machine_with_little_to_do_is_not_called_busy(monkeypatch: pytest.MonkeyPatch) -> None:
    make_busy(monkeypatch, 1.5)
    with pytest.raises(DemoError, match=r"Waited 0 seconds for a sign, which did not come\.$"):
        wait_until(lambda: False, "a sign", seconds=0, pause=0)


def test_an_answer_that_comes_late_is_waited_for() -> None:
    answers = iter([NoAnswer("None yet."), NoAnswer("None yet."), None])

    def condition() -> bool:
        if error := next(answers):
            raise error
        return True

    assert wait_until(condition, "an answer", seconds=300, pause=0)


class Answers:
    """A session that gives these answers, one after the other."""

    def __init__(self, *answers: tuple[int, str]) -> None:
        self._answers = [*answers]

    def request(self, *_: object, **__: object) -> requests.Response:
        answer = requests.Response()
        answer.status_code, text = self._answers.pop(0)
        answer._content = text.encode()
        return answer


LOCKED = (500, '{"detail":{"reason":"Database error"}}')


def test_a_database_that_was_locked_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(AirflowApi, "_session", Answers(LOCKED, LOCKED, (200, '{"state":"success"}')))
    assert AirflowApi("http://airflow.test", "admin", "password").run_state("settlement_batch", "demo") == "success"


@pytest.mark.parametrize("answers", [[LOCKED] * 10, [(500, "something else")]], ids=["locked", "another error"])
def test_a_database_that_stays_locked_and_any_other_error_end_the_demo(
    monkeypatch: pytest.MonkeyPatch, answers: list[tuple[int, str]]
) -> None:
    monkeypatch.setattr(AirflowApi, "_session", Answers(*answers))
    with pytest.raises(DemoError, match="has answered GET dags/settlement_batch/dagRuns/demo with 500"):
        AirflowApi("http://airflow.test", "admin", "password").run_state("settlement_batch", "demo")


def test_an_answer_that_never_comes_is_named_in_the_end() -> None:
    def condition() -> bool:
        raise NoAnswer("Airflow has not answered.")

    with pytest.raises(DemoError, match=r"for an answer, which did not come\. Airflow has not answered\."):
        wait_until(condition, "an answer", seconds=0, pause=0)


def test_the_demo_ends_with_the_words_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def settle(*_: object) -> None:
        raise NoAnswer("Airflow has not answered.")

    monkeypatch.setattr(demo, "_settle_batch", settle)
    monkeypatch.setattr(demo, "ENDING", ())
    ports = ["--port", str(free_port()), "--emulator-port", str(free_port())]
    assert demo.main(["--home", str(tmp_path / "demo"), *ports]) == 1
    assert capsys.readouterr().err == "\nAirflow has not answered.\n"
