"""The view of the newest reconciliations, as a person sees it in a browser: what does not match, and what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from demo.reconciliation import reconcile
from demo.settlement import RUN_ID
from tests.end_to_end.browser import AXE, CHROMIUM, Visitor
from tests.end_to_end.pictures import THEMES
from tests.end_to_end.web_ui import FAILED_PAYMENT, PAGE

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Locator

    from demo.airflow_site import AirflowSite

pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="Needs Chromium, as the program chromium or in $CHROMIUM."),
    pytest.mark.skipif(not AXE.exists(), reason="needs axe-core, which `make lint` installs"),
]


@pytest.fixture(scope="module")
def report(site: AirflowSite) -> str:
    """The report on the settlement, one of whose payments failed."""
    return reconcile(site, site.settings.home / "reports" / RUN_ID, print)


def newest(visitor: Visitor) -> Locator:
    """Go from the page to the view as a person does, and return the newest report."""
    visitor.paxos(PAGE).get_by_role("link", name="Reconciliation").click()
    visitor.page.get_by_role("heading", level=1, name="Reconciliation").wait_for()
    return visitor.page.locator(".paxos section").first


@pytest.mark.parametrize("theme", THEMES)
def test_the_exceptions_of_the_newest_report_are_shown_with_what_to_do_about_them(
    report: str, visit: Callable[..., Visitor], tmp_path: Path, theme: str
) -> None:
    visitor = visit(theme=theme)
    shown = newest(visitor)
    shown.get_by_text("2 exceptions", exact=True).wait_for()

    exceptions, totals = shown.get_by_role("table").all()
    payment, total = exceptions.get_by_role("row").all()[1:]
    for text in ("unsuccessful", FAILED_PAYMENT, "8,500.00 USD", "account closed", "then repair the payment"):
        assert text in payment.inner_text()
    for text in ("totals", "-8,500.00 USD", "42720.49 USD was meant, 34220.49 is at Paxos"):
        assert text in total.inner_text()
    assert totals.get_by_role("row").filter(has_text="42,720.49").filter(has_text="34,220.49").count() > 0
    assert "exceptions: 2" in report

    assert visitor.violations() == []
    assert visitor.overflow() <= 0
    visitor.page.screenshot(path=tmp_path / f"reconciliation-{theme}.png", animations="disabled")

    payment.get_by_role("link").click()
    assert "account closed" in visitor.shown("payment").inner_text()
