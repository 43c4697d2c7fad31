"""Which processes an Airflow has, to see whether any is left."""

from __future__ import annotations

import contextlib
from pathlib import Path

import psutil


def processes_of(home: Path) -> list[str]:
    """Return the command lines of all processes, whosever children they are, that were started for an Airflow."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            # Or for one of its pods, which have a home of their own below.
            if Path(process.environ().get("AIRFLOW_HOME", "/")).is_relative_to(home):
                found.append(" ".join(process.cmdline()))
    return found
