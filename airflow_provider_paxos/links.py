"""Link a task instance to its receipt, and a line of a task's log to the payment and the run in the web UI."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow.sdk import BaseOperatorLink

from airflow_provider_paxos.ui.urls import RUN_ROUTE, TaskKey, base_url, payment_path

if TYPE_CHECKING:
    from airflow.sdk import BaseOperator
    from airflow.sdk.types import TaskInstanceKey


class PaxosReceiptLink(BaseOperatorLink):
    """Links to the tab of the task instance that shows its receipt.

    Airflow makes the link on the worker, at the end of each run, and keeps it as XCom.
    """

    name = "Paxos receipt"

    def get_link(self, operator: BaseOperator, *, ti_key: TaskInstanceKey) -> str:  # noqa: ARG002
        """Return the address below Airflow's ``base_url``; the path alone if that is not set. Ids are encoded."""
        map_index = -1 if ti_key.map_index is None else ti_key.map_index
        return base_url() + TaskKey(ti_key.dag_id, ti_key.run_id, ti_key.task_id, map_index).task_path


def payment_address(orchestration_id: str | None) -> str | None:
    """Return the address of a payment's page, below Airflow's ``base_url``; None if that is not set, or for no id."""
    base = base_url()
    return base + payment_path(orchestration_id, None) if base and orchestration_id else None


def run_address(dag_id: str, run_id: str) -> str | None:
    """Return the address of the tab that shows a Dag run's payments; None if Airflow's ``base_url`` is not set."""
    base = base_url()
    return f"{base}{TaskKey(dag_id, run_id, '').run_path}/plugin/{RUN_ROUTE}" if base else None
