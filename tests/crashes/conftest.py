"""Which of the crash cases run: those marked ``quick`` always, all with ``CHAOS`` set, as ``make chaos`` does."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.crashes.crash_site import CrashSite, crash_site
from tests.crashes.sweeping import SCOPES
from tests.end_to_end.leftovers import processes_of

if TYPE_CHECKING:
    from collections.abc import Iterator

ALL = bool(os.environ.get("CHAOS"))
HERE = Path(__file__).parent


def pytest_configure(config: pytest.Config) -> None:
    """Make the marks known."""
    config.addinivalue_line("markers", "crash: a crash case on a real Airflow")
    config.addinivalue_line("markers", "quick: a crash case that runs without CHAOS, too")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out, rather than skip, what takes minutes."""
    cases = [item for item in items if HERE in item.path.parents]
    for item in cases:
        item.add_marker("crash")
    if ALL:
        return
    left_out = [item for item in cases if not item.get_closest_marker("quick")]
    items[:] = [item for item in items if item not in left_out]
    config.hook.pytest_deselected(items=left_out)


@pytest.fixture(scope="package")
def shared_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CrashSite]:
    """An Airflow with SQLite and a local Paxos that is never killed, for all the tests that need no more."""
    home = tmp_path_factory.mktemp("airflow")
    with crash_site(home, connection={"scopes": SCOPES}) as site:
        yield site
    assert processes_of(home) == []


@pytest.fixture
def site(shared_site: CrashSite) -> Iterator[CrashSite]:
    """The shared Airflow, with all of its parts up before and after the test."""
    shared_site.restore()
    yield shared_site
    shared_site.restore()
