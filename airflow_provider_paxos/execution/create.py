"""Submit one orchestration, and wait for it: what ``CreateOrchestrationOperator`` runs on a worker."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from airflow.sdk import Context
from airflow.sdk.types import RuntimeTaskInstanceProtocol

from airflow_provider_paxos.api.adoption import Adoption
from airflow_provider_paxos.api.creators import Adopt, Relation
from airflow_provider_paxos.api.errors import (
    Acceptance,
    HoldsSecret,
    OrchestrationUnsuccessful,
    PaxosError,
    StillInProgress,
    Subject,
)
from airflow_provider_paxos.api.models import Orchestration
from airflow_provider_paxos.api.orchestrations import Submission
from airflow_provider_paxos.api.secrecy import CutFrames
from airflow_provider_paxos.api.statuses import Meaning, meaning_of, require_completed
from airflow_provider_paxos.api.stopping import UntilStopped, interrupted
from airflow_provider_paxos.api.validation import checked_request
from airflow_provider_paxos.batch.totals import Settlement
from airflow_provider_paxos.batch.validation import Payment, duplicates_meant
from airflow_provider_paxos.execution.after_submit import after_submit
from airflow_provider_paxos.execution.approval import Approved, given_approval, require_approval
from airflow_provider_paxos.execution.identity import derived_ref_id
from airflow_provider_paxos.execution.lineage import lineage_of
from airflow_provider_paxos.execution.log_lines import log_orchestration
from airflow_provider_paxos.execution.outlets import announce, require_outlets
from airflow_provider_paxos.execution.preflight import preflight
from airflow_provider_paxos.execution.receipt import leave, leave_dashboard, left_by
from airflow_provider_paxos.execution.task import CreateTask
from airflow_provider_paxos.execution.throttle import back_when_there_is_room
from airflow_provider_paxos.execution.wait import no_longer_waiting, resumed, wait_in_triggerer, wait_on_worker
from airflow_provider_paxos.hooks.creator import creator_of, stamped
from airflow_provider_paxos.hooks.paxos import PaxosHook
from airflow_provider_paxos.observability.payments import PaymentMetrics
from airflow_provider_paxos.observability.spans import SUBMIT, span
from airflow_provider_paxos.receipts import receipt_of, receipt_of_failure
from airflow_provider_paxos.retries import non_retryable_fails
from airflow_provider_paxos.triggers.events import terminal_id
from airflow_provider_paxos.waiting.watch import Watch


def default_ref_id(task: CreateTask, ti: RuntimeTaskInstanceProtocol) -> str:
    """Return the ref_id of a task whose author gave none.

    :raises AirflowFailException: for an instance of a mapped task, and if the connection cannot work.
    """
    with non_retryable_fails():
        creator = creator_of(ti)
        if creator.map_index is None:
            with PaxosHook(task.paxos_conn_id) as hook:
                creator = creator_of(ti, namespace=hook.ref_id_namespace)
        return derived_ref_id(creator)


class Creation:
    """Runs one attempt of the operator, or what comes after its deferral.

    :param task: the operator.
    :param context: of the task instance.
    """

    def __init__(self, task: CreateTask, context: Context) -> None:
        self.context = context
        self._task = task
        self._metrics = PaymentMetrics(task.paxos_conn_id, context["ti"].dag_id)
        self._in_progress: str | None = None
        self._settlement: Settlement | None = None

    def execute(self, answer: Mapping[str, Any] | None = None) -> str:
        """Submit the orchestration, and wait until it is terminal if the author asked for that.

        A deferrable task that is throttled defers until that is over, and is executed again.

        :param answer: a person's, if the task resumes after it asked for an approval.
        :returns: the orchestration's id.
        :raises AirflowFailException: for a non-retryable error.
        :raises PaxosError: for a retryable one, of the class of its cause.
        """
        task = self._task
        with non_retryable_fails(), back_when_there_is_room(task), PaxosHook(task.paxos_conn_id) as hook:
            require_outlets(task, self.context)
            leave_dashboard(task, self.context, hook)
            with CutFrames(HoldsSecret):
                adoption = self._without_secrets(hook)
            request = adoption.request
            payment = Payment(request.ref_id, request, adoption.creator, duplicates_meant(self._task.duplicate_of_ok))
            approved = given_approval(task, self.context, hook, [payment], answer)
            self._look_ahead(hook, adoption, payment, approved)
            submission = self._submit(hook, adoption)
            orchestration = submission.orchestration
            self._in_progress = f"{orchestration.id} (ref_id {request.ref_id})"
            log_orchestration(task, orchestration, origin=submission.origin)
            if submission.adopted and submission.relation is not Relation.OWN:
                task.log.warning("This attempt paid nothing: %s", submission.origin)
            origin = {
                "adopted": submission.adopted,
                "creator": submission.other_creator,
                # What another created was not paid by this approval.
                "approval": str(approved) if approved and not submission.other_creator else None,
            }
            self._leave_receipt(orchestration, **origin)
            if not task.wait_for_completion or meaning_of(orchestration.status) is Meaning.COMPLETED:
                self._metrics.ended([orchestration])
                return self._ended(hook, orchestration, adoption)
            if not task.deferrable:
                return self._wait_on_worker(hook, submission, adoption, origin)
        task.log.info("Waiting in the triggerer for orchestration %s", self._in_progress)
        return wait_in_triggerer(
            task,
            ids=[orchestration.id],
            poll_interval=task.poll_interval,
            timeout=task.timeout,
            kwargs={"orchestration_id": orchestration.id, **origin},
        )

    def complete(
        self,
        event: Any,
        orchestration_id: str | None,
        *,
        adopted: bool | None,
        creator: str | None = None,
        approval: str | None = None,
    ) -> str:
        """Read the orchestration afresh that a trigger's event reports as terminal, and compare it again.

        :param orchestration_id: of what was submitted; ``dag.test()`` does not pass it on.
        :param adopted: whether the submit had adopted it, for the receipt.
        :param creator: who had created what was adopted, for the receipt.
        :param approval: who had approved it, for the receipt.
        :returns: the orchestration's id.
        :raises AirflowFailException: for FAILED and REJECTED, and for a non-retryable error.
        :raises PaxosError: for a retryable one.
        """
        accepted = after_submit(Acceptance.ACCEPTED)
        with non_retryable_fails(), accepted, PaxosHook(self._task.paxos_conn_id) as hook:
            terminal = terminal_id(event, expected=orchestration_id)
            self._in_progress = f"{terminal} (ref_id {self._task.ref_id})"
            adoption = self._adoption(hook)
            origin = {"adopted": adopted, "creator": creator, "approval": approval}
            return self._conclude(hook, hook.get_orchestration(terminal), adoption, **origin)

    def resume(self, resume: Callable[[], Any]) -> Any:
        """Resume after the triggerer's wait.

        :param resume: Airflow's own way to resume.
        :raises StillInProgress: if the wait has timed out.
        :raises WaitAborted: if the trigger failed.
        """
        return resumed(resume, at_timeout=self._time_out)

    def on_kill(self) -> None:
        """Log what is known of the money. It runs in a signal handler, at any moment."""
        if self._in_progress:
            stopped = no_longer_waiting(f"orchestration {self._in_progress}")
            self._task.log.warning("%s The next attempt adopts it.", stopped)
        else:
            self._task.log.warning(
                "Stopped while submitting ref_id %s: whether Paxos accepted it is unknown. The next attempt finds out; "
                "the same ref_id is never paid twice.",
                self._task.ref_id,
            )

    def _adoption(self, hook: PaxosHook) -> Adoption:
        creator = creator_of(self.context["ti"], namespace=hook.ref_id_namespace)
        metadata = stamped(self._task.metadata, creator)
        request = checked_request({**self._task.api_fields(), "metadata": metadata})
        return Adoption(request, creator, Adopt(self._task.adopt))

    def _without_secrets(self, hook: PaxosHook) -> Adoption:
        # Before the submit, which leaves the requested values in a receipt if it is refused.
        adoption = self._adoption(hook)
        hook.allowance.own_secrets.require_absent(adoption.request)
        return adoption

    def _look_ahead(self, hook: PaxosHook, adoption: Adoption, payment: Payment, approved: Approved | None) -> None:
        plan, refusal = preflight(self._task, hook, [payment])
        if refusal:
            self._leave_receipt_of_error(adoption, refusal)
            raise refusal
        if plan:
            require_approval(self._task, self.context, plan, approved)

    def _submit(self, hook: PaxosHook, adoption: Adoption) -> Submission:
        client, until_stopped = hook.get_conn(), UntilStopped(lambda: self._task.stopped)
        request = adoption.request
        submit = client.orchestrations.submit(request, creator=adoption.creator, adopt=adoption.adopt)
        try:
            with span(SUBMIT, conn_id=self._task.paxos_conn_id, payments=1):
                submission = client.run(until_stopped.run(submit))
        except PaxosError as error:
            self._metrics.submitted([(request, error)])
            if isinstance(error, OrchestrationUnsuccessful) and error.orchestration:
                self._metrics.ended([error.orchestration])
            self._leave_receipt_of_error(adoption, error)
            raise
        except BaseException:
            # Airflow's signal handlers raise here: the end of ``execution_timeout``, above all.
            self._leave_receipt_of_error(adoption, interrupted(request, posted=until_stopped.posted))
            raise
        self._metrics.submitted([(request, submission)])
        return submission

    def _leave_receipt_of_error(self, adoption: Adoption, error: PaxosError) -> None:
        try:
            leave(self._task, self.context, receipt_of_failure(adoption.request, error))
        except Exception as refusal:  # noqa: BLE001 - Airflow may refuse it to a task that was stopped
            self._task.log.warning("The receipt of the payment could not be left: %s", refusal)

    def _wait_on_worker(
        self, hook: PaxosHook, submission: Submission, adoption: Adoption, origin: Mapping[str, Any]
    ) -> str:
        watch = Watch(ids=[submission.orchestration.id])
        poll = wait_on_worker(self._task, hook, watch)
        if not watch.done:
            raise StillInProgress(
                f"orchestration {self._in_progress} reached no terminal status within {self._task.timeout:.0f} s."
            )
        orchestration = next(each for each in poll.found if each.id == watch.terminal[0].id)
        return self._conclude(hook, orchestration, adoption, **origin)

    def _time_out(self) -> str:
        # As on a worker, the last read comes at the deadline: the trigger may have been between two polls.
        receipts = [receipt for receipt in left_by(self._task, self.context) if "id" in receipt]
        if receipts:
            origin = {name: receipts[0].get(name) for name in ("adopted", "creator", "approval")}
            accepted = after_submit(Acceptance.ACCEPTED)
            with non_retryable_fails(), accepted, PaxosHook(self._task.paxos_conn_id) as hook:
                orchestration = hook.get_orchestration(receipts[0]["id"])
                if meaning_of(orchestration.status) is not Meaning.IN_PROGRESS:
                    return self._conclude(hook, orchestration, self._adoption(hook), **origin)
        subject = Subject("Orchestration", self._task.ref_id, receipts[0]["id"] if receipts else None)
        raise StillInProgress("it reached no terminal status in time.", subject=subject)

    def _conclude(self, hook: PaxosHook, orchestration: Orchestration, adoption: Adoption, **origin: Any) -> str:
        # The author may have changed the payment during the wait.
        adoption.require_same(orchestration)
        self._leave_receipt(orchestration, **origin)
        log_orchestration(self._task, orchestration)
        self._metrics.ended([orchestration])
        return self._ended(hook, require_completed(orchestration), adoption)

    def _ended(self, hook: PaxosHook, orchestration: Orchestration, adoption: Adoption) -> str:
        payment = adoption.request, orchestration.status or "UNKNOWN"
        self._settlement = Settlement(hook.get_conn().settings.environment, [payment])
        announce(self._task, self.context, self._settlement)
        return orchestration.id

    def lineage(self) -> Any:
        """Return the lineage of what this attempt has seen settled, as OpenLineage takes it; None if nothing was."""
        return lineage_of(self._settlement) if self._settlement else None

    def _leave_receipt(self, orchestration: Orchestration, **origin: Any) -> None:
        leave(self._task, self.context, receipt_of(orchestration, ref_id=self._task.ref_id, **origin))
