"""Submit many orchestrations, and wait for them: what the operators of batches run on a worker."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NoReturn

from airflow.sdk import Context

from airflow_provider_paxos.api.creators import Adopt
from airflow_provider_paxos.api.errors import Acceptance, CreatedByAnother, RefIdConflict, quoted, with_more
from airflow_provider_paxos.api.models import Orchestration
from airflow_provider_paxos.api.statuses import Meaning, meaning_of
from airflow_provider_paxos.batch.outcome import created_by_others, failure_summary, still_in_progress, submission_error
from airflow_provider_paxos.batch.progress import Progress
from airflow_provider_paxos.batch.state import NOT_SUBMITTED, BatchState
from airflow_provider_paxos.batch.submitting import Submitting
from airflow_provider_paxos.batch.tables import failures, settled, totals
from airflow_provider_paxos.batch.totals import Settlement
from airflow_provider_paxos.batch.validation import Payment
from airflow_provider_paxos.execution.after_submit import after_submit
from airflow_provider_paxos.execution.approval import Approved, given_approval, require_approval
from airflow_provider_paxos.execution.lineage import lineage_of
from airflow_provider_paxos.execution.log_lines import log_page_of_run
from airflow_provider_paxos.execution.outlets import announce, require_outlets
from airflow_provider_paxos.execution.preflight import preflight
from airflow_provider_paxos.execution.receipt import leave, leave_dashboard, left_by
from airflow_provider_paxos.execution.task import SubmittingBatchTask
from airflow_provider_paxos.execution.throttle import back_when_there_is_room
from airflow_provider_paxos.execution.wait import no_longer_waiting, resumed, wait_in_triggerer, wait_on_worker
from airflow_provider_paxos.hooks.paxos import PaxosHook
from airflow_provider_paxos.observability.payments import PaymentMetrics
from airflow_provider_paxos.observability.spans import SUBMIT, span
from airflow_provider_paxos.planning.refusal import reasons_by_key
from airflow_provider_paxos.retries import non_retryable_fails
from airflow_provider_paxos.triggers.events import require_all_terminal
from airflow_provider_paxos.triggers.packed_ids import first_that_fit
from airflow_provider_paxos.version_compat import AirflowFailException
from airflow_provider_paxos.waiting.watch import Watch
from airflow_provider_paxos.xcom import packed, unpacked

_SHOWN = 20

PaymentsOf = Callable[[PaxosHook, Sequence[Mapping[str, Any]] | None], list[Payment]]
"""Makes the payments of a batch; after a wait from what was kept of them before it, ``key`` and ``ref_id`` among it."""

Records = list[dict[str, Any]] | dict[str, Any]
"""The task's result: a record for each payment, as ``xcom.packed`` stores them."""


class BatchCreation:
    """Runs one attempt of the operator, or what comes after its deferral.

    :param task: the operator.
    :param context: of the task instance.
    :param payments_of: makes the payments, each time anew.
    """

    def __init__(self, task: SubmittingBatchTask, context: Context, payments_of: PaymentsOf) -> None:
        self.context = context
        self._task = task
        self._payments_of = payments_of
        self._existing: list[Orchestration] = []
        self._submitting: Submitting | None = None
        self._watch: Watch | None = None
        self._settlement: Settlement | None = None
        self._metrics = PaymentMetrics(task.paxos_conn_id, context["ti"].dag_id)

    def execute(self, answer: Mapping[str, Any] | None = None, *, again: bool = False) -> Records:
        """Adopt what earlier attempts created, submit the rest, and wait for all unless the author wants no wait.

        Where the rate limit has no room, the task defers until it has, and is executed again.

        :param answer: a person's, if the task resumes after it asked for an approval.
        :param again: whether this attempt has been executed before.
        :returns: a record for each payment.
        :raises AirflowFailException: for failed payments, and for a non-retryable error.
        :raises PaxosError: for a retryable one; ``BatchIncomplete`` if some payments were not accepted.
        """
        task = self._task
        with non_retryable_fails(), back_when_there_is_room(task), PaxosHook(task.paxos_conn_id) as hook:
            require_outlets(task, self.context)
            leave_dashboard(task, self.context, hook)
            state = self._state(hook)
            approved = given_approval(task, self.context, hook, [each.payment for each in state], answer)
            self._adopt(hook, state)
            if not again:
                self._metrics.adopted(each.orchestration for each in state if each.orchestration)
            else:
                # They say what this attempt has created itself.
                state.restore(left_by(task, self.context))
            if approved:
                state.approve(str(approved))
            self._look_ahead(hook, state, approved)
            try:
                self._submit(hook, state)
            finally:
                self._warn_of_other_creators(state)
            ids = [each.id for each in state.in_progress if each.id]
            if not ids or not task.wait_for_completion:
                return self._conclude(hook, state)
            if not task.deferrable:
                return self._wait_on_worker(hook, state, ids)
        if state.without_orchestration:
            task.log.warning("Not accepted, and not waited for:\n%s", failures(state.without_orchestration))
        ends_at = None if task.timeout is None else time.time() + task.timeout
        return self._wait_in_triggerer(state, ids, task.timeout, ends_at)

    def complete(
        self,
        event: Any,
        waited_for: int | None,
        accepted: int | None,
        known: Any,
        *,
        left: int = 0,
        ends_at: float | None = None,
    ) -> Records:
        """Read all payments afresh, once a trigger's event reports all that it waited for as terminal.

        :param waited_for: how many orchestrations the trigger waited for; ``dag.test()`` does not pass it on.
        :param accepted: how many payments had an orchestration then.
        :param known: what Paxos may not show of the payments, as ``xcom.packed`` stores it: of those without an
            orchestration ``error`` and ``acceptance``, of the others the ``id``, where no receipt keeps it.
        :param left: how many were left for a further turn, since one trigger does not hold more ids.
        :param ends_at: when the wait ends, in unix seconds; None for never.
        :returns: a record for each payment.
        """
        if waited_for is None and self._task.do_xcom_push:
            receipts = [each for each in left_by(self._task, self.context) if "id" in each]
            ids = [each["id"] for each in receipts if meaning_of(each.get("status")) is Meaning.IN_PROGRESS]
            waited_for = len(first_that_fit(ids))
            left = len(ids) - waited_for
        with non_retryable_fails():
            require_all_terminal(event, waited_for)
        return self._read_afresh(unpacked(known or []), accepted=accepted, left=left, ends_at=ends_at)

    def resume(self, resume: Callable[[], Any]) -> Any:
        """Resume after the triggerer's wait. If that has timed out, the last poll comes now, as on the worker.

        :param resume: Airflow's own way to resume.
        :raises StillInProgress: if the wait has timed out, and payments are in progress.
        :raises WaitAborted: if the trigger failed.
        """
        return resumed(resume, at_timeout=self._time_out)

    def on_kill(self) -> None:
        """Let no further request leave, and log what is known. It runs in a signal handler, at any moment."""
        log = self._task.log
        if self._submitting:
            self._submitting.stop()
            done, left, unknown = (f"{number:,}" for number in self._submitting.counts())
            log.warning(
                "Stopped while submitting: %s payments were submitted, %s were not, and of %s the outcome is unknown. "
                "Paxos cannot cancel what it has accepted. The next attempt adopts it and submits the rest; the same "
                "ref_id is never paid twice.",
                done,
                left,
                unknown,
            )
        elif self._watch and self._watch.ids:
            stopped = no_longer_waiting(f"{len(self._watch.ids):,} payments", several=True)
            log.warning("%s The next attempt adopts them.", stopped)
        else:
            log.warning("Stopped before this attempt submitted anything. What exists at Paxos goes on.")

    def _state(self, hook: PaxosHook, kept: Sequence[Mapping[str, Any]] | None = None) -> BatchState:
        return BatchState(self._payments_of(hook, kept), Adopt(self._task.adopt))

    def _restored(self, hook: PaxosHook, known: Sequence[Mapping[str, Any]]) -> BatchState:
        # The receipts are let go of here: they take as much memory as what is read afresh.
        kept = [*known, *left_by(self._task, self.context)]
        state = self._state(hook, kept)
        state.restore(kept)
        return state

    def _look_ahead(self, hook: PaxosHook, state: BatchState, approved: Approved | None) -> None:
        if not state.without_orchestration:
            return
        plan, refusal = preflight(self._task, hook, [each.payment for each in state], self._existing)
        if plan and refusal:
            reasons = reasons_by_key(plan)
            for each in state.without_orchestration:
                each.refusal = reasons.get(each.payment.key, NOT_SUBMITTED)
            self._leave_receipts(state)
            raise refusal
        if plan:
            require_approval(self._task, self.context, plan, approved)

    def _adopt(self, hook: PaxosHook, state: BatchState) -> None:
        self._existing = hook.read_orchestrations(ref_ids=[each.ref_id for each in state])
        try:
            adopted = state.adopt(self._existing)
        except (RefIdConflict, CreatedByAnother):
            self._leave_receipts(state)
            raise
        if adopted:
            self._task.log.info(
                "Adopted %s of %s payments, which exist already. They are not paid again.",
                f"{adopted:,}",
                f"{len(state):,}",
            )

    def _warn_of_other_creators(self, state: BatchState) -> None:
        if by_others := state.by_others:
            self._task.log.warning(
                "%s of %s payments were created by others than this Dag run, and are not paid again: %s",
                f"{len(by_others):,}",
                f"{len(state):,}",
                created_by_others(state),
            )

    def _submit(self, hook: PaxosHook, state: BatchState) -> None:
        to_submit = state.without_orchestration
        if not to_submit:
            # A wait may follow, and whoever resumes after it finds here what was adopted.
            self._leave_receipts(state)
            return
        submitting = Submitting(hook.get_concurrent_conn, [each.payment for each in to_submit], state.adopt_from)
        self._submitting = submitting
        if self._task.stopped:
            submitting.stop()
        progress = Progress("Submitted", len(to_submit), self._task.log.info)
        try:
            with span(SUBMIT, conn_id=self._task.paxos_conn_id, payments=len(to_submit)):
                submitting.run(lambda: progress.update(len(submitting.outcomes)))
            progress.report(len(submitting.outcomes))
        finally:
            for position, outcome in submitting.outcomes.items():
                state.record(to_submit[position], outcome.result, outcome.at)
            self._metrics.submitted(
                (to_submit[position].payment.request, outcome.result)
                for position, outcome in submitting.outcomes.items()
            )
            try:
                self._leave_receipts(state)
            except Exception as refusal:  # noqa: BLE001 - Airflow may refuse it to a task that was stopped
                self._task.log.warning("The receipts of the payments could not be left: %s", refusal)
        ti = self.context["ti"]
        retries_left = ti.try_number <= (getattr(ti, "max_tries", 0) or 0)
        if error := submission_error(state, stopped=self._task.stopped, retries_left=retries_left):
            raise error
        self._submitting = None

    def _wait_on_worker(self, hook: PaxosHook, state: BatchState, ids: Sequence[str]) -> Records:
        self._watch = Watch(ids=ids)
        wait_on_worker(self._task, hook, self._watch)
        state.update(hook.read_orchestrations(ids=ids))
        return self._conclude(hook, state, waited=True)

    def _wait_in_triggerer(
        self, state: BatchState, ids: Sequence[str], timeout: float | None, ends_at: float | None
    ) -> NoReturn:
        """Defer for as many as one trigger holds; by the time those are terminal, so are most of the others."""
        task, turn = self._task, first_that_fit(ids)
        first = f", the first {len(turn):,} of them first" if len(turn) < len(ids) else ""
        task.log.info("Waiting in the triggerer for %s of %s payments%s", f"{len(ids):,}", f"{len(state):,}", first)
        wait_in_triggerer(
            task,
            ids=turn,
            poll_interval=task.poll_interval,
            timeout=timeout,
            kwargs={
                "waited_for": len(turn),
                "accepted": len(state.accepted),
                "known": packed(state.carried(with_ids=not task.do_xcom_push)),
                **({"left": len(ids) - len(turn), "ends_at": ends_at} if len(turn) < len(ids) else {}),
            },
        )

    def _time_out(self) -> Records:
        return self._read_afresh(timed_out=True)

    def _read_afresh(
        self,
        known: Sequence[Mapping[str, Any]] = (),
        *,
        accepted: int | None = None,
        timed_out: bool = False,
        left: int = 0,
        ends_at: float | None = None,
    ) -> Records:
        submitted = after_submit(Acceptance.IRRELEVANT)
        with non_retryable_fails(), submitted, PaxosHook(self._task.paxos_conn_id) as hook:
            state = self._restored(hook, known)
            state.update(hook.read_orchestrations(ref_ids=[each.ref_id for each in state]))
            # Paxos does not promise that List shows at once what Create has accepted.
            state.update(hook.read_orchestrations(ids=state.unread_ids))
            if timed_out and state.unaccounted_for and not self._task.do_xcom_push:
                # Airflow keeps nothing of a wait that has timed out: they may have been refused before it.
                raise still_in_progress(state)
            state.require_accounted_for(accepted)
            if left and (ids := [each.id for each in state.in_progress if each.id]):
                self._leave_receipts(state)
                self._wait_in_triggerer(state, ids, ends_at and max(1.0, ends_at - time.time()), ends_at)
            return self._conclude(hook, state, waited=True)

    def _conclude(self, hook: PaxosHook, state: BatchState, *, waited: bool = False) -> Records:
        log = self._task.log
        self._leave_receipts(state)
        settlement = self._settlement = Settlement(hook.get_conn().settings.environment, settled(state))
        self._metrics.ended(each.orchestration for each in state if each.orchestration)
        if not len(state) and not state.dropped:
            log.info("There are no payments: nothing to submit")
            return self._ended(state, settlement)
        if state.dropped:
            shown = ", ".join(quoted(each.key) for each in state.dropped[:_SHOWN])
            log.warning(
                "%s payments are no longer in the batch. What Paxos accepted of them goes on: %s",
                f"{len(state.dropped):,}",
                with_more(shown, len(state.dropped) - _SHOWN),
            )
        log.info("Totals of %s payments\n%s", f"{len(state):,}", totals(state))
        log_page_of_run(self._task, self.context)
        if waited and state.in_progress:
            raise still_in_progress(state)
        if state.failed:
            summary = failure_summary(state)
            if self._task.on_failed_payments == "fail":
                raise AirflowFailException(summary)
            log.warning("%s", summary)
        return self._ended(state, settlement)

    def _ended(self, state: BatchState, settlement: Settlement) -> Records:
        announce(self._task, self.context, settlement)
        return packed(state.records())

    def lineage(self) -> Any:
        """Return the lineage of what this attempt has seen settled, as OpenLineage takes it; None if nothing was."""
        return lineage_of(self._settlement) if self._settlement else None

    def _leave_receipts(self, state: BatchState) -> None:
        if self._task.do_xcom_push:
            leave(self._task, self.context, packed(state.receipts()))
