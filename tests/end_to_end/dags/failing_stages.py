"""A task for each stage at which a payment can fail, so that all of them write what they write."""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import dag

from airflow_provider_paxos.operators.orchestration import CreateOrchestrationOperator
from airflow_provider_paxos.sensors.orchestration import OrchestrationSensor

TREASURY = {"profile": {"profile_id": "00000000-0000-4000-8000-000000000002"}}
PAYOUTS = {"profile": {"profile_id": "00000000-0000-4000-8000-000000000003"}}
CLOSED_ACCOUNT = {"fiat": {"bank_account_id": "fa11ed00-0000-4000-8000-000000000001"}}

STAGES = {
    "pays": {"ref_id": "pays"},
    "conflicts": {"ref_id": "pays", "source_amount": "2.00"},
    "is_refused": {"paxos_conn_id": "paxos_refused"},
    "is_unreachable": {"paxos_conn_id": "paxos_gone"},
    "lacks_money": {"source_amount": "99999999999.00"},
    "loses_an_answer": {"ref_id": "loses-an-answer"},
    "fails_later": {"destination": CLOSED_ACCOUNT},
}


# A busy scheduler fails a task now and then that has not begun ("reported that the task instance … is queued").
@dag(schedule=None, default_args={"retries": 1, "retry_delay": timedelta(seconds=1)})
def failing_stages() -> None:
    tasks = {}
    for stage, options in STAGES.items():
        payment = {
            "source_asset": "USD",
            "destination_asset": "USD",
            "source_amount": "1.00",
            "source": TREASURY,
            "destination": PAYOUTS,
            "wait_for_completion": True,
            "deferrable": True,
            "poll_interval": 1,
        }
        tasks[stage] = CreateOrchestrationOperator(task_id=stage, **{**payment, **options})
    tasks["pays"] >> tasks["conflicts"]
    OrchestrationSensor(task_id="waits_for_nothing", orchestration_id="unknown", paxos_conn_id="paxos_refused")


failing_stages()
