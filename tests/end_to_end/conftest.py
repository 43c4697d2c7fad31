"""The Airflow with a settlement behind it, which those who count, those who look and those who clear share."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.end_to_end.leftovers import processes_of
from tests.end_to_end.web_ui import settled_site

if TYPE_CHECKING:
    from collections.abc import Iterator

    from demo.airflow_site import AirflowSite
    from demo.settlement import Emulator

HERE = Path(__file__).parent


def pytest_configure(config: pytest.Config) -> None:
    """Make the mark known."""
    config.addinivalue_line("markers", "changes_settlement: changes what other tests look at, and comes after them")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let those come last that change what the others look at."""
    own = [item for item in items if HERE in item.path.parents]
    ordered = iter(sorted(own, key=lambda item: item.get_closest_marker("changes_settlement") is not None))
    items[:] = [next(ordered) if item in own else item for item in items]


@pytest.fixture(scope="package")
def settled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[AirflowSite, Emulator]]:
    """An Airflow with a settlement behind it, and its Paxos."""
    home = tmp_path_factory.mktemp("airflow")
    with settled_site(home) as site_and_emulator:
        yield site_and_emulator
    assert processes_of(home) == []
