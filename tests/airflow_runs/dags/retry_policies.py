"""Dags that the tests run: sensors that a policy retries, or that the task's settings do."""

from __future__ import annotations

from typing import Any

from airflow.sdk import DAG

from airflow_provider_paxos.retries import PaxosRetryPolicy
from airflow_provider_paxos.sensors.orchestration import OrchestrationSensor

OFTEN: dict[str, Any] = {"poke_interval": 0.05, "deferrable": False, "retries": 2}

with DAG("by_the_task_s_settings", schedule=None):
    OrchestrationSensor(task_id="wait", ref_id="settle-1", **OFTEN)

with DAG("by_the_policy", schedule=None):
    OrchestrationSensor(task_id="wait", ref_id="settle-1", retry_policy=PaxosRetryPolicy(), **OFTEN)

with DAG("mapped_by_the_policy", schedule=None):
    OrchestrationSensor.partial(task_id="wait", retry_policy=PaxosRetryPolicy(), **OFTEN).expand(ref_id=["settle-1"])
