"""A person on call, in a browser: from Airflow's home page to the failed payment, its reason, its repair, and back."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING
from urllib.parse import unquote

import pytest

from demo.repair import CHANGES, PAYMENT
from demo.settlement import RUN_ID
from tests.end_to_end.browser import CHROMIUM, Visitor
from tests.end_to_end.web_ui import PAGE, failed_row

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator

    from demo.airflow_site import AirflowSite

REPAIR = "repair_settlement"
NEW_ACCOUNT = CHANGES[PAYMENT]["destination"]["fiat"]["bank_account_id"]

pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="Needs Chromium, as the program chromium or in $CHROMIUM."),
    pytest.mark.changes_settlement,
]


def repair(visitor: Visitor, site: AirflowSite) -> None:
    """Fill in the trigger form of the repair Dag, start it, and wait for its end."""
    site.wait_for_dag(REPAIR)
    visitor.open(f"/dags/{REPAIR}").get_by_role("button", name="Trigger").first.click()
    form = visitor.dialog()
    form.locator("[name=element_run_id]").fill(RUN_ID)
    form.locator("#element_changes .monaco-editor").click()
    visitor.page.keyboard.press("ControlOrMeta+A")
    # Pasted, as the editor closes brackets and quotes that are typed.
    visitor.page.evaluate("text => navigator.clipboard.writeText(text)", json.dumps(CHANGES))
    visitor.page.keyboard.press("ControlOrMeta+V")
    # The form has it once the editor shows it, which is after the key.
    form.locator("#element_changes .view-line").filter(has_text=NEW_ACCOUNT).wait_for()
    # Another test shows how a person approves it in Required Actions.
    form.locator("[name=element_approve]").dispatch_event("click")
    form.get_by_role("button", name="Trigger").dispatch_event("click")
    visitor.page.wait_for_url(f"**/dags/{REPAIR}/runs/*")
    run_id = unquote(visitor.page.url.split("/runs/")[1].split("?")[0])
    site.wait(lambda: site.api.run_state(REPAIR, run_id) in ("success", "failed"), "the repair to end", seconds=400)
    assert site.api.run_state(REPAIR, run_id) == "success"


def of_this_run(rows: Locator) -> Locator:
    """Return the rows of the settlement: other tests settle the same payments of other days."""
    return rows.filter(has=rows.page.get_by_role("link", name=RUN_ID, exact=True))


def test_from_home_to_the_failed_payment_its_reason_its_repair_and_back(browser: Browser, site: AirflowSite) -> None:
    visitor = Visitor(browser, site)
    visitor.log_in()
    page = visitor.page

    page.get_by_role("link", name="Paxos").click()
    of_this_run(failed_row(visitor.shown("page"))).get_by_role("link").first.click()
    payment = visitor.shown("payment")
    for text in ("Failed", "8,500.00", "account closed", "What to do"):
        assert text in payment.inner_text()
    failed = page.url

    repair(visitor, site)

    page.goto(failed)
    payment = visitor.shown("payment")
    assert "Failed, paid again" in payment.inner_text()
    payment.get_by_role("link", name=re.compile("-r1$")).click()
    page.wait_for_url(lambda address: address != failed)
    replacement = visitor.shown("payment")
    for text in ("Settled", "8,500.00", NEW_ACCOUNT):
        replacement.get_by_text(text).first.wait_for()

    page.go_back()
    page.wait_for_url(failed)
    paxos = visitor.paxos(PAGE)
    assert of_this_run(failed_row(paxos)).count() == 0
    assert of_this_run(paxos.get_by_role("region", name="Repaired").get_by_role("row")).count() == 1
    assert visitor.troubles == []
    visitor.close()
