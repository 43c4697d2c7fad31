"""Polling from a worker: once, and until all orchestrations are terminal."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from airflow_provider_paxos.api.errors import BadCredentials, PaxosError, ServiceUnavailable
from airflow_provider_paxos.api.models import Orchestration
from airflow_provider_paxos.waiting.poll import poll_once, poll_until_terminal
from airflow_provider_paxos.waiting.watch import Watch
from tests.api.script import orchestration

log = logging.getLogger(__name__)


@dataclass
class Scripted:
    """Answers one poll after another: a status, or an error."""

    answers: list[str | PaxosError]
    asked: list[Sequence[str]] = field(default_factory=list)

    def read_orchestrations(self, *, ids: Sequence[str] = (), ref_ids: Sequence[str] = ()) -> Sequence[Orchestration]:
        self.asked.append(ids)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, PaxosError):
            raise answer
        return [Orchestration.model_validate(orchestration(id=each, status=answer)) for each in ids]


@pytest.fixture
def naps(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Let time pass only by sleeping, and return the seconds of each sleep."""
    naps: list[float] = []
    monkeypatch.setattr("time.sleep", naps.append)
    monkeypatch.setattr("time.monotonic", lambda: 1000.0 + sum(naps))
    return naps


def test_a_poll_returns_what_it_found() -> None:
    watch = Watch(ids=["a"])
    poll = poll_once(Scripted(["COMPLETED"]), watch, log)

    assert [each.id for each in poll.found] == ["a"]
    assert (poll.transient_error, watch.done) == (None, True)


def test_a_transient_error_is_returned_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    error = ServiceUnavailable("503.")
    poll = poll_once(Scripted([error]), Watch(ids=["a"]), log)

    assert (poll.found, poll.transient_error) == ((), error)
    assert "Transient error while polling; will retry: 503." in caplog.text


def test_another_error_is_raised() -> None:
    with pytest.raises(BadCredentials):
        poll_once(Scripted([BadCredentials("revoked.")]), Watch(ids=["a"]), log)


def test_it_polls_until_all_are_terminal(naps: list[float]) -> None:
    paxos = Scripted(["PROCESSING", ServiceUnavailable("503."), "COMPLETED"])
    watch = Watch(ids=["a"])
    poll = poll_until_terminal(paxos, watch, log, interval=10)

    assert [each.status for each in poll.found] == ["COMPLETED"]
    assert (watch.done, naps, len(paxos.asked)) == (True, [10, 10], 3)


def test_the_last_poll_comes_at_the_deadline(naps: list[float]) -> None:
    paxos = Scripted(["PROCESSING"])
    watch = Watch(ids=["a"])
    poll_until_terminal(paxos, watch, log, interval=10, timeout=25)

    assert (watch.done, naps, len(paxos.asked)) == (False, [10, 10, 5], 4)


def test_what_is_terminal_at_once_needs_no_sleep(naps: list[float]) -> None:
    poll_until_terminal(Scripted(["FAILED"]), Watch(ids=["a"]), log, interval=10, timeout=0)

    assert naps == []
