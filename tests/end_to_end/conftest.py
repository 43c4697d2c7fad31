"""The Airflow with a settlement behind it, which many tests share, and the browser of those who look at it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.end_to_end.browser import Visitor, chromium
from tests.end_to_end.leftovers import processes_of
from tests.end_to_end.observing import TRACING, lineage_into
from tests.end_to_end.web_ui import settled_site
from tests.statsd import Statsd

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser, StorageState

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
def statsd() -> Iterator[Statsd]:
    """A statsd on the loopback, for the Airflow with a settlement behind it."""
    listening = Statsd()
    yield listening
    listening.close()


@pytest.fixture(scope="package")
def settled(tmp_path_factory: pytest.TempPathFactory, statsd: Statsd) -> Iterator[tuple[AirflowSite, Emulator]]:
    """An Airflow with a settlement behind it, and its Paxos."""
    home = tmp_path_factory.mktemp("airflow")
    with settled_site(home, **statsd.configuration, **TRACING, **lineage_into(home)) as site_and_emulator:
        yield site_and_emulator
    assert processes_of(home) == []


@pytest.fixture(scope="module")
def site(settled: tuple[AirflowSite, Emulator]) -> AirflowSite:
    return settled[0]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def cookies(browser: Browser, site: AirflowSite) -> StorageState:
    """Return the cookies of a person who has logged in."""
    visitor = Visitor(browser, site)
    visitor.log_in()
    remembered = visitor.context.storage_state()
    visitor.close()
    return remembered


@pytest.fixture
def visit(browser: Browser, site: AirflowSite, cookies: StorageState) -> Iterator[Callable[..., Visitor]]:
    """Let somebody in who is logged in; by the end, nothing may have gone wrong in their browser unexpectedly."""
    visitors: list[Visitor] = []

    def enter(**looks: object) -> Visitor:
        visitors.append(Visitor(browser, site, remembered=cookies, **looks))  # type: ignore[arg-type]
        return visitors[-1]

    yield enter
    for visitor in visitors:
        visitor.close()
    assert [visitor.troubles for visitor in visitors] == [[]] * len(visitors)


@pytest.fixture
def visitor(visit: Callable[..., Visitor]) -> Visitor:
    return visit()
