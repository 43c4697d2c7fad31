"""The record of an orchestration: the values that lists, sums and filters need, read from its receipt once."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from airflow_provider_paxos.api.repair_chain import REPLACES
from airflow_provider_paxos.ui.classification import (
    Classification,
    ageless_classification,
    is_terminal,
    late_classification,
    usual_time,
)
from airflow_provider_paxos.ui.query import Row
from airflow_provider_paxos.ui.receipt_values import parse_amount, parse_time, text
from airflow_provider_paxos.ui.stored_receipts import ReceiptValues, StoredReceipt
from airflow_provider_paxos.ui.urls import TaskKey

Pair = tuple[str | None, str | None]
"""Of the source and of the destination."""

ORIGIN = ("adopted", "creator", "approval")
"""Values of a receipt that say where its task has the orchestration from."""


@dataclass(frozen=True, slots=True)
class DifferingReceipt:
    """The newest receipt of another Dag, which shows other values of the same orchestration.

    :param names: of the values that differ.
    """

    receipt: dict[str, Any]
    task: TaskKey
    read_at: datetime
    names: tuple[str, ...]


class Reference(NamedTuple):
    """Another payment, as a record refers to it."""

    id: str | None
    ref_id: str | None
    label: str


class OrchestrationRecord(Struct, frozen=True, eq=False, gc=False):
    """One orchestration, or one attempt that found none: of one receipt at first, and merged of several then.

    Requests share records. No record leads back to itself, so that the collector of garbage need not visit them.

    :param stored: the newest receipt.
    :param identity: equal for two receipts of the same orchestration, or of the same attempt.
    :param task: holds that receipt.
    :param read_at: when the values of the receipt were read from Paxos.
    :param written_at: when Airflow stored the receipt.
    :param created_at: when it was created or, without such a time in its receipt, last read.
    :param ended_at: when it reached its terminal status; None before.
    :param late_at: when it is unusually long in progress; None if it is not in progress.
    :param amount: of the source asset; None if it is not readable.
    :param pays_again: the ref_id of the payment that this one replaces, as it says itself.
    :param changes: values of other receipts that count beside the newest one's; None takes one away.
    :param other_tasks: hold other receipts of the same orchestration.
    :param origins: of each task that submitted it: whether it adopted the orchestration, and whose.
    :param differing: the newest receipts of other Dags that show other values.
    :param merged: records of all its receipts, if there are several.
    :param beside: tasks that hold a receipt of another payment under the same ref_id.
    :param replaces: the unsuccessful one that this one pays again.
    :param replaced_by: the one that pays this one again.
    """

    stored: StoredReceipt
    identity: Hashable
    id: str | None
    ref_id: str | None
    task: TaskKey
    read_at: datetime
    written_at: datetime
    created_at: datetime
    ended_at: datetime | None
    late_at: datetime | None
    classification: Classification
    amount: Decimal | None
    assets: Pair
    profiles: Pair
    pays_again: str | None
    changes: Mapping[str, Any] | None = None
    other_tasks: tuple[TaskKey, ...] = ()
    origins: Mapping[TaskKey, dict[str, Any]] | None = None
    differing: tuple[DifferingReceipt, ...] = ()
    merged: tuple[OrchestrationRecord, ...] = ()
    beside: tuple[TaskKey, ...] = ()
    replaces: Reference | None = None
    replaced_by: Reference | None = None

    @property
    def receipt(self) -> dict[str, Any]:
        """The newest receipt, decoded anew each time, with what other receipts add to it."""
        receipt = self.stored.decoded()
        if self.changes:
            receipt = {name: value for name, value in {**receipt, **self.changes}.items() if value is not None}
        return receipt

    @property
    def found(self) -> tuple[OrchestrationRecord, ...]:
        """Records of all its receipts, the newest first."""
        return self.merged or (self,)

    @property
    def tasks(self) -> tuple[TaskKey, ...]:
        """All tasks that hold a receipt of it."""
        return (self.task, *self.other_tasks)

    def as_of(self, now: datetime) -> OrchestrationRecord:
        """Return the record with the classification that its age gives it."""
        if self.late_at is None or now <= self.late_at:
            return self
        return replace(self, classification=late_classification(self.classification), late_at=None)

    def of(self, is_own: Callable[[TaskKey], bool]) -> OrchestrationRecord:
        """Return the record with the origin that it has for some of its tasks: one creates what a later one adopts.

        :param is_own: selects those tasks. If none of them submitted the orchestration, the newest origin stays.
        """
        origin = next((each for task, each in (self.origins or {}).items() if is_own(task)), None)
        if origin is None:
            return self
        return replace(self, changes={**(self.changes or {}), **dict.fromkeys(ORIGIN), **origin})


def record_of(
    stored: StoredReceipt,
    row: Row,
    values: ReceiptValues,
    *,
    read_at: datetime | None = None,
    changes: Mapping[str, Any] | None = None,
) -> OrchestrationRecord:
    """Return the record of one receipt, without regard to its age.

    :param stored: the receipt as it is kept.
    :param row: the XCom that holds it.
    :param values: of the receipt, with the changes.
    :param read_at: when it was read; by default as it says itself.
    :param changes: values that count beside the receipt's.
    """
    if read_at is None:
        # A clock that runs ahead, or a forged time, would keep a receipt the newest for ever.
        read_at = _until(row.written_at, values.read_at)
    created_at = _until(read_at, values.created_at)
    classification = ageless_classification(values.status, values.acceptance, values.error)
    orchestration_id = text(values.id)
    metadata = values.metadata
    replaced = metadata.get(REPLACES) if orchestration_id and isinstance(metadata, dict) else None
    return OrchestrationRecord(
        stored,
        orchestration_id or _attempt(values),
        orchestration_id,
        text(values.ref_id),
        row.task,
        read_at,
        row.written_at,
        created_at,
        _until(read_at, values.updated_at) if is_terminal(classification.status) else None,
        created_at + usual_time(values.destination) if classification.group == "in_progress" else None,
        classification,
        parse_amount(values.source_amount),
        _shared(text(values.source_asset, longest=100), text(values.destination_asset, longest=100)),
        _shared(_profile(values.source), _profile(values.destination)),
        replaced if isinstance(replaced, str) and replaced != values.ref_id else None,
        changes,
    )


def _attempt(values: ReceiptValues) -> Hashable:
    """Return what two receipts of the same attempt have in common."""
    asked_for = (values.ref_id, values.source_amount, values.source_asset, values.destination_asset)
    return tuple(map(str, asked_for))


def _until(latest: datetime, value: object) -> datetime:
    """Return a time, or the latest that it can be."""
    time = parse_time(value)
    return latest if time is None or time > latest else time


@lru_cache(maxsize=1000)
def _shared(source: str | None, destination: str | None) -> Pair:
    """Return a pair, which many records share."""
    return source, destination


def _profile(end: object) -> str | None:
    details = end.get("profile") if isinstance(end, dict) else None
    return text(details.get("profile_id"), longest=100) if isinstance(details, dict) else None
