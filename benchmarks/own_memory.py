"""The resident memory of this process, now and at most, as Linux counts it."""

from __future__ import annotations

import gc
import re
import resource
from pathlib import Path

_PROCESS = Path("/proc/self")


def resident() -> int:
    """Return the bytes that are resident once the garbage is collected."""
    gc.collect()
    return int((_PROCESS / "statm").read_text().split()[1]) * resource.getpagesize()


def forget_peak() -> None:
    """Let ``peak`` begin anew."""
    (_PROCESS / "clear_refs").write_text("5")


def peak() -> int:
    """Return the most bytes that were resident at a time. Not ``ru_maxrss``, which begins with that of the parent."""
    found = re.search(r"VmHWM:\s+(\d+) kB", (_PROCESS / "status").read_text())
    if not found:
        raise RuntimeError("The system does not say how much memory a process has had at most.")
    return 1024 * int(found[1])
