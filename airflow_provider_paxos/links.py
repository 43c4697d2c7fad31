"""The link from a task to its receipt."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow.sdk import BaseOperatorLink

from airflow_provider_paxos.ui.urls import TaskKey, base_url

if TYPE_CHECKING:
    from airflow.sdk import BaseOperator
    from airflow.sdk.types import TaskInstanceKey


class PaxosReceiptLink(BaseOperatorLink):
    """Leads to the tab of the task instance that shows its receipt.

    Airflow makes it on the worker, at the end of each run, and keeps it as XCom.
    """

    name = "Paxos receipt"

    def get_link(self, operator: BaseOperator, *, ti_key: TaskInstanceKey) -> str:  # noqa: ARG002
        """Return the address; every id in it is encoded."""
        map_index = -1 if ti_key.map_index is None else ti_key.map_index
        return base_url() + TaskKey(ti_key.dag_id, ti_key.run_id, ti_key.task_id, map_index).task_path
