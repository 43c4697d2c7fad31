"""A PostgreSQL of one's own: several schedulers or triggerers need a database with row locks."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import signal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from demo.processes import Processes, free_port
from tests.crashes.servers import folder_of, start_server

if TYPE_CHECKING:
    from collections.abc import Iterator

DEBIAN = Path("/usr/lib/postgresql")
NAME = "postgres"
USER = "postgres"
SMALL = {"shared_buffers": "32MB", "max_connections": "200", "fsync": "off", "unix_socket_directories": ""}


def programs() -> Path:
    """Return the folder with PostgreSQL's programs, the newest version's; skip the test where there is none."""
    if on_path := shutil.which("initdb"):
        return Path(on_path).parent
    versions = sorted((folder for folder in DEBIAN.glob("*/bin") if (folder / "initdb").exists()), key=_version)
    if not versions:
        pytest.skip("PostgreSQL is not installed (Debian: apt-get install postgresql).")
    return versions[-1]


def _version(folder: Path) -> float:
    return float(folder.parent.name)


@contextlib.contextmanager
def postgres(processes: Processes) -> Iterator[str]:
    """Run a database server on the loopback address, and yield the SQLAlchemy URL of its empty database."""
    folder = programs()
    # PostgreSQL does not run as root, and a folder of pytest's is for its owner only.
    as_user = ["setpriv", f"--reuid={USER}", f"--regid={USER}", "--init-groups"] if os.geteuid() == 0 else []
    with folder_of(NAME) as home:
        password, data, port = secrets.token_hex(16), home / "data", free_port()
        (home / "password").write_text(password)
        if as_user:
            for path in (home, home / "password"):
                shutil.chown(path, USER)
        init = ["--auth=scram-sha-256", f"--username={USER}", f"--pwfile={home / 'password'}", "--no-sync"]
        command = [*as_user, str(folder / "initdb"), f"--pgdata={data}", "--encoding=UTF8", *init]
        processes.run("initdb", command, os.environ, seconds=120)
        options = [f"-c{name}={value}" for name, value in SMALL.items()]
        server = [*as_user, str(folder / "postgres"), "-D", str(data), "-p", str(port), "-h", "127.0.0.1", *options]
        try:
            start_server(processes, NAME, server, port)
            yield f"postgresql+psycopg2://{USER}:{password}@127.0.0.1:{port}/{USER}"
        finally:
            if processes.is_running(NAME):
                # "Immediate": nobody needs the data any more.
                processes.kill(NAME, signal.SIGQUIT)
