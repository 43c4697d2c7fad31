"""CreateOrchestrationOperator: submits an orchestration, once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn

from airflow.sdk import BaseOperator

from airflow_provider_paxos.execution.identity import derived_ref_id, stamped
from airflow_provider_paxos.links import PaxosReceiptLink
from airflow_provider_paxos.operators.parse_time import made_by_author, require_valid, seconds
from airflow_provider_paxos.receipts import RECEIPT_KEY, receipt_of, receipt_of_error
from airflow_provider_paxos.retries import non_retryable_fails
from airflow_provider_paxos.version_compat import TaskDeferralError, TaskDeferralTimeout, conf

if TYPE_CHECKING:
    from decimal import Decimal

    from airflow.sdk import Context
    from airflow.sdk.types import RuntimeTaskInstanceProtocol

    from airflow_provider_paxos.api.models import Orchestration, OrchestrationRequest
    from airflow_provider_paxos.api.orchestrations import Submission
    from airflow_provider_paxos.hooks.paxos import PaxosHook

_POLL_INTERVAL = 10.0


class CreateOrchestrationOperator(BaseOperator):
    """Moves money with a Paxos orchestration: once, however often the task runs.

    The ``ref_id`` makes it so. A task that is retried, cleared or crashed submits the same ref_id again; Paxos refuses
    it; the operator looks up what is there, compares it field by field with what it was to submit, and adopts it if it
    is the same payment. If it is another one, the task fails, with both values of every differing field. One that is
    FAILED or REJECTED fails the task and is never paid again under the same ref_id.

    By default the ref_id is derived from Dag, run, task and map index. That protects within one Dag run; for
    protection *across* runs give a business key, such as ``settle-{{ ds }}-{{ params.batch }}``.

    Returns the orchestration's id, for ``OrchestrationSensor(orchestration_id=create.output)``; its receipt, the whole
    orchestration as last known, is in the XCom ``orchestration``. All of the API's fields are templated. Values that
    are wrong fail the parse, or, where only a template tells them, the task, before anything is sent.

    :param source_asset: such as ``USDC``.
    :param destination_asset: such as ``USDG``; two different assets make it a conversion.
    :param source_amount: a decimal string such as ``"100.25"``, an int or a Decimal; never a float. A Dag with
        ``render_template_as_native_obj`` makes floats of such strings: there, give a Decimal, or quote the template
        once more, as in ``"'{{ params.amount }}'"``.
    :param source: as the API takes it: ``{"profile": {"profile_id": "…"}}``.
    :param destination: as the API takes it; exactly one of ``{"profile": {"profile_id": …}}``,
        ``{"fiat": {"bank_account_id": …, "memo": …}}`` and ``{"crypto": {"address": …, "network": …}}``.
    :param ref_id: identifies the payment; taken as it is.
    :param identity_id: for third-party integrations.
    :param account_id: for third-party integrations.
    :param metadata: up to 6 pairs of up to 100 characters. Room that is left holds ``airflow_dag_id``,
        ``airflow_run_id``, ``airflow_task_id`` and, if mapped, ``airflow_map_index``.
    :param paxos_conn_id: the id of a connection of type ``paxos``.
    :param wait_for_completion: whether to succeed only once the orchestration is COMPLETED.
    :param deferrable: whether to wait in the triggerer rather than on the worker; Airflow's ``default_deferrable`` by
        default.
    :param poll_interval: seconds between two readings while waiting, at most. By default 10 on the worker; in the
        triggerer the orchestration's age decides, from 10 s for a fresh one up to 300 s.
    :param timeout: seconds (or a timedelta) until the wait ends with an error; by default it does not. Paxos cannot
        cancel: the orchestration goes on, and a retry adopts it.
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
        self._under_way: str | None = None
        self._stopped = False
        if made_by_author(self):
            require_valid(self._values())

    @staticmethod
    def derived_ref_id(ti: RuntimeTaskInstanceProtocol) -> str:
        """Return the default ref_id; a template, so that it shows in the rendered fields."""
        return derived_ref_id(ti)

    def execute(self, context: Context) -> str:
        """Submit the orchestration, and wait for its end if asked to.

        :returns: the orchestration's id.
        :raises AirflowFailException: for what no retry mends.
        :raises PaxosError: for what a retry may mend, of the class of the cause.
        """
        from airflow_provider_paxos.api.description import describe
        from airflow_provider_paxos.api.statuses import Meaning, meaning_of
        from airflow_provider_paxos.api.validation import checked_request
        from airflow_provider_paxos.hooks.paxos import PaxosHook

        ti = context["ti"]
        with non_retryable_fails(), PaxosHook(self.paxos_conn_id) as hook:
            self._require_exact_amount()
            request = checked_request({**self._values(), "metadata": stamped(self.metadata, ti)})
            self._require_not_stopped()
            submission = self._submitted(context, hook, request)
            orchestration = submission.orchestration
            self._under_way = f"{orchestration.id} (ref_id {request.ref_id})"
            self.log.info(describe(orchestration, adopted=submission.adopted))
            self._leave_receipt(context, orchestration, submission.adopted)
            if not self.wait_for_completion or meaning_of(orchestration.status) is Meaning.COMPLETED:
                return orchestration.id
            if not self.deferrable:
                return self._wait_here(context, hook, submission)
        return self._wait_in_triggerer(submission)

    def _submitted(self, context: Context, hook: PaxosHook, request: OrchestrationRequest) -> Submission:
        from airflow_provider_paxos.api.errors import OrchestrationUnsuccessful, PaxosError

        try:
            return hook.submit_orchestration(request)
        except PaxosError as error:
            if isinstance(error, OrchestrationUnsuccessful) and error.orchestration:
                self._leave_receipt(context, error.orchestration)
            elif self.do_xcom_push:
                values = request.model_dump(mode="json", exclude_none=True)
                context["ti"].xcom_push(key=RECEIPT_KEY, value=receipt_of_error(values, error))
            raise

    def _require_exact_amount(self) -> None:
        from airflow_provider_paxos.api.errors import Acceptance, InvalidRequest, Subject

        dag = self.get_dag()
        if isinstance(self.source_amount, float) and dag and dag.render_template_as_native_obj:
            raise InvalidRequest(
                f"source_amount became the float {self.source_amount!r}, because the Dag has "
                "render_template_as_native_obj=True. Give a Decimal, or quote the template once more, as in "
                "\"'{{ params.amount }}'\".",
                subject=Subject("Create Orchestration", self.ref_id),
                acceptance=Acceptance.NOT_SENT,
            )

    def _require_not_stopped(self) -> None:
        from airflow_provider_paxos.api.errors import Acceptance, PaxosError, Subject

        # Airflow lets a task run on after on_kill, until it kills the process some seconds later.
        if self._stopped:
            raise PaxosError(
                "the task was stopped before the request was sent.",
                subject=Subject("Create Orchestration", self.ref_id),
                acceptance=Acceptance.NOT_SENT,
            )

    def _values(self) -> dict[str, Any]:
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

    def _wait_here(self, context: Context, hook: PaxosHook, submission: Submission) -> str:
        from airflow_provider_paxos.api.errors import StillInProgress
        from airflow_provider_paxos.waiting.poll import poll_until_terminal
        from airflow_provider_paxos.waiting.watch import Watch

        watch = Watch(ids=[submission.orchestration.id])
        interval = self.poll_interval or _POLL_INTERVAL
        poll = poll_until_terminal(hook, watch, self.log, interval=interval, timeout=self.timeout)
        if not watch.done:
            raise StillInProgress(f"orchestration {self._under_way} has not ended within {self.timeout:.0f} s.")
        terminal = next(each for each in poll.found if each.id == watch.terminal[0].id)
        return self._settled(context, terminal, submission.adopted)

    def _wait_in_triggerer(self, submission: Submission) -> NoReturn:
        from airflow_provider_paxos.triggers.orchestration import OrchestrationTrigger

        self.log.info("Waiting in the triggerer for orchestration %s", self._under_way)
        self.defer(
            trigger=OrchestrationTrigger(
                paxos_conn_id=self.paxos_conn_id,
                orchestration_ids=[submission.orchestration.id],
                poll_interval=self.poll_interval,
            ),
            method_name=self.execute_complete.__name__,
            kwargs={"adopted": submission.adopted},
            timeout=None if self.timeout is None else timedelta(seconds=self.timeout),
        )

    def execute_complete(self, context: Context, event: Any = None, adopted: bool | None = None) -> str:
        """Read afresh what the triggerer says has ended.

        :param adopted: whether the orchestration was adopted before the wait, for the receipt.
        :returns: the orchestration's id.
        """
        from airflow_provider_paxos.hooks.paxos import PaxosHook
        from airflow_provider_paxos.triggers.events import terminal_id

        with non_retryable_fails(), PaxosHook(self.paxos_conn_id) as hook:
            orchestration_id = terminal_id(event)
            self._under_way = f"{orchestration_id} (ref_id {self.ref_id})"
            return self._settled(context, hook.get_orchestration(orchestration_id), adopted)

    def resume_execution(self, next_method: str, next_kwargs: dict[str, Any] | None, context: Context) -> Any:
        """Resume after the wait; Airflow calls it instead of ``execute``."""
        from airflow_provider_paxos.api.errors import StillInProgress, Subject, WaitAborted

        try:
            return super().resume_execution(next_method, next_kwargs, context)
        except TaskDeferralTimeout as late:
            receipt = context["ti"].xcom_pull(
                task_ids=self.task_id, key=RECEIPT_KEY, map_indexes=context["ti"].map_index
            )
            subject = Subject("Orchestration", self.ref_id, (receipt or {}).get("id"))
            raise StillInProgress("it has not ended in time.", subject=subject) from late
        except TaskDeferralError as crash:
            raise WaitAborted(f"the trigger failed: {crash}.") from crash

    def _settled(self, context: Context, orchestration: Orchestration, adopted: bool | None) -> str:
        from airflow_provider_paxos.api.description import describe
        from airflow_provider_paxos.api.statuses import require_completed

        self._leave_receipt(context, orchestration, adopted)
        self.log.info(describe(orchestration))
        return require_completed(orchestration).id

    def _leave_receipt(self, context: Context, orchestration: Orchestration, adopted: bool | None = None) -> None:
        if self.do_xcom_push:
            receipt = receipt_of(orchestration, ref_id=self.ref_id, adopted=adopted)
            context["ti"].xcom_push(key=RECEIPT_KEY, value=receipt)

    def on_kill(self) -> None:
        """Submit nothing from now on, and say what goes on: Paxos has no cancel."""
        self._stopped = True
        if self._under_way:
            self.log.warning(
                "No longer waiting for orchestration %s. Paxos cannot cancel it: it goes on. "
                "The next attempt adopts it.",
                self._under_way,
            )
        else:
            self.log.warning(
                "Stopped while submitting ref_id %s: whether Paxos accepted it is unknown. The next attempt finds out; "
                "the same ref_id is never paid twice.",
                self.ref_id,
            )
