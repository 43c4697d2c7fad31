"""Look at payments before they are sent, as the author and the connection ask for it."""

from __future__ import annotations

from collections.abc import Sequence

from airflow_provider_paxos.api.creators import Adopt
from airflow_provider_paxos.api.errors import NotAllowed, PaxosError
from airflow_provider_paxos.api.models import Orchestration
from airflow_provider_paxos.batch.validation import Payment
from airflow_provider_paxos.execution.task import ApprovedTask
from airflow_provider_paxos.hooks.paxos import PaxosHook
from airflow_provider_paxos.planning.plan import Plan
from airflow_provider_paxos.planning.refusal import refusal_of
from airflow_provider_paxos.planning.text import in_log

OFF, WARN = "off", "warn"


def preflight(
    task: ApprovedTask, hook: PaxosHook, payments: Sequence[Payment], existing: Sequence[Orchestration] | None = None
) -> tuple[Plan | None, PaxosError | None]:
    """Make the plan of what a task is about to submit, and log it.

    The limits over time of the connection hold whatever the author says.

    :param existing: the orchestrations under the payments' ref_ids, if they were read already.
    :returns: the plan, and the error that it ends the attempt with; None for what is not asked for.
    :raises PaxosError: if Paxos does not answer, unless the author only wants a warning.
    """
    limits = hook.allowance.over_time
    if task.preflight == OFF and not limits.is_set and task.approval is None:
        return None, None
    try:
        plan = hook.plan_orchestrations(
            payments,
            adopt=Adopt(task.adopt),
            existing=existing,
            limits_alone=task.preflight == OFF,
            approvable=task.approval is not None,
        )
    except PaxosError as error:
        if task.preflight != WARN or limits.is_set or task.approval:
            raise
        task.log.warning("The preflight could not be made, and is left out: %s", error)
        return None, None
    refusal = refusal_of(plan)
    if refusal is None:
        task.log.info("%s", in_log(plan))
    else:
        task.log.warning("%s", in_log(plan, whole=True))
    if task.preflight == WARN and not isinstance(refusal, NotAllowed):
        return plan, None
    return plan, refusal
