"""Choose what a sensor runs on a worker, by what it waits for."""

from __future__ import annotations

from airflow.sdk import Context

from airflow_provider_paxos.execution.sense import Sensing
from airflow_provider_paxos.execution.sense_one import SensingOne
from airflow_provider_paxos.execution.sense_rule import SensingRule
from airflow_provider_paxos.execution.task import SensingTask


def run_of(task: SensingTask, context: Context) -> Sensing:
    """Return the run of a sensor that waits for one orchestration, or for what a rule makes."""
    return SensingRule(task, context) if task.waits_for_rule else SensingOne(task, context)
