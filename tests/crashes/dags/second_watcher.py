"""A second watcher of the events that the example's Dag is started by: for another asset, with the same polls."""

from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import Asset, AssetWatcher, dag

from airflow_provider_paxos.triggers.orchestration_event import OrchestrationEventTrigger

SECOND = Asset(
    "paxos_second",
    watchers=[
        AssetWatcher(name="ended", trigger=OrchestrationEventTrigger(asset_name="paxos_second", poll_interval=2.0))
    ],
)


@dag(schedule=[SECOND], catchup=False, max_active_runs=1)
def watch_as_well() -> None:
    """Do nothing, which takes no worker."""
    EmptyOperator(task_id="rung")


watch_as_well()
