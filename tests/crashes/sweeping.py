"""The example that sweeps deposits, with a schedule and polls that a test can await, and what its runs have booked."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from demo.settlement import CHECKOUT

if TYPE_CHECKING:
    from pathlib import Path

    from demo.airflow_api import DagRun
    from tests.crashes.crash_site import CrashSite

FILE = "sweep_deposits.py"
POLL_SECONDS = 2.0
SHORTER = {
    "from airflow.timetables.trigger import CronTriggerTimetable": (
        "from airflow.timetables.trigger import DeltaTriggerTimetable"
    ),
    'CronTriggerTimetable("*/15 * * * *", timezone="UTC")': "DeltaTriggerTimetable(timedelta(seconds=30))",
    'Trigger(asset_name="paxos_swept")': f'Trigger(asset_name="paxos_swept", poll_interval={POLL_SECONDS})',
    '"retry_delay": timedelta(seconds=30)': '"retry_delay": timedelta(seconds=1)',
}
"""What replaces the example's schedule, polls and pause before a retry."""

RULE = "sweep-usdc-1"
TREASURY = "00000000-0000-4000-8000-00000000000a"
BOOKS, SECOND = "book_deposits", "watch_as_well"
SCOPES = (
    "orchestration:read_orchestration orchestration:write_orchestration events:read_event "
    "orchestration:read_orchestration_rule orchestration:write_orchestration_rule"
)


def write_example(dags: Path) -> None:
    """Write the example's Dag file into a folder, with what is shorter."""
    text = (CHECKOUT / "example_dags" / FILE).read_text()
    for long, short in SHORTER.items():
        assert long in text
        text = text.replace(long, short)
    (dags / FILE).write_text(text)


@dataclass(frozen=True)
class Booked:
    """A file that the example has written."""

    folder: str
    status: str
    completed: datetime
    """By Paxos' clock."""
    written: datetime


def booked(site: CrashSite) -> dict[str, Booked]:
    """Return what has been booked, by the orchestrations' ids."""
    return {file.stem: _read(file) for file in site.airflow.settings.home.glob("[bn]*/*.json")}


def _read(file: Path) -> Booked:
    document: dict[str, Any] = json.loads(file.read_text())
    written = datetime.fromtimestamp(file.stat().st_mtime, UTC)
    return Booked(file.parent.name, document["status"], datetime.fromisoformat(document["updated_at"]), written)


def made_by_rule(site: CrashSite) -> set[str]:
    """Return the ids of all orchestrations that deposits have started."""
    created = site.paxos.accepted_creates()
    return {each for ref_id, ids in created.items() if ref_id.startswith("orchestration_id.") for each in ids}


def polls(site: CrashSite) -> list[datetime]:
    """Return when Paxos' events were polled; further pages of a poll are not counted."""
    return [
        datetime.fromisoformat(each["time"])
        for each in site.paxos.journal()
        if each["path"].endswith("/events") and "page_cursor" not in each["query"]
    ]


def ahead(site: CrashSite) -> timedelta:
    """Return how far Paxos' clock is ahead at least: other tests have moved it."""
    shown = datetime.fromisoformat(site.paxos.now())
    return shown - datetime.now(UTC)


def next_run_of_the_clock(runs: list[DagRun], moment: datetime) -> DagRun | None:
    """Return the first successful run of the time schedule that has begun after a moment."""
    later = [
        each
        for each in runs
        if each.run_type == "scheduled" and each.state == "success" and each.began and each.began >= moment
    ]
    return min(later, key=lambda each: str(each.began), default=None)
