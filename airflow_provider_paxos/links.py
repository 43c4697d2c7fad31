"""Link a task instance to its receipt."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow.sdk import BaseOperatorLink

from airflow_provider_paxos.ui.urls import TaskKey, base_url

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
