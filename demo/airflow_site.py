"""A real Airflow in a folder: database, scheduler, Dag processor, triggerer and API server."""

from __future__ import annotations

import base64
import json
import os
import secrets
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from demo.airflow_api import AirflowApi
from demo.processes import DemoError, Processes, free_port, wait_until

if TYPE_CHECKING:
    import signal
    from collections.abc import Callable, Mapping
    from pathlib import Path

USER = "admin"
APPROVER = "treasurer"
"""Somebody who may run Dags and answer required actions."""


@dataclass(frozen=True, kw_only=True)
class AirflowSettings:
    """What an Airflow site is made of.

    :param home: ``AIRFLOW_HOME``: an empty folder, or one that does not exist yet
    :param dags_folder: the folder with the Dag files
    :param port: of the API server and the web UI, on the loopback address
    :param parallelism: how many tasks a scheduler's LocalExecutor runs at a time; one process each
    :param database_url: SQLAlchemy URL of an empty database; None for SQLite in ``home``
    :param environment: further environment variables of all processes, such as ``AIRFLOW__SECTION__KEY``
    :param schedulers: names of the schedulers, each starting with ``scheduler``
    :param triggerers: names of the triggerers, each starting with ``triggerer``
    :param workers: names of the Celery workers, each starting with ``celery-worker``; none for other executors
    :param environment_of: further environment variables of single parts, by their names
    :param python: the interpreter of the environment that Airflow is installed in; by default the one that runs this
    """

    home: Path
    dags_folder: Path
    port: int
    parallelism: int = 4
    database_url: str | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    schedulers: tuple[str, ...] = ("scheduler",)
    triggerers: tuple[str, ...] = ("triggerer",)
    workers: tuple[str, ...] = ()
    environment_of: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    python: str = sys.executable

    @property
    def url(self) -> str:
        """The address of the web UI."""
        return f"http://127.0.0.1:{self.port}"


class AirflowSite:
    """Starts and stops the parts of an Airflow; its processes live in ``processes`` and end with them."""

    def __init__(self, settings: AirflowSettings, processes: Processes) -> None:
        self.settings = settings
        self._processes = processes
        self._environment = _environment(settings)
        self._api: AirflowApi | None = None

    @property
    def api(self) -> AirflowApi:
        """The REST API, logged in as the administrator; there once ``start_all`` has returned."""
        if self._api is None:
            self._api = AirflowApi(self.settings.url, USER, self.password)
        return self._api

    @property
    def password(self) -> str:
        """The administrator's password, as Airflow generated it."""
        return self.password_of(USER)

    def password_of(self, user: str) -> str:
        """Return the password of a user, as Airflow generated it."""
        file = self.settings.home / "simple_auth_manager_passwords.json.generated"
        return str(json.loads(file.read_text())[user])

    @property
    def parts(self) -> tuple[str, ...]:
        """The names of all parts."""
        return (
            "api-server",
            "dag-processor",
            *self.settings.schedulers,
            *self.settings.triggerers,
            *self.settings.workers,
        )

    def start_all(self) -> None:
        """Create the database, start every part and wait until all of them are healthy."""
        self._processes.run("db-migrate", self._airflow("db", "migrate"), self._environment, seconds=420)
        for name in self.parts:
            self.start(name)
        self.wait(self.is_healthy, "Airflow to be healthy", seconds=420)

    def start(self, name: str) -> None:
        """Start ``api-server``, ``dag-processor``, or a scheduler, triggerer or worker by its name."""
        for part, command in _PARTS.items():
            if name.startswith(part):
                environment = {**self._environment, **self.settings.environment_of.get(name, {})}
                # Two workers on one machine need names of their own.
                named = ["--celery-hostname", name] if name in self.settings.workers else []
                self._processes.start(name, self._airflow(*command, *named), environment)
                return
        raise ValueError(f"{name!r} starts with none of {', '.join(_PARTS)}")

    def kill(self, name: str, number: signal.Signals, *, with_children: bool = True) -> None:
        """End a part as ``Processes.kill`` does."""
        self._processes.kill(name, number, with_children=with_children)

    def is_healthy(self) -> bool:
        """Tell whether the database and all parts report that they are well."""
        health = AirflowApi.health(self.settings.url)
        return bool(health) and all(part["status"] == "healthy" for part in health.values())

    def wait(self, condition: Callable[[], bool], what: str, *, seconds: float, pause: float = 0.5) -> None:
        """Wait for a condition as long as no part of the site has died.

        :param pause: seconds between two looks. They cost requests: too many take the time of what is waited for.
        """

        def checked() -> bool:
            self._processes.check()
            return condition()

        wait_until(checked, what, seconds=seconds, pause=pause)

    def wait_for_dag(self, dag_id: str, *, seconds: float = 300) -> None:
        """Wait until the Dag processor has read a Dag."""

        def is_there() -> bool:
            if errors := self.api.import_errors():
                raise DemoError("Airflow cannot import a Dag file.\n" + "\n".join(errors))
            return self.api.has_dag(dag_id)

        self.wait(is_there, f"the Dag {dag_id}", seconds=seconds)

    def _airflow(self, *arguments: str) -> list[str]:
        return [self.settings.python, "-m", "airflow", *arguments]


_PARTS: dict[str, tuple[str, ...]] = {
    "api-server": ("api-server",),
    "dag-processor": ("dag-processor",),
    # Log servers listen on all interfaces; the API server finds the files, as they are on the same machine.
    "scheduler": ("scheduler", "--skip-serve-logs"),
    "triggerer": ("triggerer", "--skip-serve-logs"),
    "celery-worker": ("celery", "worker", "--skip-serve-logs"),
}


def _environment(settings: AirflowSettings) -> dict[str, str]:
    """Return the environment of the site's processes: the caller's, without its Airflow settings, and the site's."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW_", "_AIRFLOW_"))}
    database_url = settings.database_url or f"sqlite:///{settings.home / 'airflow.db'}"
    configuration: dict[str, dict[str, object]] = {
        "core": {
            "dags_folder": settings.dags_folder,
            "plugins_folder": settings.home / "plugins",
            "executor": "LocalExecutor",
            "parallelism": settings.parallelism,
            "load_examples": False,
            "simple_auth_manager_users": f"{USER}:admin,{APPROVER}:op",
            "execution_api_server_url": f"{settings.url}/execution/",
            "fernet_key": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        },
        "database": {"sql_alchemy_conn": database_url},
        "api": {
            "base_url": settings.url,
            "host": "127.0.0.1",
            "port": settings.port,
            "workers": 1,
            "secret_key": secrets.token_urlsafe(32),
        },
        "api_auth": {"jwt_secret": secrets.token_urlsafe(64)},
        # Shorter than Airflow's own second, as somebody waits; shorter still, it takes the time of what they wait for.
        "scheduler": {"scheduler_idle_sleep_time": 0.5},
        # A file that has changed is read at once; to read all others again each half minute takes a tenth of a core.
        "dag_processor": {"min_file_process_interval": 300},
        # A busy machine is no broken API server.
        "workers": {"execution_api_timeout": 60},
        "logging": {
            "base_log_folder": settings.home / "logs",
            # Not the standard ports: an Airflow beside this one may serve its own logs there.
            "worker_log_server_port": free_port(),
            "trigger_log_server_port": free_port(),
        },
    }
    return {
        **inherited,
        "AIRFLOW_HOME": str(settings.home),
        **{
            f"AIRFLOW__{section}__{key}".upper(): str(value)
            for section, keys in configuration.items()
            for key, value in keys.items()
        },
        # Everything that the site talks to is on this machine.
        "NO_PROXY": "127.0.0.1,localhost",
        "no_proxy": "127.0.0.1,localhost",
        "PYTHONUNBUFFERED": "1",
        # What the processes of a host share, such as the Paxos token's file, stays in the site's own folder.
        "XDG_RUNTIME_DIR": str(settings.home),
        **settings.environment,
    }
