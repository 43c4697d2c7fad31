"""An Airflow with a settlement behind it, for those who look at it in a browser."""

from __future__ import annotations

import contextlib
import dataclasses
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from demo.airflow_site import AirflowSite
from demo.processes import Processes, free_port
from demo.settlement import CHECKOUT, DAG_ID, RUN_ID, SETTLE, Emulator, connect, settle, settlement_site

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Locator

PAGE = "/plugin/paxos"
RUN_TAB = f"/dags/{DAG_ID}/runs/{RUN_ID}/plugin/paxos-run"
APPROVED_RUN_ID = "approved"
FORM = f"/dags/{DAG_ID}/runs/{APPROVED_RUN_ID}/tasks/{SETTLE}/required_actions"
FAILED_PAYMENT = "supplier-closed-account"
_DAGS = Path(__file__).parent / "web_ui_dags"


def task_tab(dag_id: str, run_id: str, task_id: str) -> str:
    """Return the address of a task's tab."""
    dag, run, task = (quote(each, safe="") for each in (dag_id, run_id, task_id))
    return f"/dags/{dag}/runs/{run}/tasks/{task}/plugin/paxos-task"


def needs_attention(paxos: Locator) -> Locator:
    """Return the part of a list, in this plugin's part of the page, that names what needs attention."""
    return paxos.get_by_role("region", name="Needs attention")


def failed_row(paxos: Locator) -> Locator:
    """Return the row of the payment that has failed."""
    return needs_attention(paxos).get_by_role("row").filter(has_text=FAILED_PAYMENT)


@contextlib.contextmanager
def settled_site(
    home: Path, *, python: str = sys.executable, **variables: str
) -> Iterator[tuple[AirflowSite, Emulator]]:
    """Start an Airflow and a Paxos, settle the example batch, in which one payment fails, and leave both up.

    :param python: the interpreter of the environment that Airflow is installed in
    :param variables: further environment variables of Airflow's processes
    """
    with Processes(home) as processes:
        emulator = Emulator(free_port(), processes)
        emulator.start()
        shutil.copytree(CHECKOUT / "example_dags", home / "dags")
        shutil.copytree(_DAGS, home / "dags", dirs_exist_ok=True)
        settings = settlement_site(home, free_port(), processes).settings
        environment = {**settings.environment, "AIRFLOW__CORE__TEST_CONNECTION": "Enabled", **variables}
        changed = {"dags_folder": home / "dags", "environment": environment, "python": python}
        site = AirflowSite(dataclasses.replace(settings, **changed), processes)
        site.start_all()
        connect(site, emulator)
        settle(site, print)
        yield site, emulator


def settling(site: AirflowSite) -> str | None:
    """Return the state of the task that settles the batch of another day, once a person approves it."""
    instances = site.api.task_instances(DAG_ID, APPROVED_RUN_ID)
    return next((each.state for each in instances if each.task_id == SETTLE), None)


def ask_for_approval(site: AirflowSite) -> dict[str, Any]:
    """Let the settlement of another day ask for an approval, and return what it asks."""
    site.api.trigger(DAG_ID, APPROVED_RUN_ID, {"approve": True, "business_date": "2026-10-01"})
    site.wait(lambda: settling(site) == "awaiting_input", "the settlement to ask", seconds=400)
    return site.api.required_action(DAG_ID, APPROVED_RUN_ID, SETTLE)


def run_to_its_end(site: AirflowSite, dag_id: str, run_id: str) -> None:
    """Run another Dag of the site."""
    site.wait_for_dag(dag_id)
    site.api.trigger(dag_id, run_id, {})
    site.wait(lambda: site.api.run_state(dag_id, run_id) in ("success", "failed"), f"{dag_id} to end", seconds=400)
