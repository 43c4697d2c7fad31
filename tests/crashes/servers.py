"""Servers of one's own on the loopback address, each with a folder that goes with it."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from demo.processes import Processes, port_in_use, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


@contextlib.contextmanager
def folder_of(name: str) -> Iterator[Path]:
    """Make a folder for this user alone, with a short path, and remove it."""
    folder = Path(tempfile.mkdtemp(prefix=f"crashes-{name}-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def start_server(processes: Processes, name: str, command: Sequence[str], port: int) -> None:
    """Start a server, and wait until it listens."""
    processes.start(name, command, os.environ)

    def is_up() -> bool:
        processes.check()
        return port_in_use(port)

    wait_until(is_up, f"{name} to listen", seconds=120)
