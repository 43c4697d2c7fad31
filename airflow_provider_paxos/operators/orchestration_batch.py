"""CreateOrchestrationBatchOperator: submits many orchestrations as one task, each of them once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar, Literal, NoReturn

from airflow.sdk import BaseOperator

from airflow_provider_paxos.execution.identity import ref_ids, stamped
from airflow_provider_paxos.links import PaxosReceiptLink
from airflow_provider_paxos.operators.parse_time import made_by_author, require_valid_payments, seconds
from airflow_provider_paxos.receipts import RECEIPT_KEY, receipts_in
from airflow_provider_paxos.retries import non_retryable_fails
from airflow_provider_paxos.version_compat import AirflowFailException, TaskDeferralError, TaskDeferralTimeout
from airflow_provider_paxos.xcom import packed, unpacked

if TYPE_CHECKING:
    from airflow.sdk import Context

    from airflow_provider_paxos.batch.state import BatchState
    from airflow_provider_paxos.batch.submitting import Submitting
    from airflow_provider_paxos.batch.validation import Payment
    from airflow_provider_paxos.hooks.paxos import PaxosHook
    from airflow_provider_paxos.waiting.watch import Watch

_POLL_SECONDS = 10.0
"""From one poll to the next on the worker, by default."""


class CreateOrchestrationBatchOperator(BaseOperator):
    """Moves money with many Paxos orchestrations as one task: each payment once, however often the task runs.

    Every payment has a ``key``, which is unique in the batch, and by it a ref_id. The whole batch is checked before any
    money moves: one wrong payment, and none is submitted. Then what earlier attempts have created is looked up, 100
    payments a request, compared with what is asked for, and adopted; the rest is submitted concurrently, within Paxos'
    limits. If any ref_id belongs to another payment, the batch is refused as a whole. A payment that Paxos refuses
    stops no other. By default the task then waits in the triggerer until all have ended.

    Killed at any moment, the next attempt adopts what was accepted, and submits the rest. A payment that is FAILED or
    REJECTED is never paid again under the same ref_id.

    Returns a record for each payment: ``key``, ``ref_id``, and as far as they are known ``id``, ``status`` and
    ``reason``; the receipts of all payments are in the XCom ``orchestration``. Both are lists up to 500 payments,
    beyond that in the form that ``airflow_provider_paxos.xcom.unpacked`` reads. See ``docs/batches.md``.

    :param payments: a list, or what another task returns: mappings of the API's fields (``source_asset``,
        ``destination_asset``, ``source_amount``, ``source``, ``destination``, …) and a ``key``, a string. A template
        that gives the list as text has to give JSON, as in ``"{{ … | tojson }}"``.
    :param defaults: fields of every payment that does not name them itself, such as ``source``.
    :param ref_id: a template that names the ``key``, as in ``"settle-{{ ds }}-{{ key }}"``; ``payment`` is the payment
        itself. By default the ref_id is derived from Dag, run, task, map index and key, which protects within one Dag
        run. A payment that has a ``ref_id`` of its own keeps it.
    :param paxos_conn_id: the id of a connection of type ``paxos``.
    :param wait_for_completion: whether to wait until all orchestrations have ended.
    :param deferrable: whether to wait in the triggerer rather than on the worker.
    :param on_failed_payments: ``"fail"`` fails the task, after all payments have ended, with a table of those that have
        failed; ``"report"`` leaves it to the result to tell.
    :param poll_interval: seconds between two readings of a payment; by default it grows with the payment's age.
    :param timeout: seconds (or a timedelta) until the wait ends with an error; by default it does not. Paxos cannot
        cancel: what was accepted goes on, and a retry adopts it.
    """

    template_fields: Sequence[str] = ("payments", "defaults", "paxos_conn_id")
    template_fields_renderers: ClassVar[dict[str, str]] = {"payments": "json", "defaults": "json"}
    ui_color = "#c4e0d0"
    operator_extra_links = (PaxosReceiptLink(),)

    def __init__(
        self,
        *,
        payments: Any,
        defaults: Mapping[str, Any] | None = None,
        ref_id: str | None = None,
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
        self.paxos_conn_id = paxos_conn_id
        self.wait_for_completion = wait_for_completion
        self.deferrable = deferrable
        self.on_failed_payments = on_failed_payments
        self.poll_interval = None if poll_interval is None else seconds("poll_interval", poll_interval)
        self.timeout = None if timeout is None else seconds("timeout", timeout)
        self._submitting: Submitting | None = None
        self._watch: Watch | None = None
        self._stopped = False
        if on_failed_payments not in ("fail", "report"):
            raise ValueError(f"on_failed_payments is {on_failed_payments!r}; it is 'fail' or 'report'.")
        if ref_id is not None and not (isinstance(ref_id, str) and ("key" in ref_id or "payment" in ref_id)):
            raise ValueError(f"ref_id is {ref_id!r}; it is a template that names the key: 'settle-{{{{ key }}}}'.")
        if made_by_author(self):
            require_valid_payments(payments, defaults)

    def execute(self, context: Context) -> Any:
        """Submit what is missing, and wait for the end of all unless told otherwise.

        :returns: a record for each payment.
        :raises AirflowFailException: for failed payments, and for what no retry mends.
        :raises PaxosError: for what a retry may mend; ``BatchIncomplete`` if some payments were not accepted.
        """
        from airflow_provider_paxos.batch.state import BatchState
        from airflow_provider_paxos.hooks.paxos import PaxosHook

        with non_retryable_fails(), PaxosHook(self.paxos_conn_id) as hook:
            state = BatchState(self._checked(context, hook))
            self._adopt(context, hook, state)
            self._submit(context, hook, state)
            open_ids = [each.id for each in state.under_way if each.id]
            if not open_ids or not self.wait_for_completion:
                return self._concluded(context, state)
            if not self.deferrable:
                return self._wait_here(context, hook, state, open_ids)
        return self._wait_in_triggerer(state, open_ids)

    def _checked(self, context: Context, hook: PaxosHook) -> list[Payment]:
        from airflow_provider_paxos.batch.validation import payments_of

        # Without a Dag, as in a test, nothing renders to native objects anyway.
        environment = dag.get_template_env(force_sandboxed=True) if (dag := self.get_dag()) else self.get_template_env()
        return payments_of(
            self.payments,
            defaults=self.defaults,
            ref_id_of=ref_ids(self.ref_id, context, environment),
            metadata_of=lambda metadata, key: stamped(metadata, context["ti"], key),
            allow=hook.require_allowed,
        )

    def _adopt(self, context: Context, hook: PaxosHook, state: BatchState) -> None:
        from airflow_provider_paxos.api.errors import RefIdConflict

        found = hook.read_orchestrations(ref_ids=[each.ref_id for each in state])
        try:
            adopted = state.adopt(found)
        except RefIdConflict:
            self._leave_receipts(context, state)
            raise
        if adopted:
            self.log.info(
                "Adopted %s of %s payments: earlier attempts had created them; none of them is paid again",
                f"{adopted:,}",
                f"{len(state):,}",
            )

    def _submit(self, context: Context, hook: PaxosHook, state: BatchState) -> None:
        from airflow_provider_paxos.batch.outcome import obstacle
        from airflow_provider_paxos.batch.progress import Progress
        from airflow_provider_paxos.batch.submitting import Submitting

        missing = state.missing
        if not missing:
            return
        submitting = Submitting(hook.get_concurrent_conn, [each.payment.request for each in missing])
        self._submitting = submitting
        if self._stopped:
            submitting.stop()
        progress = Progress("Submitted", len(missing), self.log.info)
        try:
            submitting.run(lambda: progress.tell(len(submitting.outcomes)))
            progress.say(len(submitting.outcomes))
        finally:
            for position, outcome in submitting.outcomes.items():
                state.note(missing[position], outcome.result, outcome.at)
            try:
                self._leave_receipts(context, state)
            except Exception as refusal:  # noqa: BLE001 - Airflow may refuse it to a task that was stopped
                self.log.warning("The receipts of the payments could not be left: %s", refusal)
        ti = context["ti"]
        retries_left = ti.try_number <= (getattr(ti, "max_tries", 0) or 0)
        if error := obstacle(state, stopped=self._stopped, retries_left=retries_left):
            raise error
        self._submitting = None

    def _wait_here(self, context: Context, hook: PaxosHook, state: BatchState, open_ids: Sequence[str]) -> Any:
        from airflow_provider_paxos.waiting.poll import poll_until_terminal
        from airflow_provider_paxos.waiting.watch import Watch

        self._watch = Watch(ids=open_ids)
        interval = self.poll_interval or _POLL_SECONDS
        poll_until_terminal(hook, self._watch, self.log, interval=interval, timeout=self.timeout)
        state.update(hook.read_orchestrations(ids=open_ids))
        return self._concluded(context, state, waited=True)

    def _wait_in_triggerer(self, state: BatchState, open_ids: list[str]) -> NoReturn:
        from airflow_provider_paxos.triggers.orchestration import OrchestrationTrigger

        self.log.info("Waiting in the triggerer for %s of %s payments", f"{len(open_ids):,}", f"{len(state):,}")
        refusals = [{"ref_id": each.ref_id, "error": each.reason} for each in state.missing]
        self.defer(
            trigger=OrchestrationTrigger(
                paxos_conn_id=self.paxos_conn_id,
                orchestration_ids=open_ids,
                poll_interval=self.poll_interval,
            ),
            method_name=self.execute_complete.__name__,
            kwargs={"waited_for": len(open_ids), "refusals": packed(refusals)},
            timeout=None if self.timeout is None else timedelta(seconds=self.timeout),
        )

    def execute_complete(
        self, context: Context, event: Any = None, waited_for: int | None = None, refusals: Any = None
    ) -> Any:
        """Read all payments afresh, once the triggerer says that all have ended.

        :param waited_for: how many orchestrations the triggerer has waited for; ``dag.test()`` forgets it.
        :param refusals: why other payments were not accepted.
        :returns: a record for each payment.
        """
        from airflow_provider_paxos.api.statuses import Meaning, meaning_of
        from airflow_provider_paxos.triggers.events import require_all_terminal

        if waited_for is None:
            left = self._receipts(context)
            waited_for = sum("id" in each and meaning_of(each.get("status")) is Meaning.IN_PROGRESS for each in left)
        with non_retryable_fails():
            require_all_terminal(event, waited_for)
        return self._read_afresh(context, unpacked(refusals or []))

    def resume_execution(self, next_method: str, next_kwargs: dict[str, Any] | None, context: Context) -> Any:
        """Resume after the wait; Airflow calls it instead of ``execute``."""
        from airflow_provider_paxos.api.errors import WaitAborted

        try:
            return super().resume_execution(next_method, next_kwargs, context)
        except TaskDeferralTimeout:
            # As on the worker, the last look comes after the timeout.
            return self._read_afresh(context)
        except TaskDeferralError as crash:
            raise WaitAborted(f"the trigger failed: {crash}.") from crash

    def _read_afresh(self, context: Context, refusals: Sequence[Mapping[str, Any]] = ()) -> Any:
        from airflow_provider_paxos.batch.state import BatchState
        from airflow_provider_paxos.hooks.paxos import PaxosHook

        with non_retryable_fails(), PaxosHook(self.paxos_conn_id) as hook:
            state = BatchState(self._checked(context, hook))
            state.remember(refusals)
            state.remember(self._receipts(context))
            state.update(hook.read_orchestrations(ref_ids=[each.ref_id for each in state]))
            # Paxos does not promise that List shows at once what Create has accepted.
            hidden = [each.id for each in state.missing if each.id]
            state.update(hook.read_orchestrations(ids=hidden))
            state.require_accounted_for()
            return self._concluded(context, state, waited=True)

    def _concluded(self, context: Context, state: BatchState, *, waited: bool = False) -> Any:
        from airflow_provider_paxos.batch.outcome import failed_payments, still_in_progress
        from airflow_provider_paxos.batch.tables import totals

        self._leave_receipts(context, state)
        if not len(state):
            self.log.info("There are no payments: nothing to submit")
            return []
        self.log.info("Totals of %s payments\n%s", f"{len(state):,}", totals(state))
        if waited and state.under_way:
            raise still_in_progress(state)
        if state.failed:
            told = failed_payments(state)
            if self.on_failed_payments == "fail":
                raise AirflowFailException(told)
            self.log.warning("%s", told)
        return packed(state.records())

    def _leave_receipts(self, context: Context, state: BatchState) -> None:
        if self.do_xcom_push:
            context["ti"].xcom_push(key=RECEIPT_KEY, value=packed(state.receipts()))

    def _receipts(self, context: Context) -> list[dict[str, Any]]:
        ti = context["ti"]
        return receipts_in(ti.xcom_pull(task_ids=self.task_id, key=RECEIPT_KEY, map_indexes=ti.map_index))

    def on_kill(self) -> None:
        """Submit nothing from now on, and say what goes on: Paxos has no cancel."""
        self._stopped = True
        if self._submitting:
            self._submitting.stop()
            done, left, unknown = (f"{number:,}" for number in self._submitting.counts())
            self.log.warning(
                "Stopped while submitting: %s payments were submitted, %s were not, and of %s the outcome is unknown. "
                "Paxos cannot cancel what it has accepted. The next attempt adopts it, and submits the rest; no "
                "payment is paid twice.",
                done,
                left,
                unknown,
            )
        elif self._watch and self._watch.ids:
            self.log.warning(
                "No longer waiting for %s payments. Paxos cannot cancel them: they go on. "
                "The next attempt adopts them.",
                f"{len(self._watch.ids):,}",
            )
        else:
            self.log.warning("Stopped before this attempt has submitted anything. What exists at Paxos goes on.")
