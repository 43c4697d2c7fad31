"""Reconcile the settlement and its repair: a run of the example Dag, and its report."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from demo.following import ExampleRun
from demo.processes import DemoError
from demo.settlement import RUN_ID

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from demo.airflow_site import AirflowSite

SCOPES = "orchestration:read_orchestration orchestration:write_orchestration transfer:read_transfer"
"""What the connection asks for, so that transfers are reconciled as well."""

RECONCILIATION = ExampleRun(
    "reconcile_daily",
    "demo_reconciliation",
    "reconcile",
    begins="reading the settlement file",
    runs="comparing what was meant, recorded and paid",
)


def reconcile(site: AirflowSite, settlement: Path, show: Callable[[str], None]) -> str:
    """Reconcile the day of a settlement, and return the report.

    :param settlement: the settlement's report, without its ending
    :param show: called with a line on how it is getting on, as often as the line changes
    """
    day = json.loads(settlement.with_suffix(".json").read_text(encoding="utf-8"))["business_date"]
    RECONCILIATION.start(site, {"business_date": day, "settlement_run": RUN_ID})
    RECONCILIATION.follow(site, show)
    report = site.settings.home / "reports" / f"reconciliation-{day}.txt"
    if not report.exists():
        raise DemoError(f"The reconciliation has left no report; its tasks' logs are in {site.settings.home / 'logs'}.")
    return report.read_text(encoding="utf-8")
