"""An Airflow with a settlement behind it, for those who look at it in a browser."""

from __future__ import annotations

import contextlib
import dataclasses
import shutil
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from demo.airflow_site import AirflowSite
from demo.processes import Processes, free_port
from demo.settlement import CHECKOUT, DAG_ID, RUN_ID, Emulator, connect, settle, settlement_site

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE = "/plugin/paxos"
RUN_TAB = f"/dags/{DAG_ID}/runs/{RUN_ID}/plugin/paxos-run"
_DAGS = Path(__file__).parent / "web_ui_dags"


def task_tab(dag_id: str, run_id: str, task_id: str) -> str:
    """Return the address of a task's tab."""
    dag, run, task = (quote(each, safe="") for each in (dag_id, run_id, task_id))
    return f"/dags/{dag}/runs/{run}/tasks/{task}/plugin/paxos-task"


@contextlib.contextmanager
def settled_site(home: Path) -> Iterator[tuple[AirflowSite, Emulator]]:
    """Start an Airflow and a Paxos, settle the example batch, in which one payment fails, and leave both up."""
    with Processes(home) as processes:
        emulator = Emulator(free_port(), processes)
        emulator.start()
        shutil.copytree(CHECKOUT / "example_dags", home / "dags")
        shutil.copytree(_DAGS, home / "dags", dirs_exist_ok=True)
        settings = settlement_site(home, free_port(), processes).settings
        environment = {**settings.environment, "AIRFLOW__CORE__TEST_CONNECTION": "Enabled"}
        site = AirflowSite(dataclasses.replace(settings, dags_folder=home / "dags", environment=environment), processes)
        site.start_all()
        connect(site, emulator)
        settle(site, print)
        yield site, emulator


def run_to_its_end(site: AirflowSite, dag_id: str, run_id: str) -> None:
    """Run another Dag of the site."""
    site.wait_for_dag(dag_id)
    site.api.trigger(dag_id, run_id, {})
    site.wait(lambda: site.api.run_state(dag_id, run_id) in ("success", "failed"), f"{dag_id} to end", seconds=400)
