"""Run an emulator in a thread of the calling process, for tests."""

from __future__ import annotations

import json
import socket
import threading
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import quote

from airflow_provider_paxos.emulator.control_client import Controls
from airflow_provider_paxos.emulator.settings import EmulatorSettings
from airflow_provider_paxos.emulator.urls import API, TOKEN

if TYPE_CHECKING:
    from airflow_provider_paxos.emulator.app import EmulatorServer

LOOPBACK = "127.0.0.1"
TIMEOUT = 60.0
"""Seconds that starting and stopping may take."""

_DEPENDENCIES = ("fastapi", "uvicorn")


class DependencyMissing(ImportError):
    """Reports that FastAPI or uvicorn is not installed, and how to install it."""


def require_dependencies() -> None:
    """Check that the packages are installed that a running emulator needs.

    :raises DependencyMissing: if one is not.
    """
    missing = [name for name in _DEPENDENCIES if find_spec(name) is None]
    if missing:
        raise DependencyMissing(
            f"The Paxos emulator needs {' and '.join(missing)}: pip install 'airflow-provider-paxos[emulator]'"
        )


def bound_server(
    settings: EmulatorSettings, host: str, port: int, state_file: Path | None = None
) -> tuple[EmulatorServer, socket.socket]:
    """Build an emulator that is still to be run, and the socket that it listens on.

    :param port: 0 takes a free one
    :param state_file: keeps the state when it stops
    :raises UnreadableState: if the state file cannot be read.
    :raises OSError: if it cannot listen there.
    """
    # Only now: these need the packages of the extra.
    from airflow_provider_paxos.emulator import app, backend  # noqa: PLC0415

    return app.build_server(backend.Backend(settings, state_file)), app.bound_socket(host, port)


class RunningEmulator(Controls):
    """Runs an emulator in a thread, on the loopback address, inside a ``with`` block.

    :param port: 0 takes a free one
    :param state_file: keeps the state when it stops
    :param settings: settings by name, as in ``EmulatorSettings``
    :raises DependencyMissing: if FastAPI or uvicorn is not installed.
    """

    def __init__(self, *, port: int = 0, state_file: Path | None = None, **settings: Any) -> None:
        require_dependencies()
        super().__init__("")
        self._port = port
        self._settings = EmulatorSettings(**settings)
        self._state_file = state_file
        self._server: EmulatorServer | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Start the emulator, and return when it answers."""
        self._server, bound = bound_server(self._settings, LOOPBACK, self._port, self._state_file)
        self.url = f"http://{LOOPBACK}:{bound.getsockname()[1]}"
        self._thread = threading.Thread(target=self._server.run, args=([bound],), name="paxos-emulator", daemon=True)
        self._thread.start()
        if not self._server.is_up.wait(TIMEOUT):
            raise RuntimeError(f"The Paxos emulator did not start within {TIMEOUT:g} s.")

    def stop(self) -> None:
        """Stop the emulator, and return when its thread has stopped."""
        if self._server and self._thread:
            self._server.should_exit = True
            self._thread.join(TIMEOUT)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def base_url(self) -> str:
        """Return the API's base URL, which is the ``host`` of an Airflow connection."""
        return f"{self.url}{API}"

    @property
    def token_url(self) -> str:
        """Return the URL of the token endpoint."""
        return f"{self.url}{TOKEN}"

    @property
    def client_id(self) -> str:
        """Return the client's id."""
        return self._settings.client_id

    @property
    def client_secret(self) -> str:
        """Return the client's secret, as at the start."""
        return self._settings.client_secret.get_secret_value()

    @property
    def connection_json(self) -> str:
        """Return an Airflow connection to the emulator, as the value of an ``AIRFLOW_CONN_…`` variable."""
        return json.dumps(
            {"conn_type": "paxos", "login": self.client_id, "password": self.client_secret, "host": self.base_url}
        )

    @property
    def conn_uri(self) -> str:
        """Return the same connection as a URI."""
        login, password, host = (quote(part, safe="") for part in (self.client_id, self.client_secret, self.base_url))
        return f"paxos://{login}:{password}@{host}"
