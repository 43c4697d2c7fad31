"""Make the payments of a batch from what its author gave: with ref_ids, creators and stamps."""

from __future__ import annotations

from dataclasses import replace

from airflow.sdk import Context

from airflow_provider_paxos.api.creators import Creator
from airflow_provider_paxos.batch.validation import Payment, checked_payments
from airflow_provider_paxos.execution.identity import ref_ids
from airflow_provider_paxos.execution.task import BatchTask
from airflow_provider_paxos.hooks.creator import creator_of, stamped
from airflow_provider_paxos.hooks.paxos import PaxosHook


def payments_of(task: BatchTask, context: Context, hook: PaxosHook, *, task_id: str | None = None) -> list[Payment]:
    """Return the payments of a batch, all of them or none.

    :param task_id: of the task that pays, if that is another one.
    :raises InvalidRequest: names every payment that is wrong.
    """
    ti, namespace = context["ti"], hook.ref_id_namespace

    def creator_of_key(key: str) -> Creator:
        creator = creator_of(ti, key, namespace)
        return replace(creator, task_id=task_id) if task_id else creator

    # Without a Dag, as in a test, nothing renders to native objects anyway.
    environment = dag.get_template_env(force_sandboxed=True) if (dag := task.get_dag()) else task.get_template_env()
    return checked_payments(
        task.payments,
        defaults=task.defaults,
        ref_id_of=ref_ids(task.ref_id, context, environment, creator_of_key),
        creator_of=creator_of_key,
        stamp=stamped,
        require_allowed=hook.require_allowed,
    )
