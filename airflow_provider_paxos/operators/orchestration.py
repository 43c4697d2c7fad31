"""CreateOrchestrationOperator: submit one orchestration, idempotently."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from types import ModuleType
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from airflow.sdk import BaseOperator

from airflow_provider_paxos.links import PaxosReceiptLink
from airflow_provider_paxos.operators.arguments import (
    adoption,
    deferring,
    is_from_dag_file,
    preflight_mode,
    require_stable_ref_id,
    seconds,
)
from airflow_provider_paxos.operators.business_date import HasBusinessDate
from airflow_provider_paxos.operators.mapping import NamesMappedPayments
from airflow_provider_paxos.operators.payment_run import HasPaymentRun
from airflow_provider_paxos.rendering import RendersPayments

if TYPE_CHECKING:
    from decimal import Decimal

    from airflow.sdk import Context
    from airflow.sdk.types import RuntimeTaskInstanceProtocol

    from airflow_provider_paxos.execution.create import Creation
    from airflow_provider_paxos.operators.approval import Approval

DERIVED = "{{ task.derived_ref_id(ti) }}"
"""The default ref_id. It is a template, so that the rendered fields show it."""


class CreateOrchestrationOperator(HasPaymentRun, HasBusinessDate, NamesMappedPayments, RendersPayments, BaseOperator):
    """Move money with a Paxos orchestration: once, however often the task runs.

    The ``ref_id`` is the idempotency key. A task that is retried, cleared or killed submits the same ref_id again, and
    Paxos refuses a second orchestration. The operator then looks up the existing one, compares it field by field with
    the request, and adopts it if it is the same payment. If it differs, the task fails with both values of every
    differing field. If it is FAILED or REJECTED, the task fails: the same ref_id is never paid again.

    By default the ref_id is derived from Dag, run and task. That protects within one Dag run. For protection *across*
    runs give a business key, such as ``settle-{{ task.business_date(dag_run) }}-{{ params.batch }}``. A mapped task
    needs one, since a position in a list names no payment. So does a task before it is renamed, moved into a group or
    made mapped, and before its Dag is renamed: a run that is cleared afterwards would derive another ref_id, and pay
    again.

    The orchestration's metadata names its creator. Only what this very task instance created, or the same task in
    another run (with a warning), is adopted; an equal payment of another task under the same ref_id is refused.

    The task returns the orchestration's id, for ``OrchestrationSensor(orchestration_id=create.output)``. Its receipt,
    the whole orchestration as last read, is in the XCom ``orchestration``. All of the API's fields are templated.
    Invalid values fail when the Dag is parsed; templated values are validated in the task, before any request.

    :param source_asset: such as ``USDC``.
    :param destination_asset: such as ``USDG``; two different assets make it a conversion.
    :param source_amount: a decimal string such as ``"100.25"``, an int or a Decimal; never a float. A template of it
        renders to text, also in a Dag with ``render_template_as_native_obj``.
    :param source: as the API takes it: ``{"profile": {"profile_id": "…"}}``.
    :param destination: as the API takes it; exactly one of ``{"profile": {"profile_id": …}}``,
        ``{"fiat": {"bank_account_id": …, "memo": …}}`` and ``{"crypto": {"address": …, "network": …}}``.
    :param ref_id: the idempotency key; sent verbatim. Its template must not use what changes between attempts.
    :param identity_id: for third-party integrations.
    :param account_id: for third-party integrations.
    :param metadata: up to 6 pairs of up to 100 characters. Give 5 at most: the next one holds ``airflow_creator``, by
        which the task knows its own orchestration. Pairs that are left hold ``airflow_dag_id``, ``airflow_run_id``,
        ``airflow_task_id`` and, if mapped, ``airflow_map_index``.
    :param adopt: whose orchestration to adopt if the ref_id is in use by an equal payment: ``"own"`` of this very task
        instance, ``"same_task"`` also of the same task in other runs and of an unknown creator, ``"any"`` of anybody.
    :param approval: asks a person to approve exactly what will be sent, in Airflow's *Required Actions*, before any
        money moves; see ``Approval``.
    :param preflight: what is done before the request: ``"fail"`` looks at destination, funds, limits and duplicates, as
        far as the connection's scopes allow, and submits nothing if something stands against the payment; ``"warn"``
        logs it and goes on; ``"off"``, the default, does not look. Limits over time of the connection are checked in
        all three.
    :param duplicate_of_ok: the ref_id or id of an equal payment that does not count as a duplicate, or a list of them.
    :param paxos_conn_id: the id of a connection of type ``paxos``.
    :param wait_for_completion: whether to succeed only once the orchestration is COMPLETED.
    :param deferrable: whether to wait in the triggerer rather than on the worker; Airflow's ``default_deferrable`` by
        default.
    :param poll_interval: seconds (or a timedelta) between two polls while waiting, at most. By default 10 on the
        worker; in the triggerer the orchestration's age decides, from 10 s for a fresh one up to 300 s.
    :param timeout: seconds (or a timedelta) until the wait ends with an error; by default there is no limit. Paxos
        cannot cancel: the orchestration goes on, and a retry adopts it.
    :param outlet_partition_key: a template of the partition key of the events of ``outlets``, such as
        ``"{{ task.business_date(dag_run) }}"``, from Airflow 3.3 on. An event with a key starts partitioned Dags alone,
        one without a key all others. By default an event has the key of its Dag run, which mostly has none.
    """

    template_fields: Sequence[str] = (
        "paxos_conn_id",
        "ref_id",
        "source_asset",
        "destination_asset",
        "source_amount",
        "source",
        "destination",
        "identity_id",
        "account_id",
        "metadata",
        "duplicate_of_ok",
        "outlet_partition_key",
    )
    template_fields_renderers: ClassVar[dict[str, str]] = {"source": "json", "destination": "json", "metadata": "json"}
    ui_color = "#d8ece0"
    operator_extra_links = (PaxosReceiptLink(),)
    _run: Creation | None = None

    def __init__(
        self,
        *,
        source_asset: str,
        destination_asset: str,
        source_amount: str | int | Decimal,
        source: Mapping[str, Any],
        destination: Mapping[str, Any],
        ref_id: str = DERIVED,
        identity_id: str | None = None,
        account_id: str | None = None,
        metadata: Mapping[str, str] | None = None,
        adopt: Literal["own", "same_task", "any"] = "same_task",
        approval: Approval | None = None,
        preflight: Literal["fail", "warn", "off"] = "off",
        duplicate_of_ok: str | Sequence[str] | None = None,
        paxos_conn_id: str = "paxos_default",
        wait_for_completion: bool = False,
        deferrable: bool | None = None,
        poll_interval: timedelta | float | None = None,
        timeout: timedelta | float | None = None,
        outlet_partition_key: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.ref_id = ref_id
        self.source_asset = source_asset
        self.destination_asset = destination_asset
        self.source_amount = source_amount
        self.source = source
        self.destination = destination
        self.identity_id = identity_id
        self.account_id = account_id
        self.metadata = metadata
        self.adopt = adoption(adopt, metadata)
        self.approval = approval
        self.preflight = preflight_mode(preflight)
        self.duplicate_of_ok = duplicate_of_ok
        self.paxos_conn_id = paxos_conn_id
        self.wait_for_completion = wait_for_completion
        self.deferrable = deferring(deferrable)
        self.poll_interval = None if poll_interval is None else seconds("poll_interval", poll_interval)
        self.timeout = None if timeout is None else seconds("timeout", timeout)
        self.outlet_partition_key = outlet_partition_key
        require_stable_ref_id(ref_id)
        if is_from_dag_file(self):
            self.require_name_in_mapped_group(ref_id, DERIVED)
            from airflow_provider_paxos.operators.parse_time import require_valid

            require_valid(self.api_fields(), self.duplicate_of_ok)

    def api_fields(self) -> dict[str, Any]:
        """Return the API's fields, as far as the author gave them."""
        optional = {"identity_id": self.identity_id, "account_id": self.account_id, "metadata": self.metadata}
        return {
            "ref_id": self.ref_id,
            "source_asset": self.source_asset,
            "destination_asset": self.destination_asset,
            "source_amount": self.source_amount,
            "source": self.source,
            "destination": self.destination,
            **{name: value for name, value in optional.items() if value is not None},
        }

    def derived_ref_id(self, ti: RuntimeTaskInstanceProtocol) -> str:
        """Return the default ref_id of a task instance. A template calls it, so that the rendered fields show it.

        :raises AirflowFailException: for an instance of a mapped task.
        """
        ref_id: str = _worker_s_part().default_ref_id(self, ti)
        return ref_id

    def execute(self, context: Context) -> str:
        """Submit the orchestration, and wait until it is terminal if ``wait_for_completion`` asks for that.

        :returns: the orchestration's id.
        :raises AirflowFailException: for a non-retryable error.
        :raises PaxosError: for a retryable one, of the class of its cause.
        """
        return self._run_for(context).execute()

    def execute_again(self, context: Context, event: Any = None) -> str:  # noqa: ARG002 - Airflow passes it
        """Execute it again, once the throttle that kept it from submitting is over.

        :param event: the trigger's, which says nothing more.
        :returns: as ``execute`` does.
        """
        return self._run_for(context).execute()

    def execute_approved(self, context: Context, event: Any = None) -> str:
        """Go on after a person's answer: make the plan anew, and submit only what was approved.

        :param event: Airflow's, with the answer.
        :returns: as ``execute``.
        :raises AirflowFailException: if the plan was rejected, or the answer is not to it; and as ``execute``.
        :raises PaxosError: as ``execute``.
        """
        return self._run_for(context).execute(event or {})

    def execute_complete(  # noqa: PLR0917 - Airflow passes the names
        self,
        context: Context,
        event: Any = None,
        orchestration_id: str | None = None,
        adopted: bool | None = None,
        creator: str | None = None,
        approval: str | None = None,
    ) -> str:
        """Read the orchestration afresh that the trigger reports as terminal, and compare it with the request again.

        :param event: the trigger's event.
        :param orchestration_id: of what was submitted.
        :param creator: who had created what was adopted, for the receipt.
        :param approval: who had approved it, for the receipt.
        :param adopted: whether the submit had adopted the orchestration, for the receipt.
        :returns: the orchestration's id.
        :raises AirflowFailException: for FAILED and REJECTED, and for a non-retryable error.
        :raises PaxosError: for a retryable one.
        """
        return self._run_for(context).complete(
            event, orchestration_id, adopted=adopted, creator=creator, approval=approval
        )

    def _run_for(self, context: Context) -> Creation:
        if self._run is None or self._run.context is not context:
            self._run = _worker_s_part().Creation(self, context)
        return self._run


def _worker_s_part() -> ModuleType:
    from airflow_provider_paxos.execution import create

    return create
