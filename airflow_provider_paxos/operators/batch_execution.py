"""Execute a batch, as every operator does that submits one: its arguments, and the methods that Airflow calls."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from airflow_provider_paxos.links import PaxosReceiptLink
from airflow_provider_paxos.operators.arguments import preflight_mode, seconds
from airflow_provider_paxos.operators.business_date import HasBusinessDate
from airflow_provider_paxos.operators.payment_run import HasPaymentRun

if TYPE_CHECKING:
    from airflow.sdk import Context

    from airflow_provider_paxos.execution.create_batch import BatchCreation, Records
    from airflow_provider_paxos.operators.approval import Approval


class ExecutesBatch(HasPaymentRun, HasBusinessDate):
    """Submits the payments of a batch, and waits for them. To be named before the operator's base.

    :param approval: whether, and whom, it asks for an approval.
    :param preflight: what is done before the first request that moves money.
    :param wait_for_completion: whether to wait until all orchestrations are terminal.
    :param deferrable: whether to wait in the triggerer rather than on the worker.
    :param on_failed_payments: ``"fail"`` or ``"report"``.
    :param poll_interval: seconds (or a timedelta) between two polls of an orchestration.
    :param timeout: seconds (or a timedelta) until the wait ends with an error.
    :param outlet_partition_key: the partition key of the events of ``outlets``.
    """

    operator_extra_links = (PaxosReceiptLink(),)
    pays: ClassVar[Literal["payments", "repairs"]]
    """What the operator makes its payments of."""

    _run: BatchCreation | None = None

    def __init__(
        self,
        *,
        approval: Approval | None = None,
        preflight: Literal["fail", "warn", "off"] = "fail",
        wait_for_completion: bool = True,
        deferrable: bool = True,
        on_failed_payments: Literal["fail", "report"] = "fail",
        poll_interval: timedelta | float | None = None,
        timeout: timedelta | float | None = None,
        outlet_partition_key: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.approval = approval
        self.preflight = preflight_mode(preflight)
        self.wait_for_completion = wait_for_completion
        self.deferrable = deferrable
        self.on_failed_payments = on_failed_payments
        self.poll_interval = None if poll_interval is None else seconds("poll_interval", poll_interval)
        self.timeout = None if timeout is None else seconds("timeout", timeout)
        self.outlet_partition_key = outlet_partition_key
        if on_failed_payments not in ("fail", "report"):
            raise ValueError(f"on_failed_payments is {on_failed_payments!r}; it is 'fail' or 'report'.")

    def execute(self, context: Context) -> Records:
        """Adopt what earlier attempts created, submit the rest, and wait for all unless `wait_for_completion` is False.

        :returns: a record for each payment.
        :raises AirflowFailException: for failed payments, and for a non-retryable error.
        :raises PaxosError: for a retryable one; ``BatchIncomplete`` if some payments were not accepted.
        """
        return self._run_for(context).execute()

    def execute_approved(self, context: Context, event: Any = None) -> Records:
        """Go on after a person's answer: make the plan anew, and submit only what was approved.

        :param event: Airflow's, with the answer.
        :returns: as ``execute``.
        :raises AirflowFailException: if the plan was rejected, or the answer is not to it; and as ``execute``.
        :raises PaxosError: as ``execute``.
        """
        return self._run_for(context).execute(event or {})

    def execute_again(self, context: Context, event: Any = None) -> Records:  # noqa: ARG002 - Airflow passes it
        """Execute it again, once the rate limit that kept it from submitting has room.

        :param event: the trigger's, which says nothing more.
        :returns: as ``execute`` does.
        """
        return self._run_for(context).execute(again=True)

    def execute_complete(
        self,
        context: Context,
        event: Any = None,
        waited_for: int | None = None,
        accepted: int | None = None,
        known: Any = None,
        *,
        left: int = 0,
        ends_at: float | None = None,
    ) -> Records:
        """Read all payments afresh, once the trigger reports that all its orchestrations are terminal.

        :param event: the trigger's event.
        :param waited_for: how many orchestrations the trigger waited for.
        :param accepted: how many payments had an orchestration then.
        :param known: what Paxos may not show of the payments, in the form of ``xcom.packed``.
        :param left: how many were left for a further turn, since one trigger does not hold more ids.
        :param ends_at: when the wait ends, in unix seconds; None for never.
        :returns: a record for each payment.
        :raises AirflowFailException: for failed payments, and for a non-retryable error.
        :raises PaxosError: for a retryable one.
        """
        return self._run_for(context).complete(event, waited_for, accepted, known, left=left, ends_at=ends_at)

    def _run_for(self, context: Context) -> BatchCreation:
        from airflow_provider_paxos.execution.batch_runs import RUNS

        if self._run is None or self._run.context is not context:
            self._run = RUNS[self.pays](self, context)
        return self._run
