"""CreateOrchestrationBatchOperator: submit many orchestrations as one task, each of them idempotently."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from airflow.sdk import BaseOperator

from airflow_provider_paxos.links import PaxosReceiptLink
from airflow_provider_paxos.operators.arguments import adoption, is_from_dag_file, require_stable_ref_id, seconds
from airflow_provider_paxos.operators.business_date import HasBusinessDate
from airflow_provider_paxos.operators.mapping import NamesMappedPayments
from airflow_provider_paxos.rendering import RendersPayments

if TYPE_CHECKING:
    from airflow.sdk import Context

    from airflow_provider_paxos.execution.create_batch import BatchCreation, Records


class CreateOrchestrationBatchOperator(HasBusinessDate, NamesMappedPayments, RendersPayments, BaseOperator):
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
        characters. A template that renders the list as text has to render JSON, as in ``"{{ … | tojson }}"``.
    :param defaults: fields of every payment that does not name them itself, such as ``source``.
    :param ref_id: a template that contains the ``key``, as in ``"settle-{{ task.business_date(dag_run) }}-{{ key }}"``;
        ``payment`` holds the payment's fields. By default the ref_id is derived from Dag, run, task and key, which
        protects within one Dag run; a mapped batch needs a template that names what distinguishes the batches. A
        payment with a ``ref_id`` of its own keeps it.
    :param adopt: whose orchestrations to adopt if a ref_id is in use by an equal payment: ``"own"`` of this very task
        instance and key, ``"same_task"`` also of the same task in other runs and of an unknown creator, ``"any"`` of
        anybody.
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

    template_fields: Sequence[str] = ("paxos_conn_id", "payments", "defaults")
    template_fields_renderers: ClassVar[dict[str, str]] = {"payments": "json", "defaults": "json"}
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
        wait_for_completion: bool = True,
        deferrable: bool = True,
        on_failed_payments: Literal["fail", "report"] = "fail",
        poll_interval: timedelta | float | None = None,
        timeout: timedelta | float | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.payments = payments
        self.defaults = defaults
        self.ref_id = ref_id
        self.adopt = adoption(adopt)
        self.paxos_conn_id = paxos_conn_id
        self.wait_for_completion = wait_for_completion
        self.deferrable = deferrable
        self.on_failed_payments = on_failed_payments
        self.poll_interval = None if poll_interval is None else seconds("poll_interval", poll_interval)
        self.timeout = None if timeout is None else seconds("timeout", timeout)
        self.stopped = False
        self._run: BatchCreation | None = None
        if on_failed_payments not in ("fail", "report"):
            raise ValueError(f"on_failed_payments is {on_failed_payments!r}; it is 'fail' or 'report'.")
        if ref_id is not None and not (isinstance(ref_id, str) and ("key" in ref_id or "payment" in ref_id)):
            raise ValueError(f"ref_id is {ref_id!r}; it is a template that contains the key: 'settle-{{{{ key }}}}'.")
        require_stable_ref_id(ref_id)
        if is_from_dag_file(self):
            self.require_name_in_mapped_group(ref_id, None)
            from airflow_provider_paxos.operators.parse_time import require_valid_payments

            require_valid_payments(payments, defaults)

    def execute(self, context: Context) -> Records:
        """Adopt what earlier attempts created, submit the rest, and wait for all unless `wait_for_completion` is False.

        :returns: a record for each payment.
        :raises AirflowFailException: for failed payments, and for a non-retryable error.
        :raises PaxosError: for a retryable one; ``BatchIncomplete`` if some payments were not accepted.
        """
        return self._run_for(context).execute()

    def execute_complete(
        self,
        context: Context,
        event: Any = None,
        waited_for: int | None = None,
        accepted: int | None = None,
        known: Any = None,
    ) -> Records:
        """Read all payments afresh, once the trigger reports that all orchestrations are terminal.

        :param event: the trigger's event.
        :param waited_for: how many orchestrations the trigger waited for.
        :param accepted: how many payments had an orchestration then.
        :param known: what Paxos may not show of the payments, in the form of ``xcom.packed``.
        :returns: a record for each payment.
        :raises AirflowFailException: for failed payments, and for a non-retryable error.
        :raises PaxosError: for a retryable one.
        """
        return self._run_for(context).complete(event, waited_for, accepted, known)

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
