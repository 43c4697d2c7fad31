"""RepairOrchestrationsOperator: pay again what is FAILED or REJECTED, each payment once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from airflow.sdk import BaseOperator

from airflow_provider_paxos.operators.batch_execution import ExecutesBatch
from airflow_provider_paxos.rendering import RendersPayments

if TYPE_CHECKING:
    from airflow_provider_paxos.operators.approval import Approval


class RepairOrchestrationsOperator(RendersPayments, ExecutesBatch, BaseOperator):
    """Pay again the payments whose orchestration is FAILED or REJECTED, each once, however many people repair it.

    It reads every payment afresh from Paxos, with its chain: the payments that have replaced it already, to the last.
    One that is FAILED or REJECTED is paid again with the same content, or with an explicit change, under the ref_id
    that follows from its own: ``settle-7`` becomes ``settle-7-r1``, and that ``settle-7-r2``; a derived ref_id becomes
    another UUID. The metadata ``replaces`` names the one before. Two runs that repair a payment at once send the same
    ref_id: one of them adopts what the other has created, or is refused if it asks for something else.

    A payment that somebody has repaired already is adopted, and waited for. One that is in progress, COMPLETED, or not
    shown by Paxos is not repaired: if the author named it, the task fails before anything is sent, with the reason of
    each; otherwise it is left out, and the log says why. What Paxos has never accepted keeps its ref_id: run the task
    that pays it again.

    A task instance pays each payment again once: if that fails, too, a retry or a clear of the repair sends nothing
    more. A new run of it does. Plan, approval, submitting, waiting, records and receipts are those of
    ``CreateOrchestrationBatchOperator``. See ``docs/guides/repair.md``.

    :param records: the result of a batch, its XCom ``orchestration``, or the receipt of a single task: a list, another
        task's ``.output``, or a template that renders JSON. A worker cannot look up the tasks of a Dag run, so a run is
        named by such an XCom: ``"{{ ti.xcom_pull(dag_id=…, run_id=…, task_ids='settle', key='orchestration') | tojson
        }}"``.
    :param ref_ids: instead of records, the ref_ids of the payments; or a template that renders such a JSON list.
    :param keys: the keys of those of the records that are meant. By default all are, and what has not failed is left
        out. An empty list is none of them.
    :param changes: by key or ref_id a mapping with a new ``destination`` (as a whole), a new ``source_amount``, or
        both; and ``duplicate_of_ok`` as in a batch. Everything else stays as it is.
    :param approval: asks a person to approve exactly what will be sent; see ``Approval``.
    :param preflight: ``"fail"``, ``"warn"`` or ``"off"``, as in a batch.
    :param paxos_conn_id: the id of a connection of type ``paxos``.
    :param wait_for_completion: whether to wait until all orchestrations are terminal.
    :param deferrable: whether to wait in the triggerer rather than on the worker.
    :param on_failed_payments: ``"fail"`` or ``"report"``, as in a batch.
    :param poll_interval: seconds (or a timedelta) between two polls of an orchestration.
    :param timeout: seconds (or a timedelta) until the wait ends with an error; by default there is no limit.
    :param outlet_partition_key: the partition key of the events of ``outlets``, as in a batch.
    """

    ui_color = "#f0dcc4"
    template_fields: Sequence[str] = (
        "paxos_conn_id",
        "records",
        "ref_ids",
        "keys",
        "changes",
        "outlet_partition_key",
    )
    template_fields_renderers: ClassVar[dict[str, str]] = {"records": "json", "ref_ids": "json", "changes": "json"}
    pays = "repairs"
    adopt = "any"
    """What replaces the same payment is the same repair, whoever has created it."""

    def __init__(
        self,
        *,
        records: Any = None,
        ref_ids: Any = None,
        keys: Any = None,
        changes: Any = None,
        paxos_conn_id: str = "paxos_default",
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
        super().__init__(
            approval=approval,
            preflight=preflight,
            wait_for_completion=wait_for_completion,
            deferrable=deferrable,
            on_failed_payments=on_failed_payments,
            poll_interval=poll_interval,
            timeout=timeout,
            outlet_partition_key=outlet_partition_key,
            **kwargs,
        )
        self.records = records
        self.ref_ids = ref_ids
        self.keys = keys
        self.changes = changes
        self.paxos_conn_id = paxos_conn_id
        if records is None and ref_ids is None:
            raise ValueError("Give records or ref_ids: the payments to repair.")
