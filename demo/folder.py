"""The folder that a demo runs in: the demo's own, and only one demo's at a time."""

from __future__ import annotations

import contextlib
import fcntl
import shutil
from typing import TYPE_CHECKING

from demo.processes import DemoError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MARK = ".made-by-the-demo"


@contextlib.contextmanager
def own_folder(home: Path) -> Iterator[None]:
    """Empty the folder, which an earlier demo may have left, and keep others out of it.

    :raises DemoError: if something else is in it, or another demo is running there
    """
    mark = home / MARK
    if home.exists() and not mark.exists() and (not home.is_dir() or any(home.iterdir())):
        raise DemoError(f"{home} was not made by the demo; it stays as it is. Move it away, or use --home.")
    home.mkdir(parents=True, exist_ok=True)
    with mark.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise DemoError(f"Another demo is running in {home}.") from None
        for entry in home.iterdir():
            if entry.is_dir() and not entry.is_symlink():
                shutil.rmtree(entry)
            elif entry != mark:
                entry.unlink()
        yield
