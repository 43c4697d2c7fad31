"""CreateOrchestrationBatchOperator: submit many orchestrations as one task, each of them idempotently."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

from airflow.sdk import BaseOperator

from airflow_provider_paxos.links import PaxosReceiptLink
from airflow_provider_paxos.operators.approval import Approval
from airflow_provider_paxos.operators.arguments import preflight_mode, seconds
from airflow_provider_paxos.operators.batch_arguments import TakesPayments

if TYPE_CHECKING:
    from airflow.sdk import Context

    from airflow_provider_paxos.execution.create_batch import BatchCreation, Records


class CreateOrchestrationBatchOperator(TakesPayments, BaseOperator):
    """Move money with many Paxos orchestrations as one task: each payment once, however often the task runs.

    Every payment has a ``key``, which is unique in the batch, and from it a ref_id, its idempotency key. The whole
    batch is validated before any money moves: if one payment is invalid, none is submitted. Then the operator looks up
    what earlier attempts have created, 100 payments a request, compares it with what is asked for, and adopts it. It
    submits the rest concurrently, within Paxos' rate limit. If any ref_id belongs to another payment, the batch is
    refused as a whole. A payment that Paxos refuses does not stop the others. By default the task then waits in the
    triggerer until all orchestrations are terminal.

    A task may be killed at any moment: the next attempt adopts what was accepted, and submits the rest. The ref_id of
    an orchestration that is FAILED or REJECTED is never paid again.

    The task returns a record for each payment: ``key``, ``ref_id``, ``acceptance`` (``accepted``, ``refused``,
    ``unknown`` or ``not_sent``), and as far as they are known ``id``, ``status``, ``creator`` and ``reason``. The
    receipts of all payments are in the XCom ``orchestration``. Up to 500 payments both are lists; beyond that
    ``airflow_provider_paxos.xcom.unpacked`` reads them. See ``docs/guides/batches.md``.

    :param payments: a list, or the result of another task: mappings of the API's fields (``source_asset``,
        ``destination_asset``, ``source_amount``, ``source``, ``destination``, …) and a ``key``, a string of up to 100
        characters. ``duplicate_of_ok`` names keys, ref_ids or ids of equal payments that do not count as duplicates. A
        template that renders the list as text has to render JSON, as in ``"{{ … | tojson }}"``.
    :param defaults: fields of every payment that does not name them itself, such as ``source``.
    :param ref_id: a template that contains the ``key``, as in ``"settle-{{ task.business_date(dag_run) }}-{{ key }}"``;
        ``payment`` holds the payment's fields. By default the ref_id is derived from Dag, run, task and key, which
        protects within one Dag run; a mapped batch needs a template that names what distinguishes the batches. A
        payment with a ``ref_id`` of its own keeps it.
    :param adopt: whose orchestrations to adopt if a ref_id is in use by an equal payment: ``"own"`` of this very task
        instance and key, ``"same_task"`` also of the same task in other runs and of an unknown creator, ``"any"`` of
        anybody.
    :param approval: asks a person to approve exactly what will be sent, in Airflow's *Required Actions*, before any
        money moves; see ``Approval``.
    :param preflight: what is done before the first request that moves money: ``"fail"`` looks at destinations, funds,
        limits and duplicates, as far as the connection's scopes allow, and submits nothing if something stands against
        a new payment; ``"warn"`` logs it and goes on; ``"off"`` does not look. Limits over time of the connection are
        checked in all three.
    :param paxos_conn_id: the id of a connection of type ``paxos``.
    :param wait_for_completion: whether to wait until all orchestrations are terminal.
    :param deferrable: whether to wait in the triggerer rather than on the worker.
    :param on_failed_payments: ``"fail"`` fails the task, once all orchestrations are terminal, with a table of the
        failed payments; ``"report"`` logs the table and succeeds, for a later task to judge the result. An outage, a
        throttle and an error of the connection fail the task in both.
    :param poll_interval: seconds (or a timedelta) between two polls of an orchestration; by default 10 on the worker,
        and in the triggerer by the orchestration's age.
    :param timeout: seconds (or a timedelta) until the wait ends with an error; by default there is no limit. Paxos
        cannot cancel: what was accepted goes on, and a retry adopts it.
    """

    ui_color = "#c4e0d0"
    ref_id_example = "settle-{{ task.business_date(dag_run) }}-{{ payment.file }}-{{ key }}"
    operator_extra_links = (PaxosReceiptLink(),)

    def __init__(
        self,
        *,
        payments: Any,
        defaults: Mapping[str, Any] | None = None,
        ref_id: str | None = None,
        adopt: Literal["own", "same_task", "any"] = "same_task",
        paxos_conn_id: str = "paxos_default",
        approval: Approval | None = None,
        preflight: Literal["fail", "warn", "off"] = "fail",
        wait_for_completion: bool = True,
        deferrable: bool = True,
        on_failed_payments: Literal["fail", "report"] = "fail",
        poll_interval: timedelta | float | None = None,
        timeout: timedelta | float | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            payments=payments, defaults=defaults, ref_id=ref_id, adopt=adopt, paxos_conn_id=paxos_conn_id, **kwargs
        )
        self.approval = approval
        self.preflight = preflight_mode(preflight)
        self.wait_for_completion = wait_for_completion
        self.deferrable = deferrable
        self.on_failed_payments = on_failed_payments
        self.poll_interval = None if poll_interval is None else seconds("poll_interval", poll_interval)
        self.timeout = None if timeout is None else seconds("timeout", timeout)
        self.stopped = False
        self._run: BatchCreation | None = None
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

    def resume_execution(self, next_method: str, next_kwargs: dict[str, Any] | None, context: Context) -> Any:
        """Resume after the wait in the triggerer; Airflow calls it instead of ``execute``.

        :raises StillInProgress: if the wait has timed out, and payments are in progress.
        :raises WaitAborted: if the trigger failed.
        """
        return self._run_for(context).resume(partial(super().resume_execution, next_method, next_kwargs, context))

    def _run_for(self, context: Context) -> BatchCreation:
        from airflow_provider_paxos.execution.create_batch import BatchCreation

        if self._run is None or self._run.context is not context:
            self._run = BatchCreation(self, context)
        return self._run

    def on_kill(self) -> None:
        """Let no further request leave, and log what is known of the money: Paxos has no cancel."""
        self.stopped = True
        # A signal handler: it may have interrupted an import, and so imports nothing.
        if self._run:
            self._run.on_kill()
        else:
            self.log.warning("Stopped before this attempt submitted anything. What exists at Paxos goes on.")
