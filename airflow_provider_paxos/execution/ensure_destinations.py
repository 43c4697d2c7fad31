"""Save blockchain addresses as rows describe them, and wait for approval: ``EnsureCryptoDestinationsOperator``.

The rows hold what is known of persons. They are sealed as soon as they are there, read anew after a deferral, and no
value of travel rule data and no nickname is logged, returned or kept.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from traceback import extract_tb
from typing import Any

from airflow.triggers.base import BaseTrigger

from airflow_provider_paxos.api.crypto_destinations import Ensured
from airflow_provider_paxos.api.errors import InvalidRequest, PaxosError, quoted
from airflow_provider_paxos.api.saved_addresses import (
    CryptoDestinationAddress,
    CryptoDestinationAddressRequest,
    checked_destinations,
)
from airflow_provider_paxos.api.secrecy import CutFrames, Secret
from airflow_provider_paxos.execution.ensure import SHOWN, Ensuring, Records
from airflow_provider_paxos.execution.given_destinations import checked_given_destinations
from airflow_provider_paxos.execution.task import EnsureDestinationsTask
from airflow_provider_paxos.hooks.paxos import PaxosHook
from airflow_provider_paxos.triggers.crypto_destination import CryptoDestinationTrigger
from airflow_provider_paxos.version_compat import AirflowFailException, AirflowSkipException
from airflow_provider_paxos.waiting.destination_watch import (
    DestinationWatch,
    is_decided,
    name_of,
    not_approved_in_time,
    require_not_rejected,
)
from airflow_provider_paxos.xcom import packed


class EnsuringDestinations(Ensuring[Ensured]):
    """Runs one attempt of ``EnsureCryptoDestinationsOperator``, or what comes after its deferral."""

    nouns = "addresses"
    _task: EnsureDestinationsTask

    def _asked(self) -> Secret[list[CryptoDestinationAddressRequest]]:
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

    def _ensure(self, hook: PaxosHook, asked: Secret[list[CryptoDestinationAddressRequest]]) -> list[Ensured]:
        results = self._run(hook, hook.get_conn().crypto_destinations.ensure(asked.reveal()))
        ensured = {row: each for row, each in enumerate(results, 1) if isinstance(each, Ensured)}
        errors = {row: each for row, each in enumerate(results, 1) if isinstance(each, PaxosError)}
        self._log(ensured, len(results))
        # All of them: a task that fails returns no record.
        for row, error in errors.items():
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
        for row, each in list(changed.items())[:SHOWN]:
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
        for row, each in list(differing.items())[:SHOWN]:
            log.warning("Row %s: Paxos returns other values than were sent: %s", row, ", ".join(each.differing))
        # All of them: Paxos refuses payments to each, and no record says so.
        for row, each in ensured.items():
            if missing := each.saved.missing_travel_rule_data:
                log.warning(
                    "Row %s: address %s lacks %s. From 2026-11-30 Paxos refuses payments of 3,000 USD and more to it",
                    row,
                    name_of(each.saved),
                    ", ".join(missing),
                )

    def _pending(self, ensured: Sequence[Ensured]) -> list[CryptoDestinationAddress]:
        if not self._task.wait_for_approval:
            return []
        return [each.saved for each in ensured if not is_decided(each.saved)]

    def _watch(self, ids: Sequence[str]) -> DestinationWatch:
        return DestinationWatch(ids)

    def _read(self, hook: PaxosHook, ids: Sequence[str]) -> list[CryptoDestinationAddress]:
        return hook.read_crypto_destinations(ids=ids)

    def _trigger(self, ids: Sequence[str], poll_interval: float) -> BaseTrigger:
        return CryptoDestinationTrigger(paxos_conn_id=self._task.paxos_conn_id, ids=ids, poll_interval=poll_interval)

    def _not_in_time(self, pending: Sequence[CryptoDestinationAddress]) -> PaxosError:
        return not_approved_in_time(pending)

    def _conclude(self, hook: PaxosHook, asked: Secret[Any], ensured: Sequence[Ensured]) -> Records:  # noqa: ARG002
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
