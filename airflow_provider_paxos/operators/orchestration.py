"""CreateOrchestrationOperator: submit one orchestration, idempotently."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from airflow.sdk import BaseOperator

from airflow_provider_paxos.links import PaxosReceiptLink
from airflow_provider_paxos.operators.arguments import is_from_dag_file, seconds
from airflow_provider_paxos.version_compat import conf

if TYPE_CHECKING:
    from decimal import Decimal

    from airflow.sdk import Context
    from airflow.sdk.types import RuntimeTaskInstanceProtocol

    from airflow_provider_paxos.execution.create import Creation


class CreateOrchestrationOperator(BaseOperator):
    """Move money with a Paxos orchestration: once, however often the task runs.

    The ``ref_id`` is the idempotency key. A task that is retried, cleared or killed submits the same ref_id again, and
    Paxos refuses a second orchestration. The operator then looks up the existing one, compares it field by field with
    the request, and adopts it if it is the same payment. If it differs, the task fails with both values of every
    differing field. If it is FAILED or REJECTED, the task fails: the same ref_id is never paid again.

    By default the ref_id is derived from Dag, run, task and map index. That protects within one Dag run. For
    protection *across* runs give a business key, such as ``settle-{{ ds }}-{{ params.batch }}``.

    The task returns the orchestration's id, for ``OrchestrationSensor(orchestration_id=create.output)``. Its receipt,
    the whole orchestration as last read, is in the XCom ``orchestration``. All of the API's fields are templated.
    Invalid values fail when the Dag is parsed; templated values are validated in the task, before any request.

    :param source_asset: such as ``USDC``.
    :param destination_asset: such as ``USDG``; two different assets make it a conversion.
    :param source_amount: a decimal string such as ``"100.25"``, an int or a Decimal; never a float. A Dag with
        ``render_template_as_native_obj`` makes floats of such strings: there, give a Decimal, or quote the template
        once more, as in ``"'{{ params.amount }}'"``.
    :param source: as the API takes it: ``{"profile": {"profile_id": "…"}}``.
    :param destination: as the API takes it; exactly one of ``{"profile": {"profile_id": …}}``,
        ``{"fiat": {"bank_account_id": …, "memo": …}}`` and ``{"crypto": {"address": …, "network": …}}``.
    :param ref_id: the idempotency key; sent verbatim.
    :param identity_id: for third-party integrations.
    :param account_id: for third-party integrations.
    :param metadata: up to 6 pairs of up to 100 characters. Pairs that are left hold ``airflow_dag_id``,
        ``airflow_run_id``, ``airflow_task_id`` and, if mapped, ``airflow_map_index``.
    :param paxos_conn_id: the id of a connection of type ``paxos``.
    :param wait_for_completion: whether to succeed only once the orchestration is COMPLETED.
    :param deferrable: whether to wait in the triggerer rather than on the worker; Airflow's ``default_deferrable`` by
        default.
    :param poll_interval: seconds (or a timedelta) between two polls while waiting, at most. By default 10 on the
        worker; in the triggerer the orchestration's age decides, from 10 s for a fresh one up to 300 s.
    :param timeout: seconds (or a timedelta) until the wait ends with an error; by default there is no limit. Paxos
        cannot cancel: the orchestration goes on, and a retry adopts it.
    """

    template_fields: Sequence[str] = (
        "ref_id",
        "source_asset",
        "destination_asset",
        "source_amount",
        "source",
        "destination",
        "identity_id",
        "account_id",
        "metadata",
        "paxos_conn_id",
    )
    template_fields_renderers: ClassVar[dict[str, str]] = {"source": "json", "destination": "json", "metadata": "json"}
    ui_color = "#d8ece0"
    operator_extra_links = (PaxosReceiptLink(),)

    def __init__(
        self,
        *,
        source_asset: str,
        destination_asset: str,
        source_amount: str | int | Decimal,
        source: Mapping[str, Any],
        destination: Mapping[str, Any],
        ref_id: str = "{{ task.derived_ref_id(ti) }}",
        identity_id: str | None = None,
        account_id: str | None = None,
        metadata: Mapping[str, str] | None = None,
        paxos_conn_id: str = "paxos_default",
        wait_for_completion: bool = False,
        deferrable: bool | None = None,
        poll_interval: timedelta | float | None = None,
        timeout: timedelta | float | None = None,
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
        self.paxos_conn_id = paxos_conn_id
        self.wait_for_completion = wait_for_completion
        self.deferrable = (
            conf.getboolean("operators", "default_deferrable", fallback=False) if deferrable is None else deferrable
        )
        self.poll_interval = None if poll_interval is None else seconds("poll_interval", poll_interval)
        self.timeout = None if timeout is None else seconds("timeout", timeout)
        self.stopped = False
        self._run: Creation | None = None
        if is_from_dag_file(self):
            from airflow_provider_paxos.operators.parse_time import require_valid

            require_valid(self.api_fields())

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

    @staticmethod
    def derived_ref_id(ti: RuntimeTaskInstanceProtocol) -> str:
        """Return the default ref_id of a task instance. A template calls it, so that the rendered fields show it."""
        from airflow_provider_paxos.execution.identity import derived_ref_id

        return derived_ref_id(ti)

    def execute(self, context: Context) -> str:
        """Submit the orchestration, and wait until it is terminal if ``wait_for_completion`` asks for that.

        :returns: the orchestration's id.
        :raises AirflowFailException: for a non-retryable error.
        :raises PaxosError: for a retryable one, of the class of its cause.
        """
        return self._run_for(context).execute()

    def execute_complete(self, context: Context, event: Any = None, adopted: bool | None = None) -> str:
        """Read the orchestration afresh that the trigger reports as terminal.

        :param event: the trigger's event.
        :param adopted: whether the submit had adopted the orchestration, for the receipt.
        :returns: the orchestration's id.
        :raises AirflowFailException: for FAILED and REJECTED, and for a non-retryable error.
        :raises PaxosError: for a retryable one.
        """
        return self._run_for(context).complete(event, adopted)

    def resume_execution(self, next_method: str, next_kwargs: dict[str, Any] | None, context: Context) -> Any:
        """Resume after the wait in the triggerer; Airflow calls it instead of ``execute``.

        :raises StillInProgress: if the wait has timed out.
        :raises WaitAborted: if the trigger failed.
        """
        return self._run_for(context).resume(partial(super().resume_execution, next_method, next_kwargs, context))

    def _run_for(self, context: Context) -> Creation:
        from airflow_provider_paxos.execution.create import Creation

        if self._run is None or self._run.context is not context:
            self._run = Creation(self, context)
        return self._run

    def on_kill(self) -> None:
        """Let no further request leave, and log what is known of the money: Paxos has no cancel."""
        self.stopped = True
        # A signal handler: it may have interrupted an import, and so imports nothing.
        if self._run:
            self._run.on_kill()
        else:
            self.log.warning("Stopped before this attempt submitted anything. What exists at Paxos goes on.")
