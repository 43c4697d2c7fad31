"""Addresses in Airflow's web UI: of the plugin's places, and of a task instance.

Airflow imports this module in every process, workers among them: it imports no web framework.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple
from urllib.parse import quote, urlsplit

from airflow_provider_paxos.version_compat import conf

URL_PREFIX = "/paxos"
"""Where Airflow's API server mounts the plugin's sub-app."""

PAGE_ROUTE = "paxos"
RUN_ROUTE = "paxos-run"
TASK_ROUTE = "paxos-task"
"""The ``url_route`` of each place: unique over all plugins of an Airflow."""


class TaskKey(NamedTuple):
    """The key of a task instance; a map index of -1 stands for a task that is not mapped."""

    dag_id: str
    run_id: str
    task_id: str
    map_index: int = -1

    @property
    def dag_path(self) -> str:
        """The Dag's page, for the UI's router."""
        return f"/dags/{_encoded(self.dag_id)}"

    @property
    def run_path(self) -> str:
        """The run's page."""
        return f"{self.dag_path}/runs/{_encoded(self.run_id)}"

    @property
    def instance_path(self) -> str:
        """The task instance, whose log is there."""
        mapped = f"/mapped/{self.map_index}" if self.map_index >= 0 else ""
        return f"{self.run_path}/tasks/{_encoded(self.task_id)}{mapped}"

    @property
    def task_path(self) -> str:
        """The task instance's tab of this plugin."""
        return f"{self.instance_path}/plugin/{TASK_ROUTE}"


def payment_path(orchestration_id: str | None, ref_id: str | None) -> str:
    """Return the page of one payment, for the UI's router: by its id, or else by its ref_id."""
    name, value = ("id", orchestration_id) if orchestration_id else ("ref_id", ref_id or "")
    return f"/plugin/{PAGE_ROUTE}?{name}={_encoded(value)}"


def base_url() -> str:
    """Return the configured address of Airflow's UI, without a slash at its end; empty without a configuration."""
    return str(conf.get("api", "base_url", fallback="") or "").rstrip("/")


def base_path() -> str:
    """Return the path of that address, without a slash at its end: where a proxy serves Airflow below a sub-path."""
    return urlsplit(base_url()).path.rstrip("/")


@lru_cache(maxsize=1000)
def _encoded(name: str) -> str:
    return quote(name, safe="")
