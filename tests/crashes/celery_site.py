"""An Airflow with Celery on two hosts: each with a worker, a triggerer, and a runtime folder of its own."""

from __future__ import annotations

import contextlib
import signal
from dataclasses import dataclass
from typing import TYPE_CHECKING

from demo.processes import Processes
from tests.crashes.crash_site import NOTHING_MORE, CrashSite, crash_site
from tests.crashes.payment_run import PATIENCE
from tests.crashes.postgres import postgres
from tests.crashes.redis_server import Redis, redis
from tests.end_to_end.leftovers import processes_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

HOSTS = ("a", "b")
WORKERS = tuple(f"celery-worker-{host}" for host in HOSTS)
TRIGGERERS = tuple(f"triggerer-{host}" for host in HOSTS)


@dataclass
class CelerySite(CrashSite):
    """The parts, and the broker between them."""

    broker: Redis

    def shut_warm(self, name: str) -> None:
        """Ask a worker to end, and return once it has: it takes no further task, and finishes those that it has."""
        self.processes.kill(name, signal.SIGTERM, grace=PATIENCE)

    def worker_log(self) -> str:
        """Return what both workers have written."""
        return "".join(self.processes.log(name).read_text(errors="replace") for name in WORKERS)


@contextlib.contextmanager
def celery_site(
    home: Path, environment: Mapping[str, str] = NOTHING_MORE, connection: Mapping[str, str] = NOTHING_MORE
) -> Iterator[CelerySite]:
    """Start everything, and end everything.

    :param environment: further environment variables of all parts
    :param connection: further fields of the connection, by their names
    """
    airflow_home = home / "airflow"
    runtime_folders = {host: home / f"runtime-{host}" for host in HOSTS}
    for folder in runtime_folders.values():
        folder.mkdir(mode=0o700)
    with (
        Processes(home) as processes,
        postgres(processes) as database_url,
        redis(processes) as broker,
        crash_site(
            airflow_home,
            executor="CeleryExecutor",
            database_url=database_url,
            parallelism=64,
            triggerers=TRIGGERERS,
            workers=WORKERS,
            environment_of={
                f"{part}-{host}": {"XDG_RUNTIME_DIR": str(folder)}
                for host, folder in runtime_folders.items()
                for part in ("celery-worker", "triggerer")
            },
            connection={"hosts_behind_address": str(len(HOSTS)), **connection},
            environment={
                "AIRFLOW__CELERY__BROKER_URL": broker.url,
                "AIRFLOW__CELERY__WORKER_CONCURRENCY": "4",
                **environment,
            },
        ) as site,
    ):
        yield CelerySite(site.airflow, site.emulator, site.processes, broker)
    assert processes_of(airflow_home) == []
