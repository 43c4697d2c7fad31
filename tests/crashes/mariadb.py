"""A MariaDB of one's own, which stands for MySQL: its columns hold no more than those of MySQL."""

from __future__ import annotations

import contextlib
import getpass
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

NAME = "mariadb"
DATABASE = "airflow"
DRIVER = Path(__file__).parent / "mysql_driver"
"""The folder for ``PYTHONPATH`` with what Airflow asks for besides the driver of the URL."""


def program(name: str) -> str:
    """Return the path of a program of MariaDB; skip the test where there is none."""
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin")
    if found is None:
        pytest.skip("MariaDB is not installed (Debian: apt-get install mariadb-server).")
    return found


@contextlib.contextmanager
def mariadb(processes: Processes) -> Iterator[str]:
    """Run a database server on the loopback address, and yield the SQLAlchemy URL of its empty database."""
    server, init = program("mariadbd"), program("mariadb-install-db")
    with folder_of(NAME) as home:
        password, port, data = secrets.token_hex(16), free_port(), f"--datadir={home / 'data'}"
        user = f"--user={getpass.getuser()}"
        processes.run("mariadb-install-db", [init, "--no-defaults", data, user], os.environ, seconds=240)
        first = home / "first.sql"
        first.write_text(
            f"CREATE DATABASE {DATABASE} CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;\n"
            f"CREATE USER '{DATABASE}'@'%' IDENTIFIED BY '{password}';\n"
            f"GRANT ALL ON {DATABASE}.* TO '{DATABASE}'@'%';\n"
        )
        where = [f"--socket={home / 'socket'}", f"--port={port}", "--bind-address=127.0.0.1", "--skip-name-resolve"]
        try:
            start_server(processes, NAME, [server, "--no-defaults", data, user, *where, f"--init-file={first}"], port)
            yield f"mysql+pymysql://{DATABASE}:{password}@127.0.0.1:{port}/{DATABASE}?charset=utf8mb4"
        finally:
            if processes.is_running(NAME):
                # Nobody needs the data any more.
                processes.kill(NAME, signal.SIGKILL)
