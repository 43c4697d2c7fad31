"""Lines of a task's log about orchestrations, which lead to what the web UI shows of them."""

from __future__ import annotations

from airflow.sdk import Context

from airflow_provider_paxos.api.description import describe
from airflow_provider_paxos.api.models import Orchestration
from airflow_provider_paxos.execution.task import Task
from airflow_provider_paxos.links import payment_address, run_address


def log_orchestration(task: Task, orchestration: Orchestration, *, origin: str | None = None) -> None:
    """Log an orchestration, with the address of its page if the task leaves a receipt and Airflow's is configured.

    :param origin: after a submit, where it is from.
    """
    page = payment_address(orchestration.id) if task.do_xcom_push else None
    task.log.info(describe(orchestration, origin=origin, page=page))


def log_page_of_run(task: Task, context: Context) -> None:
    """Log the address at which the web UI shows the receipts of the run, on the same conditions."""
    ti = context["ti"]
    if task.do_xcom_push and (address := run_address(ti.dag_id, ti.run_id)):
        task.log.info("Each of them is shown at %s", address)
