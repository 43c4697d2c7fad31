"""The pictures of the documentation: ``python -m tests.end_to_end.pictures`` takes them anew, after a settlement."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from demo.settlement import CHECKOUT, DAG_ID, RUN_ID, SETTLE
from tests.end_to_end.browser import DESK, PHONE, Visitor, chromium
from tests.end_to_end.web_ui import FORM, PAGE, RUN_TAB, ask_for_approval, settled_site, task_tab

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

THEMES = ("light", "dark")


def _page(visitor: Visitor) -> None:
    visitor.paxos(PAGE)


def _totals(visitor: Visitor) -> None:
    visitor.paxos(PAGE).locator(".px-panels").evaluate("panels => panels.scrollIntoView()")


def _run(visitor: Visitor) -> None:
    visitor.paxos(RUN_TAB)


def _task(visitor: Visitor) -> None:
    visitor.paxos(task_tab(DAG_ID, RUN_ID, SETTLE))
    visitor.page.get_by_role("list", name="Time line").first.wait_for()


def _payment(visitor: Visitor) -> None:
    visitor.paxos(PAGE).get_by_role("region", name="Needs attention").locator("td a").first.click()
    visitor.shown("payment").get_by_role("list", name="Time line").wait_for()


def _phone(visitor: Visitor) -> None:
    visitor.page.set_viewport_size(PHONE)
    visitor.paxos(PAGE)


def _connection_form(visitor: Visitor) -> None:
    visitor.page.set_viewport_size({**DESK, "height": 1760})
    page = visitor.open("/connections")
    page.get_by_role("button", name="Add Connection").click()
    page.get_by_role("combobox").first.click()
    page.keyboard.type("paxos")
    page.get_by_role("option", name="Paxos", exact=True).click()
    visitor.dialog().get_by_role("button", name="Extra Fields", exact=True).click()
    page.get_by_text("Which Paxos to call.").wait_for()


def _trigger_form(visitor: Visitor) -> None:
    visitor.page.set_viewport_size({**DESK, "height": 1100})
    visitor.open("/dags/convert_and_wait").get_by_role("button", name="Trigger").first.click()
    visitor.dialog().locator("[name=element_amount]").wait_for()


def _required_action(visitor: Visitor) -> None:
    ask_for_approval(visitor.site)
    visitor.page.set_viewport_size({**DESK, "height": 1760})
    visitor.open(FORM).get_by_role("button", name="Approve").first.wait_for()


PLACES: dict[str, Callable[[Visitor], None]] = {"page": _page, "run": _run, "task": _task, "payment": _payment}
FURTHER: dict[str, Callable[[Visitor], None]] = {
    "totals": _totals,
    "phone": _phone,
    "connection-form": _connection_form,
    "trigger-form": _trigger_form,
    "required-action": _required_action,
}


def take(
    visitor: Visitor, folder: Path, theme: str, pictures: Mapping[str, Callable[[Visitor], None]] = PLACES
) -> list[Path]:
    """Take pictures, and return their files."""
    taken = []
    for name, go in pictures.items():
        visitor.page.set_viewport_size(DESK)
        go(visitor)
        # Airflow slides its dialogs in. Some other animations never end.
        visitor.page.wait_for_function(
            "document.getAnimations().every("
            "each => each.effect.getComputedTiming().endTime === Infinity || each.playState !== 'running')"
        )
        taken.append(folder / f"{name}-{theme}.png")
        visitor.page.screenshot(path=taken[-1], animations="disabled")
    return taken


def main() -> None:
    """Write ``docs/images``."""
    folder = CHECKOUT / "docs" / "images"
    folder.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as home, settled_site(Path(home)) as (site, _), chromium() as browser:
        # What asks for an approval comes last: Airflow shows it on other pages, too.
        for theme in reversed(THEMES):
            visitor = Visitor(browser, site, theme=theme)
            visitor.log_in()
            wanted = PLACES if theme == "dark" else {**PLACES, **FURTHER}
            for picture in take(visitor, folder, theme, wanted):
                print(f"{picture.relative_to(CHECKOUT)} {picture.stat().st_size // 1024} KiB")
            visitor.close()


if __name__ == "__main__":
    main()
