"""CreateOrchestrationBatchOperator: submits many orchestrations as one task, each of them once."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar, Literal, NoReturn

from airflow.sdk import BaseOperator

from airflow_provider_paxos.airflow_exceptions import AirflowFailException, TaskDeferralError, TaskDeferralTimeout
from airflow_provider_paxos.compact import packed, unpacked
from airflow_provider_paxos.edge import no_vain_retries
from airflow_provider_paxos.links import PaxosReceiptLink
from airflow_provider_paxos.operators.duration import seconds
from airflow_provider_paxos.operators.identity import stamped
from airflow_provider_paxos.operators.leg_ref_id import ref_ids
from airflow_provider_paxos.operators.parse_time import made_by_author, require_valid_legs
from airflow_provider_paxos.receipts import RECEIPT_KEY, receipts_in

if TYPE_CHECKING:
    from airflow.sdk import Context

    from airflow_provider_paxos.batch.legs import Leg
    from airflow_provider_paxos.batch.standings import Standings
    from airflow_provider_paxos.batch.submitting import Submitting
    from airflow_provider_paxos.hooks.paxos import PaxosHook

_POLL_SECONDS = 10.0
"""Between two readings on the worker, unless told otherwise."""


class CreateOrchestrationBatchOperator(BaseOperator):
    """Moves money with many Paxos orchestrations as one task: each leg once, however often the task runs.

    Every leg has a ``key``, which is unique in the batch, and by it a ref_id. The whole batch is checked before any
    money moves: one wrong leg, and none is submitted. Then what earlier attempts have created is looked up, 100 legs a
    request, compared with what is asked for, and adopted; the rest is submitted concurrently, within Paxos' limits. If
    any ref_id belongs to another payment, the batch is refused as a whole. A leg that Paxos refuses stops no other.
    By default the task then waits in the triggerer until all have ended.

    Killed at any moment, the next attempt adopts what was accepted, and submits the rest. A leg that is FAILED or
    REJECTED is never paid again under the same ref_id.

    Returns a record for each leg: ``key``, ``ref_id``, and as far as they are known ``id``, ``status`` and ``reason``;
    the receipts of all legs are in the XCom ``orchestration``. Both are lists up to 500 legs, beyond that in the form
    that ``airflow_provider_paxos.compact.unpacked`` reads. See ``docs/batches.md``.

    :param legs: a list, or what another task returns: mappings of the API's fields (``source_asset``,
        ``destination_asset``, ``source_amount``, ``source``, ``destination``, …) and a ``key``, a string. A template
        that gives the list as text has to give JSON, as in ``"{{ … | tojson }}"``.
    :param defaults: fields of every leg that does not name them itself, such as ``source``.
    :param ref_id: a template that names the ``key``, as in ``"settle-{{ ds }}-{{ key }}"``; ``leg`` is the leg itself.
        By default the ref_id is derived from Dag, run, task, map index and key, which protects within one Dag run. A
        leg that has a ``ref_id`` of its own keeps it.
    :param paxos_conn_id: the id of a connection of type ``paxos``.
    :param wait_for_completion: whether to wait until all orchestrations have ended.
    :param deferrable: whether to wait in the triggerer rather than on the worker.
    :param on_failed_legs: ``"fail"`` fails the task, after all legs have ended, with a table of those that have failed;
        ``"report"`` leaves it to the result to tell.
    :param poll_interval: seconds between two readings of a leg; by default it grows with the leg's age.
    :param timeout: seconds (or a timedelta) until the wait ends with an error; by default it does not. Paxos cannot
        cancel: what was accepted goes on, and a retry adopts it.
    """

    template_fields: Sequence[str] = ("legs", "defaults", "paxos_conn_id")
    template_fields_renderers: ClassVar[dict[str, str]] = {"legs": "json", "defaults": "json"}
    ui_color = "#c4e0d0"
    operator_extra_links = (PaxosReceiptLink(),)

    def __init__(
        self,
        *,
        legs: Any,
        defaults: Mapping[str, Any] | None = None,
        ref_id: str | None = None,
        paxos_conn_id: str = "paxos_default",
        wait_for_completion: bool = True,
        deferrable: bool = True,
        on_failed_legs: Literal["fail", "report"] = "fail",
        poll_interval: timedelta | float | None = None,
        timeout: timedelta | float | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.legs = legs
        self.defaults = defaults
        self.ref_id = ref_id
        self.paxos_conn_id = paxos_conn_id
        self.wait_for_completion = wait_for_completion
        self.deferrable = deferrable
        self.on_failed_legs = on_failed_legs
        self.poll_interval = None if poll_interval is None else seconds("poll_interval", poll_interval)
        self.timeout = None if timeout is None else seconds("timeout", timeout)
        self._submitting: Submitting | None = None
        self._waiting_for = 0
        self._stopped = False
        if on_failed_legs not in ("fail", "report"):
            raise ValueError(f"on_failed_legs is {on_failed_legs!r}; it is 'fail' or 'report'.")
        if ref_id is not None and not (isinstance(ref_id, str) and ("key" in ref_id or "leg" in ref_id)):
            raise ValueError(f"ref_id is {ref_id!r}; it is a template that names the key: 'settle-{{{{ key }}}}'.")
        if made_by_author(self):
            require_valid_legs(legs, defaults)

    def execute(self, context: Context) -> Any:
        """Submit what is missing, and wait for the end of all unless told otherwise.

        :returns: a record for each leg.
        :raises AirflowFailException: for failed legs, and for what no retry mends.
        :raises PaxosError: for what a retry may mend; ``BatchIncomplete`` if some legs were not accepted.
        """
        from airflow_provider_paxos.batch.standings import Standings
        from airflow_provider_paxos.hooks.paxos import PaxosHook

        with no_vain_retries(), PaxosHook(self.paxos_conn_id) as hook:
            standings = Standings(self._checked(context, hook))
            self._adopt(context, hook, standings)
            self._submit(context, hook, standings)
            open_ids = [each.id for each in standings.under_way if each.id]
            if not open_ids or not self.wait_for_completion:
                return self._concluded(context, standings)
            if not self.deferrable:
                return self._wait_here(context, hook, standings, open_ids)
        return self._wait_in_triggerer(standings, open_ids)

    def _checked(self, context: Context, hook: PaxosHook) -> list[Leg]:
        from airflow_provider_paxos.batch.legs import legs_of

        # Without a Dag, as in a test, nothing renders to native objects anyway.
        environment = dag.get_template_env(force_sandboxed=True) if (dag := self.get_dag()) else self.get_template_env()
        return legs_of(
            self.legs,
            defaults=self.defaults,
            ref_id_of=ref_ids(self.ref_id, context, environment),
            metadata_of=lambda metadata, key: stamped(metadata, context["ti"], key),
            allow=hook.require_allowed,
        )

    def _adopt(self, context: Context, hook: PaxosHook, standings: Standings) -> None:
        from airflow_provider_paxos.api.errors import RefIdConflict

        found = hook.read_orchestrations(ref_ids=[each.ref_id for each in standings])
        try:
            adopted = standings.adopt(found)
        except RefIdConflict:
            self._leave_receipts(context, standings)
            raise
        if adopted:
            self.log.info(
                "Adopted %s of %s legs: earlier attempts had created them; none of them is paid again",
                f"{adopted:,}",
                f"{len(standings):,}",
            )

    def _submit(self, context: Context, hook: PaxosHook, standings: Standings) -> None:
        from airflow_provider_paxos.batch.progress import Progress
        from airflow_provider_paxos.batch.submitting import Submitting
        from airflow_provider_paxos.batch.verdict import obstacle

        missing = standings.missing
        if not missing:
            return
        submitting = Submitting(hook.get_concurrent_conn, [each.leg.request for each in missing])
        self._submitting = submitting
        if self._stopped:
            submitting.stop()
        progress = Progress("Submitted", len(missing), self.log.info)
        try:
            submitting.run(lambda: progress.tell(len(submitting.outcomes)))
            progress.say(len(submitting.outcomes))
        finally:
            for position, outcome in submitting.outcomes.items():
                standings.note(missing[position], outcome.result, outcome.at)
            try:
                self._leave_receipts(context, standings)
            except Exception as refusal:  # noqa: BLE001 - Airflow may refuse it to a task that was stopped
                self.log.warning("The receipts of the legs could not be left: %s", refusal)
        ti = context["ti"]
        retries_left = ti.try_number <= (getattr(ti, "max_tries", 0) or 0)
        if error := obstacle(standings, stopped=self._stopped, retries_left=retries_left):
            raise error
        self._submitting = None

    def _wait_here(self, context: Context, hook: PaxosHook, standings: Standings, open_ids: Sequence[str]) -> Any:
        from airflow_provider_paxos.api.waiting import Watch
        from airflow_provider_paxos.hooks.look import look

        watch = Watch(ids=open_ids)
        interval = self.poll_interval or _POLL_SECONDS
        deadline = math.inf if self.timeout is None else time.monotonic() + self.timeout
        while True:
            look(hook, watch, self.log)
            self._waiting_for = len(watch.ids)
            left = deadline - time.monotonic()
            if watch.done or left <= 0:
                break
            time.sleep(min(interval, left))
        standings.update(hook.read_orchestrations(ids=open_ids))
        return self._concluded(context, standings, waited=True)

    def _wait_in_triggerer(self, standings: Standings, open_ids: list[str]) -> NoReturn:
        from airflow_provider_paxos.triggers.orchestration import OrchestrationTrigger

        self.log.info("Waiting in the triggerer for %s of %s legs", f"{len(open_ids):,}", f"{len(standings):,}")
        refusals = [{"ref_id": each.ref_id, "error": each.reason} for each in standings.missing]
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
        """Read all legs afresh, once the triggerer says that all have ended.

        :param waited_for: how many orchestrations the triggerer has waited for; ``dag.test()`` forgets it.
        :param refusals: why other legs were not accepted.
        :returns: a record for each leg.
        """
        from airflow_provider_paxos.api.statuses import Stage, stage
        from airflow_provider_paxos.triggers.orchestration import ended_all

        if waited_for is None:
            left = self._receipts(context)
            waited_for = sum("id" in each and stage(each.get("status")) is Stage.UNDER_WAY for each in left)
        with no_vain_retries():
            ended_all(event, waited_for)
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
        from airflow_provider_paxos.batch.standings import Standings
        from airflow_provider_paxos.hooks.paxos import PaxosHook

        with no_vain_retries(), PaxosHook(self.paxos_conn_id) as hook:
            standings = Standings(self._checked(context, hook))
            standings.remember(refusals)
            standings.remember(self._receipts(context))
            standings.update(hook.read_orchestrations(ref_ids=[each.ref_id for each in standings]))
            # Paxos does not promise that List shows at once what Create has accepted.
            hidden = [each.id for each in standings.missing if each.id]
            standings.update(hook.read_orchestrations(ids=hidden))
            standings.require_accounted_for()
            return self._concluded(context, standings, waited=True)

    def _concluded(self, context: Context, standings: Standings, *, waited: bool = False) -> Any:
        from airflow_provider_paxos.batch.tables import totals
        from airflow_provider_paxos.batch.verdict import failed_legs, still_under_way

        self._leave_receipts(context, standings)
        if not len(standings):
            self.log.info("There are no legs: nothing to submit")
            return []
        self.log.info("Totals of %s legs\n%s", f"{len(standings):,}", totals(standings))
        if waited and standings.under_way:
            raise still_under_way(standings)
        if standings.failed:
            told = failed_legs(standings)
            if self.on_failed_legs == "fail":
                raise AirflowFailException(told)
            self.log.warning("%s", told)
        return packed(standings.records())

    def _leave_receipts(self, context: Context, standings: Standings) -> None:
        if self.do_xcom_push:
            context["ti"].xcom_push(key=RECEIPT_KEY, value=packed(standings.receipts()))

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
                "Stopped while submitting: %s legs were submitted, %s were not, and of %s the outcome is unknown. "
                "Paxos cannot cancel what it has accepted. The next attempt adopts it, and submits the rest; no leg is "
                "paid twice.",
                done,
                left,
                unknown,
            )
        elif self._waiting_for:
            self.log.warning(
                "No longer waiting for %s legs. Paxos cannot cancel them: they go on. The next attempt adopts them.",
                f"{self._waiting_for:,}",
            )
        else:
            self.log.warning("Stopped before this attempt has submitted anything. What exists at Paxos goes on.")
