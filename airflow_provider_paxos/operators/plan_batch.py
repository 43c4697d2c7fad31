"""PlanOrchestrationBatchOperator: look at a batch before any money moves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

from airflow.sdk import BaseOperator

from airflow_provider_paxos.operators.batch_arguments import TakesPayments

if TYPE_CHECKING:
    from airflow.sdk import Context


class PlanOrchestrationBatchOperator(TakesPayments, BaseOperator):
    """Look at a batch of payments, and move nothing: a dry run.

    It validates the payments as ``CreateOrchestrationBatchOperator`` does, and asks Paxos what exists under their
    ref_ids, whether the destinations are approved and have their travel rule data, what the profiles hold, and what is
    left of the limits. What needs a scope that the connection's ``scopes`` do not name is "not checked".

    The plan is advisory: funds are reserved when an orchestration is created, and others may move them before.

    Give it the arguments of the batch. With a derived ref_id (no ``ref_id``) give ``for_task_id``, the id of the task
    that pays: the ref_ids, the metadata and so the digest are then that task's.

    The task returns the plan as a mapping: ``digest``, ``code``, ``clear`` (whether nothing stands against it),
    ``totals``, ``problems``, ``warnings``, ``not_checked``, ``markdown``, and ``rows`` with a mapping for each payment
    (beyond 500 payments ``airflow_provider_paxos.xcom.unpacked`` reads them).

    :param payments: as the batch takes them.
    :param defaults: as the batch takes them.
    :param ref_id: as the batch takes it.
    :param adopt: as the batch takes it.
    :param for_task_id: the id of the task that is to pay; by default this task.
    :param paxos_conn_id: the id of a connection of type ``paxos``.
    :param on_problems: ``"report"`` succeeds whatever is found, ``"fail"`` fails the task.
    """

    ui_color = "#dfe8f2"

    def __init__(
        self,
        *,
        payments: Any,
        defaults: Mapping[str, Any] | None = None,
        ref_id: str | None = None,
        adopt: Literal["own", "same_task", "any"] = "same_task",
        paxos_conn_id: str = "paxos_default",
        for_task_id: str | None = None,
        on_problems: Literal["report", "fail"] = "report",
        **kwargs: Any,
    ) -> None:
        super().__init__(
            payments=payments, defaults=defaults, ref_id=ref_id, adopt=adopt, paxos_conn_id=paxos_conn_id, **kwargs
        )
        self.for_task_id = for_task_id
        self.on_problems = on_problems
        if on_problems not in ("report", "fail"):
            raise ValueError(f"on_problems is {on_problems!r}; it is 'report' or 'fail'.")

    def execute(self, context: Context) -> dict[str, Any]:
        """Make the plan, and log it.

        :returns: the plan.
        :raises AirflowFailException: for invalid payments, and for another non-retryable error.
        :raises PaxosError: for a retryable one; ``NotReady`` if ``on_problems="fail"`` finds some.
        """
        from airflow_provider_paxos.execution.plan_batch import plan_batch

        return plan_batch(self, context)
