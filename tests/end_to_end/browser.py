"""A person at Airflow's web UI: Chromium, driven over its protocol, and the steps of that person: see, click, type."""

from __future__ import annotations

import contextlib
import os
import shutil
from typing import TYPE_CHECKING, Any

from playwright.sync_api import ConsoleMessage, Locator, Page, Response, ViewportSize, sync_playwright

from demo.airflow_site import USER
from demo.settlement import CHECKOUT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, StorageState

    from demo.airflow_site import AirflowSite

AXE = CHECKOUT / "tools" / "javascript" / "node_modules" / "axe-core" / "axe.min.js"
"""Checks a page for accessibility; there once `make lint` has installed it."""

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
DESK: ViewportSize = {"width": 1280, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    """Start the browser, without a window."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--headless=new", *_FLAGS])
        yield browser
        browser.close()


class Visitor:
    """A person with a fresh browser profile.

    :param theme: ``light`` or ``dark``, as chosen in Airflow
    :param size: of the window
    :param remembered: the cookies of somebody who is logged in
    """

    def __init__(
        self,
        browser: Browser,
        site: AirflowSite,
        *,
        theme: str = "light",
        size: ViewportSize = DESK,
        remembered: StorageState | None = None,
    ) -> None:
        self.site = site
        self.url = site.settings.url
        self.context = browser.new_context(
            viewport=size, permissions=["clipboard-read", "clipboard-write"], storage_state=remembered
        )
        self.context.add_init_script(f"localStorage.theme = {theme!r}")
        self.page: Page = self.context.new_page()
        self.page.set_default_timeout(90_000)
        self.clicks = 0
        self.troubles: list[str] = []
        """Warnings and errors that the page wrote to the console, and requests that failed."""
        self.page.on("console", self._listen)
        self.page.on("pageerror", lambda error: self.troubles.append(str(error)))
        self.page.on("response", self._watch)

    def close(self) -> None:
        """Leave."""
        self.context.close()

    def log_in(self, user: str = USER) -> None:
        """Type a user's name and password; Airflow's home page follows."""
        page = self.page
        page.goto(f"{self.url}/auth/login")
        page.get_by_label("Username").fill(user)
        page.get_by_label("Password").fill(self.site.password_of(user))
        page.get_by_role("button", name="Sign in").click()
        page.get_by_role("heading", name="Health").wait_for()
        self.troubles.clear()

    def open(self, path: str) -> Page:
        """Type an address below the site's."""
        self.page.goto(f"{self.url}{path}")
        return self.page

    def paxos(self, path: str) -> Locator:
        """Open a place of this plugin, and return it once it shows what it has."""
        self.open(path)
        return self.shown()

    def shown(self, place: str = "") -> Locator:
        """Return this plugin's part of the page, once it shows what it has.

        :param place: ``page``, ``payment``, ``run`` or ``task`` where a click led there; any of them if empty
        """
        paxos = self.page.locator(f".paxos[data-place={place}]" if place else ".paxos")
        paxos.locator(".px-notes").wait_for()
        return paxos

    def click(self, what: Locator) -> None:
        """Click, and count it."""
        self.clicks += 1
        what.click()

    def type_keys(self, key: str, until: Locator, *, times: int = 60) -> None:
        """Press a key until an element has the focus."""
        for _ in range(times):
            self.page.keyboard.press(key)
            if until.evaluate("element => element === document.activeElement"):
                return
        raise AssertionError(f"{times} times {key} have not reached {until}")

    def overflow(self) -> int:
        """Return by how many pixels the page is wider than the window."""
        return int(self.page.evaluate("document.documentElement.scrollWidth - window.innerWidth"))

    def violations(self) -> list[tuple[str, str]]:
        """Return what axe finds in this plugin's part of the page, all of it unfolded: rules, and the first place."""
        self.page.evaluate("document.querySelectorAll('.paxos details').forEach(each => { each.open = true })")
        self.page.evaluate(AXE.read_text())
        found = self.page.evaluate("axe.run('.paxos').then(results => results.violations)")
        return [(each["id"], each["nodes"][0]["html"]) for each in found]

    def dialog(self) -> Locator:
        """Return the open dialog."""
        return self.page.locator("[role=dialog][data-state=open]").last

    def toast(self) -> Locator:
        """Return Airflow's message in the corner."""
        return self.page.locator("[data-scope=toast][data-part=root]").last

    def _listen(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.troubles.append(message.text)

    def _watch(self, response: Response) -> None:
        if response.status >= 400:
            self.troubles.append(f"{response.status} {response.url}")


def json_answer(status: int, detail: Any) -> dict[str, Any]:
    """Return what makes a route answer with an error, as FastAPI words it."""
    return {"status": status, "json": {"detail": detail}}
