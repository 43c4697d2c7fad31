"""An emulator inside the calling process, for tests."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import quote

from airflow_provider_paxos.emulator.control_client import Controls
from airflow_provider_paxos.emulator.extra import require_extra
from airflow_provider_paxos.emulator.settings import Settings

if TYPE_CHECKING:
    from airflow_provider_paxos.emulator.listener import Listener

LOOPBACK = "127.0.0.1"
PATIENCE = 10.0
"""Seconds that starting and ending may take."""


class RunningEmulator(Controls):
    """Runs an emulator in a thread, on a free port of the loopback address, from ``with`` to its end.

    :param port: 0 takes a free one
    :param state_file: keeps the state when it ends
    :param settings: settings by name, as in ``Settings``
    :raises ExtraMissing: if FastAPI or uvicorn is not installed.
    """

    def __init__(self, *, port: int = 0, state_file: Path | None = None, **settings: Any) -> None:
        require_extra()
        super().__init__("")
        self._port = port
        self._settings = Settings(**settings)
        self._state_file = state_file
        self._listener: Listener | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Start it, and return when it answers."""
        from airflow_provider_paxos.emulator.listener import bound_socket, listener  # noqa: PLC0415
        from airflow_provider_paxos.emulator.local_paxos import LocalPaxos  # noqa: PLC0415

        self._listener = listener(LocalPaxos(self._settings, self._state_file))
        bound = bound_socket(LOOPBACK, self._port)
        self.url = f"http://{LOOPBACK}:{bound.getsockname()[1]}"
        self._thread = threading.Thread(target=self._listener.run, args=([bound],), name="paxos-emulator", daemon=True)
        self._thread.start()
        if not self._listener.is_up.wait(PATIENCE):
            raise RuntimeError(f"The Paxos emulator did not start within {PATIENCE:g} s.")

    def stop(self) -> None:
        """End it, and return when its thread has ended."""
        if self._listener and self._thread:
            self._listener.should_exit = True
            self._thread.join(PATIENCE)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def base_url(self) -> str:
        """The API's base URL, which is the ``host`` of an Airflow connection."""
        return f"{self.url}/v2"

    @property
    def token_url(self) -> str:
        """The token endpoint."""
        return f"{self.url}/oauth2/token"

    @property
    def client_id(self) -> str:
        """The client's id."""
        return self._settings.client_id

    @property
    def client_secret(self) -> str:
        """The client's secret, as at the start."""
        return self._settings.client_secret.get_secret_value()

    @property
    def connection_json(self) -> str:
        """An Airflow connection to it, as the value of an ``AIRFLOW_CONN_…`` variable."""
        return json.dumps(
            {"conn_type": "paxos", "login": self.client_id, "password": self.client_secret, "host": self.base_url}
        )

    @property
    def conn_uri(self) -> str:
        """The same as a URI."""
        login, password, host = (quote(part, safe="") for part in (self.client_id, self.client_secret, self.base_url))
        return f"paxos://{login}:{password}@{host}"
