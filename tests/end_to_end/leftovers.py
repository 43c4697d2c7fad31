"""Which processes an Airflow has, to see whether any is left."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import psutil

if TYPE_CHECKING:
    from pathlib import Path


def processes_of(home: Path) -> list[str]:
    """Return the command lines of all processes, whosever children they are, that were started for an Airflow."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if process.environ().get("AIRFLOW_HOME") == str(home):
                found.append(" ".join(process.cmdline()))
    return found
