"""What is printed of the histories when all tests have ended."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from requests.adapters import HTTPAdapter

from airflow_provider_paxos.hooks import paxos as hooks
from tests.chaos.profiles import NIGHTLY
from tests.chaos.tally import TALLY
from tests.fake_paxos import FakePaxos, httpx_network, requests_network
from tests.fixtures import Define

# As Airflow does with the root of a Dag bundle.
sys.path.append(str(Path(__file__).parents[2] / "example_dags"))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Show what happened, and leave it behind for the record."""
    if NIGHTLY and TALLY.sections:
        for kind in ("duplicates", "lost", "unexplained"):
            TALLY.count("violations", kind, 0)
        terminalreporter.section("chaos")
        terminalreporter.write_line(TALLY.table())
        terminalreporter.write_line(f"\nAlso in {TALLY.write()}.")


@pytest.fixture
def instead_of_the_network(
    task_process: None, define_connection: Define, naps: list[float], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[FakePaxos], None]]:
    """Put a Paxos in the place of the network of both hooks, and keep the many logs of histories away."""
    define_connection(host="http://127.0.0.1:9/v2", extra={"token_cache": "memory"})

    def put(paxos: FakePaxos) -> None:
        transport = httpx_network(paxos)
        monkeypatch.setattr(HTTPAdapter, "send", requests_network(paxos))
        monkeypatch.setattr(hooks, "AsyncPaxosClient", partial(hooks.AsyncPaxosClient, transport=transport))

    logging.disable()
    yield put
    logging.disable(logging.NOTSET)
