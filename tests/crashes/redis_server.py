"""A Redis of one's own, the broker of Celery's messages."""

from __future__ import annotations

import contextlib
import secrets
import shutil
import signal
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from demo.processes import Processes, free_port
from tests.crashes.servers import folder_of, start_server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NAME = "redis"
KEEPS_MARK = "set-proc-title no\n"
"""A title is written over the environment, by whose mark a server is found when the tests themselves are killed."""


def program() -> str:
    """Return the path of the server's program; skip the test where there is none."""
    found = shutil.which("redis-server")
    if found is None:
        pytest.skip("Redis is not installed (Debian: apt-get install redis-server).")
    return found


@dataclass(frozen=True)
class Redis:
    """A server on the loopback address, which keeps its messages in its own folder."""

    program: str
    processes: Processes
    port: int
    password: str
    settings: Path

    @property
    def url(self) -> str:
        """The URL of its first database."""
        return f"redis://:{self.password}@127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Start it, with the messages that it had, and wait until it listens."""
        start_server(self.processes, NAME, [self.program, str(self.settings)], self.port)

    def stop(self) -> None:
        """End it as a service manager does: it writes its messages to a file first."""
        self.processes.kill(NAME, signal.SIGTERM)


@contextlib.contextmanager
def redis(processes: Processes) -> Iterator[Redis]:
    """Run a server, and end it."""
    found, port, password = program(), free_port(), secrets.token_hex(16)
    with folder_of(NAME) as home:
        # In a file: a command line is for everybody to see.
        settings = home / "redis.conf"
        settings.write_text(f"bind 127.0.0.1\nport {port}\ndir {home}\nrequirepass {password}\nsave 60 1\n{KEEPS_MARK}")
        server = Redis(found, processes, port, password, settings)
        try:
            server.start()
            yield server
        finally:
            if processes.is_running(NAME):
                server.stop()
