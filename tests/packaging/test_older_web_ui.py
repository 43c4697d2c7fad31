"""The web UI in the older Airflows that are supported: the same pages after the same settlement, in a browser."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from demo.settlement import DAG_ID, RUN_ID, SETTLE
from tests.end_to_end.browser import AXE, CHROMIUM, Visitor, chromium
from tests.end_to_end.leftovers import processes_of
from tests.end_to_end.web_ui import FAILED_PAYMENT, PAGE, RUN_TAB, failed_row, settled_site, task_tab

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

    from demo.airflow_site import AirflowSite
    from tests.packaging.environments import Environment

expect.set_options(timeout=90_000)
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="Needs Chromium, as the program chromium or in $CHROMIUM.")

TASK_TAB = task_tab(DAG_ID, RUN_ID, SETTLE)
REASON = "account closed"


@pytest.fixture(scope="module")
def site(older: Environment, tmp_path_factory: pytest.TempPathFactory) -> Iterator[AirflowSite]:
    """An older Airflow with a settlement behind it."""
    home = tmp_path_factory.mktemp("older")
    # Airflow 3.1.0 makes a list of no issuer, and today's PyJWT refuses it.
    issuer = {"AIRFLOW__API_AUTH__JWT_ISSUER": "airflow"}
    with settled_site(home, python=str(older.folder / "bin" / "python"), **issuer) as (site, _):
        yield site
    assert processes_of(home) == []


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def visitor(browser: Browser, site: AirflowSite) -> Iterator[Visitor]:
    """Somebody who is logged in; by the end, nothing may have gone wrong in their browser."""
    visitor = Visitor(browser, site)
    visitor.log_in()
    yield visitor
    visitor.close()
    assert visitor.troubles == []


def test_one_click_shows_the_failed_payment_and_the_second_all_of_it(visitor: Visitor) -> None:
    visitor.page.get_by_role("link", name="Paxos").click()
    row = failed_row(visitor.shown())
    for text in ("Failed", "8,500.00", REASON):
        assert text in row.inner_text()

    row.get_by_role("link").first.click()
    assert FAILED_PAYMENT in visitor.shown("payment").inner_text()


def test_the_tabs_of_run_and_task_show_it(visitor: Visitor) -> None:
    paxos = visitor.paxos(RUN_TAB)
    assert paxos.locator(".px-progress").inner_text().startswith("19 of 20 orchestrations settled")
    assert REASON in failed_row(paxos).inner_text()

    failed_row(paxos).get_by_role("link", name=SETTLE, exact=True).click()
    assert REASON in visitor.shown("task").inner_text()


@pytest.mark.skipif(not AXE.exists(), reason="needs axe-core, which `make lint` installs")
def test_axe_finds_no_violation(visitor: Visitor) -> None:
    for path in (PAGE, RUN_TAB, TASK_TAB):
        visitor.paxos(path)
        assert visitor.violations() == []
