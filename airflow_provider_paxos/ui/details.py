"""Details of an orchestration, for the tab of a task: the time line, the advice, and every field."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import ValidationError

from airflow_provider_paxos.api.errors import OrchestrationUnsuccessful, StillInProgress
from airflow_provider_paxos.api.models import Orchestration
from airflow_provider_paxos.api.statuses import Meaning, meaning_of, require_not_failed
from airflow_provider_paxos.ui.classification import is_terminal
from airflow_provider_paxos.ui.merge import OrchestrationRecord
from airflow_provider_paxos.ui.receipt_values import flattened, text, time_text
from airflow_provider_paxos.ui.shapes import ReceiptField, TimelineEvent

_APPROVAL = (
    "Paxos has accepted it and awaits an approval: it proceeds when somebody approves it there, and becomes REJECTED "
    "when somebody refuses."
)

# A transfer has statuses of its own, which Paxos does not list.
_TRANSFER_STATES: dict[str | None, Literal["done", "in_progress", "failed", "waiting"]] = {
    "COMPLETED": "done",
    "PROCESSING": "in_progress",
    "PENDING": "waiting",
    "FAILED": "failed",
}


def timeline(record: OrchestrationRecord) -> list[TimelineEvent]:
    """Return created, source transfer, destination transfer and end; nothing without an orchestration."""
    receipt = record.receipt
    if not text(receipt.get("id")):
        return []
    created_at = time_text(receipt.get("created_at"))
    return [
        TimelineEvent(
            name="created",
            label="Created",
            state="done" if created_at else "unknown",
            at=created_at,
            detail=_origin(receipt),
        ),
        _transfer(record, "source", "Source transfer"),
        _transfer(record, "destination", "Destination transfer"),
        _end(record),
    ]


def advice(record: OrchestrationRecord) -> str | None:
    """Return what the state means and what can be done: the text of the error that fails the task."""
    if record.classification.concern == "approval":
        return _APPROVAL
    if record.classification.group != "settled" and not is_terminal(record.classification.status):
        return StillInProgress.advice
    try:
        require_not_failed(Orchestration.model_validate(record.receipt))
    except OrchestrationUnsuccessful as error:
        return str(error)
    except ValidationError:
        # An attempt without an orchestration, whose reason is the error's own text; or odd data.
        return OrchestrationUnsuccessful.advice if record.classification.concern in ("failed", "rejected") else None
    return None


def fields(record: OrchestrationRecord) -> list[ReceiptField]:
    """Return all values of the receipt, under the API's names."""
    return [ReceiptField(name=name, value=value) for name, value in flattened(record.receipt)]


def _origin(receipt: Mapping[str, Any]) -> str | None:
    adopted = receipt.get("adopted")
    if not isinstance(adopted, bool):
        return None
    # The value may come from another task's receipt: "by this attempt" could be wrong.
    if not adopted:
        return "created, not adopted"
    creator = text(receipt.get("creator"), longest=300)
    by = {None: "an earlier attempt had created it", "unknown": "its creator is unknown"}.get(creator)
    return f"adopted: {by or f'created by {creator}'}; nothing was paid again"


def _transfer(record: OrchestrationRecord, name: Literal["source", "destination"], label: str) -> TimelineEvent:
    value = record.receipt.get(f"{name}_transfer")
    transfer = value if isinstance(value, dict) else {}
    status, transfer_id = text(transfer.get("status"), longest=100), text(transfer.get("transfer_id"), longest=100)
    detail = ", ".join(part for part in (status, transfer_id and f"transfer {transfer_id}") if part)
    state = _TRANSFER_STATES.get(status, "unknown")
    if not status and not is_terminal(record.classification.status):
        state = "waiting"
    return TimelineEvent(name=name, label=label, state=state, at=None, detail=detail or None)


def _end(record: OrchestrationRecord) -> TimelineEvent:
    status = record.classification.status
    if not is_terminal(status):
        return TimelineEvent(name="end", label="End", state="waiting", at=None, detail=status)
    state: Literal["done", "failed"] = "done" if meaning_of(status) is Meaning.COMPLETED else "failed"
    return TimelineEvent(
        name="end", label="End", state=state, at=time_text(record.receipt.get("updated_at")), detail=status
    )
