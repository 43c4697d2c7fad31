"""Save blockchain addresses as rows describe them, and wait for approval: ``EnsureCryptoDestinationsOperator``.

The rows hold what is known of persons. They are sealed as soon as they are there, read anew after a deferral, and no
value of travel rule data and no nickname is logged, returned or kept.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from traceback import extract_tb
from typing import Any

from airflow.sdk import Context

from airflow_provider_paxos.api.crypto_destinations import Ensured
from airflow_provider_paxos.api.errors import InvalidRequest, PaxosError, quoted
from airflow_provider_paxos.api.saved_addresses import (
    CryptoDestinationAddress,
    CryptoDestinationAddressRequest,
    checked_destinations,
)
from airflow_provider_paxos.api.secrecy import CutFrames, Secret
from airflow_provider_paxos.api.stopping import UntilStopped
from airflow_provider_paxos.execution.given_destinations import checked_given_destinations
from airflow_provider_paxos.execution.task import EnsureDestinationsTask
from airflow_provider_paxos.execution.wait import resumed
from airflow_provider_paxos.hooks.paxos import PaxosHook
from airflow_provider_paxos.retries import non_retryable_fails
from airflow_provider_paxos.triggers.crypto_destination import CryptoDestinationTrigger
from airflow_provider_paxos.triggers.events import require_decided
from airflow_provider_paxos.version_compat import AirflowFailException, AirflowSkipException
from airflow_provider_paxos.waiting.destination_watch import (
    DestinationWatch,
    is_decided,
    name_of,
    not_approved_in_time,
    require_not_rejected,
)
from airflow_provider_paxos.waiting.watch import ends_waiting
from airflow_provider_paxos.xcom import packed

POLL_SECONDS = 60.0
"""From one poll to the next, unless the author gives an interval: people approve addresses."""

_SHOWN = 20

Records = list[dict[str, Any]] | dict[str, Any]
"""The task's result: a record for each row, as ``xcom.packed`` stores them."""


class EnsuringDestinations:
    """Runs one attempt of the operator, or what comes after its deferral.

    :param task: the operator.
    :param context: of the task instance.
    """

    def __init__(self, task: EnsureDestinationsTask, context: Context) -> None:
        self.context = context
        self._task = task

    def execute(self) -> Records:
        """Put what differs, and wait until all addresses are approved if the author asked for that.

        :returns: a record for each row.
        :raises AirflowFailException: for wrong rows, a REJECTED address, and another non-retryable error.
        :raises PaxosError: for a retryable one.
        """
        task = self._task
        with non_retryable_fails(), PaxosHook(task.paxos_conn_id) as hook:
            requests = self._requests()
            ensured = self._ensure(hook, requests)
            pending = _pending(ensured) if task.wait_for_approval else []
            if pending and not task.deferrable:
                self._wait_on_worker(hook, pending)
                ensured = self._ensure(hook, requests)
                if pending := _pending(ensured):
                    raise not_approved_in_time(pending)
            if not pending:
                return _records(ensured)
        task.log.info("Waiting in the triggerer until Paxos has decided on %s addresses", f"{len(pending):,}")
        return task.defer(
            trigger=CryptoDestinationTrigger(
                paxos_conn_id=task.paxos_conn_id,
                address_ids=[address.id for address in pending],
                poll_interval=task.poll_interval or POLL_SECONDS,
            ),
            method_name="execute_complete",
            timeout=None if task.timeout is None else timedelta(seconds=task.timeout),
        )

    def complete(self, event: Any) -> Records:
        """Read all addresses afresh, once the trigger reports that Paxos has decided on them.

        :returns: a record for each row.
        """
        require_decided(event)
        return self.execute()

    def resume(self, resume: Callable[[], Any]) -> Any:
        """Resume after the triggerer's wait.

        :param resume: Airflow's own way to resume.
        :raises DestinationPending: if the wait has timed out.
        :raises WaitAborted: if the trigger failed.
        """
        return resumed(resume, at_timeout=self._time_out)

    def _requests(self) -> Secret[list[CryptoDestinationAddressRequest]]:
        checked = checked_given_destinations if self._task.rows_are_given else checked_destinations
        with CutFrames(InvalidRequest):
            return Secret(checked(self._rows().reveal()))

    def _rows(self) -> Secret[Any]:
        try:
            return Secret(self._task.read_rows())
        except (AirflowFailException, AirflowSkipException):
            raise
        except Exception as error:  # noqa: BLE001 - whatever it raises may quote what it has read
            where = extract_tb(error.__traceback__)[-1]
            what = f"{type(error).__name__} in {Path(where.filename).name}, line {where.lineno}"
        raise RuntimeError(
            f"The callable of destinations raised {what}. Its words are not shown, since they may hold personal data. "
            "No address was changed; a retry calls it again."
        )

    def _ensure(self, hook: PaxosHook, requests: Secret[list[CryptoDestinationAddressRequest]]) -> list[Ensured]:
        client, until_stopped = hook.get_conn(), UntilStopped(lambda: self._task.stopped)
        results = client.run(until_stopped.run(client.crypto_destinations.ensure(requests.reveal())))
        ensured = {row: each for row, each in enumerate(results, 1) if isinstance(each, Ensured)}
        errors = {row: each for row, each in enumerate(results, 1) if isinstance(each, PaxosError)}
        self._log(ensured, len(results))
        for row, error in list(errors.items())[:_SHOWN]:
            self._task.log.error("Row %s: %s", row, error)
        if errors:
            raise next(iter(errors.values()))
        require_not_rejected(each.saved for each in ensured.values())
        return list(ensured.values())

    def _log(self, ensured: Mapping[int, Ensured], rows: int) -> None:
        """Log what has become of each row: names of fields, never a value of one."""
        log = self._task.log
        changed = {row: each for row, each in ensured.items() if each.change != "unchanged"}
        log.info("Addresses saved as described: %s of %s, of which %s changed", len(ensured), rows, len(changed))
        for row, each in list(changed.items())[:_SHOWN]:
            fields = f" ({', '.join(each.changed)})" if each.changed else ""
            log.info(
                "Row %s: address %s is %s%s: %s",
                row,
                name_of(each.saved),
                each.change,
                fields,
                quoted(each.saved.status),
            )
        differing = {row: each for row, each in ensured.items() if each.differing}
        for row, each in list(differing.items())[:_SHOWN]:
            log.warning("Row %s: Paxos returns other values than were sent: %s", row, ", ".join(each.differing))
        lacking = {row: each.saved for row, each in ensured.items() if each.saved.missing_travel_rule_data}
        for row, saved in list(lacking.items())[:_SHOWN]:
            names = ", ".join(saved.missing_travel_rule_data)
            log.warning(
                "Row %s: address %s lacks %s. From 2026-11-30 Paxos refuses payments of 3,000 USD and more to it",
                row,
                name_of(saved),
                names,
            )

    def _wait_on_worker(self, hook: PaxosHook, pending: Sequence[CryptoDestinationAddress]) -> None:
        task = self._task
        watch = DestinationWatch(address.id for address in pending)
        deadline = math.inf if task.timeout is None else time.monotonic() + task.timeout
        while watch.undecided:
            if (left := deadline - time.monotonic()) <= 0:
                raise not_approved_in_time(pending)
            time.sleep(min(task.poll_interval or POLL_SECONDS, left))
            try:
                found = hook.read_crypto_destinations(ids=watch.undecided)
            except PaxosError as error:
                if ends_waiting(error):
                    raise
                task.log.warning("Transient error while polling; will retry: %s", error)
                continue
            for line in watch.observe(found):
                task.log.info(line)

    def _time_out(self) -> Records:
        with non_retryable_fails(), PaxosHook(self._task.paxos_conn_id) as hook:
            ensured = self._ensure(hook, self._requests())
        if pending := _pending(ensured):
            raise not_approved_in_time(pending)
        return _records(ensured)


def _pending(ensured: Sequence[Ensured]) -> list[CryptoDestinationAddress]:
    return [each.saved for each in ensured if not is_decided(each.saved)]


def _records(ensured: Sequence[Ensured]) -> Records:
    return packed(
        [
            {
                "id": each.saved.id,
                "crypto_network": each.saved.crypto_network,
                "address": each.saved.address,
                "identity_id": each.saved.identity_id,
                "status": each.saved.status,
                "change": each.change,
            }
            for each in ensured
        ]
    )
