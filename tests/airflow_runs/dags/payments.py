"""Dags that the tests run: each pays from one of the emulator's profiles to another."""

from __future__ import annotations

from typing import Any

from airflow.sdk import DAG, dag, task

from airflow_provider_paxos.operators.orchestration import CreateOrchestrationOperator
from airflow_provider_paxos.sensors.orchestration import OrchestrationSensor

TREASURY = {"profile": {"profile_id": "00000000-0000-4000-8000-000000000002"}}
PAYOUTS = {"profile": {"profile_id": "00000000-0000-4000-8000-000000000003"}}
CLOSED_ACCOUNT = {"fiat": {"bank_account_id": "fa11ed00-0000-4000-8000-000000000001"}}
PAYMENT: dict[str, Any] = {
    "source_asset": "USD",
    "destination_asset": "USDG",
    "source": TREASURY,
    "destination": PAYOUTS,
}
OFTEN = {"poke_interval": 0.05}

with DAG("create_and_sense", schedule=None):
    create = CreateOrchestrationOperator(task_id="create", source_amount="{{ dag_run.conf.amount }}", **PAYMENT)
    OrchestrationSensor(task_id="wait", orchestration_id=create.output, **OFTEN)

with DAG("sense_by_ref_id", schedule=None):
    paid = CreateOrchestrationOperator(task_id="create", ref_id="settle-{{ ds }}", source_amount="7", **PAYMENT)
    paid >> OrchestrationSensor(task_id="wait", ref_id="settle-{{ ds }}", **OFTEN)

with DAG("wait_for_completion", schedule=None):
    for name, deferrable in {"deferred": True, "on_the_worker": False}.items():
        CreateOrchestrationOperator(
            task_id=name,
            source_amount="100.25",
            wait_for_completion=True,
            deferrable=deferrable,
            poll_interval=0.05,
            **PAYMENT,
        )

with DAG("mapped", schedule=None):
    payments = CreateOrchestrationOperator.partial(task_id="create", **PAYMENT).expand_kwargs(
        [{"ref_id": f"mapped-{amount}", "source_amount": amount} for amount in ("1.10", "2.20", "3")]
    )
    OrchestrationSensor.partial(task_id="wait", **OFTEN).expand(orchestration_id=payments.output)

with DAG("lost", schedule=None):
    sent = CreateOrchestrationOperator(
        task_id="create", source_amount="5", **{**PAYMENT, "destination_asset": "USD", "destination": CLOSED_ACCOUNT}
    )
    OrchestrationSensor(task_id="fails", orchestration_id=sent.output, **OFTEN)
    OrchestrationSensor(task_id="skips", orchestration_id=sent.output, soft_fail=True, **OFTEN)


@dag(schedule=None)
def hook_code() -> None:
    """Pay in a task's own code."""

    @task
    def pay() -> dict[str, Any]:
        from airflow_provider_paxos.hooks.paxos import PaxosHook  # noqa: PLC0415

        with PaxosHook() as hook:
            submission = hook.submit_orchestration({**PAYMENT, "ref_id": "by-hand", "source_amount": "12.50"})
            return submission.orchestration.to_dict()

    @task
    def check(orchestration: dict[str, Any]) -> None:
        if orchestration["source_amount"] != "12.50":
            raise ValueError(orchestration["source_amount"])

    check(pay())


hook_code()
