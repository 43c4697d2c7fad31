"""The folder in which the processes of a host share what they have in common."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

FOLDER = "airflow-provider-paxos"


def host_folder() -> Path:
    """Return the folder: in ``$XDG_RUNTIME_DIR`` if that is this user's, or else where temporary files are."""
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    if os.path.isabs(runtime) and os.path.isdir(runtime) and os.stat(runtime).st_uid == os.geteuid():
        return Path(runtime, FOLDER)
    return Path(tempfile.gettempdir(), f"{FOLDER}-{os.geteuid()}")
