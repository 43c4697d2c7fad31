"""Triggers that wait for a job each, constructed as their operators do it: ours and the peers'."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any

from benchmarks.local_server import orchestration_id

if TYPE_CHECKING:
    from airflow.triggers.base import BaseTrigger

PAXOS, DBT, DATABRICKS = "paxos", "dbt-cloud", "databricks"


def connections(url: str, **extra: Any) -> dict[str, str]:
    """Return the environment variables that define a connection of each kind to the local server.

    :param extra: of the Paxos connection, such as ``requests_per_second``.
    """
    host = url.removeprefix("https://")
    name, _, port = host.partition(":")
    paxos = {"conn_type": "paxos", "login": "client", "password": "secret", "host": f"{url}/v2", "extra": extra}
    dbt = {"conn_type": "dbt_cloud", "login": "1", "password": "secret", "host": host}
    databricks = {"conn_type": "databricks", "password": "secret", "host": name, "port": int(port)}
    # With OAuth, for what mints tokens; the token's URL is made of the host alone.
    principal: dict[str, Any] = {"conn_type": "databricks", "login": "client", "password": "secret", "host": host}
    principal["extra"] = {"service_principal_oauth": True}
    return {
        "AIRFLOW_CONN_PAXOS_DEFAULT": json.dumps(paxos),
        "AIRFLOW_CONN_DBT_CLOUD_DEFAULT": json.dumps(dbt),
        "AIRFLOW_CONN_DATABRICKS_DEFAULT": json.dumps(databricks),
        "AIRFLOW_CONN_DATABRICKS_PRINCIPAL": json.dumps(principal),
    }


def key_of(kind: str, number: int) -> str:
    """Return the name of a job at the server."""
    return orchestration_id(number) if kind == PAXOS else str(number)


def trigger(kind: str, numbers: Sequence[int], interval: float) -> BaseTrigger:
    """Return a trigger that waits for the jobs of these numbers; the peers' wait for one."""
    return _KINDS[kind](numbers, interval)


def _paxos(numbers: Sequence[int], interval: float) -> BaseTrigger:
    from airflow_provider_paxos.triggers.orchestration import OrchestrationTrigger  # noqa: PLC0415

    return OrchestrationTrigger(
        paxos_conn_id="paxos_default",
        orchestration_ids=[orchestration_id(number) for number in numbers],
        poll_interval=interval,
    )


def _dbt(numbers: Sequence[int], interval: float) -> BaseTrigger:
    module = import_module("airflow.providers.dbt.cloud.triggers.dbt")
    week = 7 * 24 * 60 * 60
    (number,) = numbers
    made: BaseTrigger = module.DbtCloudRunJobTrigger(
        conn_id="dbt_cloud_default",
        run_id=number,
        end_time=time.time() + week,
        execution_deadline=None,
        account_id=None,
        poll_interval=interval,
        hook_params={},
    )
    return made


def _databricks(numbers: Sequence[int], interval: float) -> BaseTrigger:
    module = import_module("airflow.providers.databricks.triggers.databricks")
    (number,) = numbers
    made: BaseTrigger = module.DatabricksExecutionTrigger(
        run_id=number,
        databricks_conn_id="databricks_default",
        polling_period_seconds=interval,
        retry_limit=3,
        retry_delay=1,
        retry_args=None,
        run_page_url=None,
        repair_run=False,
    )
    return made


_KINDS = {PAXOS: _paxos, DBT: _dbt, DATABRICKS: _databricks}
