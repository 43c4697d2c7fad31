"""Points of a task at which a test wants to kill its worker: a note with its process ids, and perhaps a stop."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from airflow.sdk import Context

LONGEST_STOP = 300.0


def reach(point: str, context: Context) -> None:
    """Leave a note with the process ids, and stop here if the run's conf says so.

    ``{"stop_at": "before_post", "stop_map_indexes": [0, 2]}`` stops the first try of these instances.

    :param point: its name, as a test waits for it
    :raises TimeoutError: if nobody kills the worker, or lets it go on
    """
    ti = context["ti"]
    note = Path(os.environ["CRASH_NOTES"]) / f"{ti.run_id}--{ti.map_index}--{ti.try_number}--{point}"
    unfinished = note.with_name(f".{note.name}.{os.getpid()}")
    unfinished.write_text(json.dumps({"task": os.getpid(), "supervisor": os.getppid()}))
    unfinished.replace(note)
    conf = context["dag_run"].conf or {}
    here = conf.get("stop_at") == point and ti.map_index in conf.get("stop_map_indexes", [ti.map_index])
    deadline = time.monotonic() + LONGEST_STOP
    while here and ti.try_number == 1 and not note.with_name(f"{note.name}--go").exists():
        if time.monotonic() > deadline:
            raise TimeoutError(f"Nobody killed this worker, or let it go on, at {point}.")
        time.sleep(0.05)
