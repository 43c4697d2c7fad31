"""CreateOrchestrationBatchOperator: submit many orchestrations as one task, each of them idempotently."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Literal

from airflow.sdk import BaseOperator

from airflow_provider_paxos.operators.batch_arguments import TakesPayments
from airflow_provider_paxos.operators.batch_execution import ExecutesBatch

if TYPE_CHECKING:
    from airflow_provider_paxos.operators.approval import Approval


class CreateOrchestrationBatchOperator(TakesPayments, ExecutesBatch, BaseOperator):
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
    :param outlet_partition_key: a template of the partition key of the events of ``outlets``, such as
        ``"{{ task.business_date(dag_run) }}"``, from Airflow 3.3 on. An event with a key starts partitioned Dags alone,
        one without a key all others. By default an event has the key of its Dag run, which mostly has none.
    """

    template_fields = (*TakesPayments.template_fields, "outlet_partition_key")
    ui_color = "#c4e0d0"
    ref_id_example = "settle-{{ task.business_date(dag_run) }}-{{ payment.file }}-{{ key }}"
    pays = "payments"

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
        outlet_partition_key: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            payments=payments,
            defaults=defaults,
            ref_id=ref_id,
            adopt=adopt,
            paxos_conn_id=paxos_conn_id,
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
