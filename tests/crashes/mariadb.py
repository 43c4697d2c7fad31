"""A MariaDB of one's own, which passes for MySQL: its columns hold no more than those of MySQL."""

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
from demo.settlement import CHECKOUT
from tests.crashes.servers import folder_of, start_server

if TYPE_CHECKING:
    from collections.abc import Iterator

NAME = "mariadb"
DATABASE = "airflow"
DRIVER = Path(__file__).parent / "mysql_driver"
PASSES_FOR = "5.7.19"
"""The version of MySQL that the server reports as its own, and that SQLAlchemy therefore writes statements for.

MariaDB understands those. Of MySQL 8's it lacks FOR UPDATE OF and the row alias of an upsert; and with SQLAlchemy's own
for MariaDB, which delete with RETURNING, Airflow 3.3.2's scheduler fails.
"""

ENVIRONMENT = {
    # The folder has what Airflow asks for besides the driver of the URL.
    "PYTHONPATH": os.pathsep.join((str(DRIVER), str(CHECKOUT))),
    # Assets that no Dag names stay: the scheduler deletes them by WITH … DELETE, which MariaDB does not understand.
    "AIRFLOW__SCHEDULER__PARSING_CLEANUP_INTERVAL": "1000000",
}
"""Environment variables of an Airflow with this database."""


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
        settings = [data, user, *where, f"--version={PASSES_FOR}", f"--init-file={first}"]
        try:
            start_server(processes, NAME, [server, "--no-defaults", *settings], port)
            yield f"mysql+pymysql://{DATABASE}:{password}@127.0.0.1:{port}/{DATABASE}?charset=utf8mb4"
        finally:
            if processes.is_running(NAME):
                # Nobody needs the data any more.
                processes.kill(NAME, signal.SIGKILL)
