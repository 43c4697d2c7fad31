"""Let an Airflow trace to its processes' output and write its lineage into a file, and read both back."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TRACING = {"AIRFLOW__TRACES__OTEL_ON": "True", "OTEL_TRACES_EXPORTER": "console"}
"""Environment variables by which a task prints its spans."""


def printed(home: Path, dag_id: str, run_id: str, task_id: str) -> str:
    """Return what the first try of a task has printed so far: its log holds each line as an event."""
    log = home / "logs" / f"dag_id={dag_id}" / f"run_id={run_id}" / f"task_id={task_id}" / "attempt=1.log"
    events = [json.loads(line) for line in log.read_text().splitlines()]
    return "\n".join(event["event"] for event in events if event.get("logger") == "task.stdout")


def lineage_into(home: Path) -> dict[str, str]:
    """Return the environment variables by which OpenLineage writes its events into a file of the site."""
    transport = {"type": "file", "log_file_path": str(_lineage_file(home)), "append": True}
    return {"AIRFLOW__OPENLINEAGE__TRANSPORT": json.dumps(transport)}


def lineage(home: Path, job: str) -> Iterator[dict[str, Any]]:
    """Yield the events of a job so far, oldest first.

    :param job: the Dag's and the task's id, with a dot between them
    """
    file = _lineage_file(home)
    for line in file.read_text().splitlines() if file.exists() else ():
        event: dict[str, Any] = json.loads(line)
        if event["job"]["name"] == job:
            yield event


def _lineage_file(home: Path) -> Path:
    return home / "lineage.jsonl"
