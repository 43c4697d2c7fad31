"""The plugin that brings Paxos into Airflow's web UI: a page, a tab on each Dag run, a tab on each task instance.

Airflow finds it by the entry point ``airflow.plugins``, and imports it in every process: importing it must cost
little and never fail. On an Airflow that lacks what a place needs, the place is absent.
"""

from __future__ import annotations

import logging
from typing import Any

from airflow.plugins_manager import AirflowPlugin

from airflow_provider_paxos import __version__
from airflow_provider_paxos.ui.mount import SubApp
from airflow_provider_paxos.ui.urls import PAGE_ROUTE, RUN_ROUTE, TASK_ROUTE, URL_PREFIX, base_path

log = logging.getLogger(__name__)

_PLACES = {"nav": PAGE_ROUTE, "dag_run": RUN_ROUTE, "task_instance": TASK_ROUTE}


def react_apps() -> list[dict[str, Any]]:
    """Return an entry for each place. All have the same bundle, whose component finds its place in its properties.

    Each has an address of its own, because a browser evaluates one address once.
    """
    if not hasattr(AirflowPlugin, "react_apps"):
        log.info("This version of Airflow takes no React apps from plugins: Paxos is absent from its web UI.")
        return []
    bundle = f"{base_path()}{URL_PREFIX}/static/{__version__}/paxos.js"
    return [
        {
            "name": "Paxos",
            "destination": destination,
            "url_route": route,
            "bundle_url": f"{bundle}?at={destination}",
            "nav_top_level": destination == "nav",
        }
        for destination, route in _PLACES.items()
    ]


class PaxosPlugin(AirflowPlugin):
    """Paxos in Airflow's web UI."""

    name = "paxos"
    fastapi_apps: list[Any] = [{"app": SubApp(), "url_prefix": URL_PREFIX, "name": "Paxos"}]  # noqa: RUF012
    react_apps: list[Any] = react_apps()
