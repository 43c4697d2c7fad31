"""What the tab of a task shows beyond the list: the time line, the advice, and every field."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import ValidationError

from airflow_provider_paxos.api.errors import OrchestrationUnsuccessful, StillInProgress
from airflow_provider_paxos.api.models import Orchestration
from airflow_provider_paxos.api.statuses import require_not_failed
from airflow_provider_paxos.ui.merging import Entry
from airflow_provider_paxos.ui.shapes import Event, Field
from airflow_provider_paxos.ui.standing import is_ended
from airflow_provider_paxos.ui.values import leaves, text, told

_APPROVAL = "Paxos has accepted it and awaits an approval: it goes on, or ends REJECTED, once somebody decides there."

_TRANSFER_STATES: dict[str | None, Literal["done", "in_progress", "failed", "waiting"]] = {
    "COMPLETED": "done",
    "PROCESSING": "in_progress",
    "PENDING": "waiting",
    "FAILED": "failed",
}


def timeline(entry: Entry) -> list[Event]:
    """Return created, source transfer, destination transfer and end; nothing without an orchestration."""
    receipt = entry.receipt
    if not text(receipt.get("id")):
        return []
    created = told(receipt.get("created_at"))
    return [
        Event(
            name="created", label="Created", state="done" if created else "unknown", at=created, detail=_origin(receipt)
        ),
        _transfer(entry, "source", "Source transfer"),
        _transfer(entry, "destination", "Destination transfer"),
        _end(entry),
    ]


def advice(entry: Entry) -> str | None:
    """Return what it means and what can be done: the text of the error that the task ended with, or would."""
    if entry.standing.concern == "approval":
        return _APPROVAL
    if entry.standing.group != "settled" and not is_ended(entry.standing.status):
        return StillInProgress.advice
    try:
        require_not_failed(Orchestration.model_validate(entry.receipt))
    except OrchestrationUnsuccessful as ended:
        return str(ended)
    except ValidationError:
        # An attempt without an orchestration, whose reason is the error's own text; or odd data.
        return OrchestrationUnsuccessful.advice if entry.standing.concern in ("failed", "rejected") else None
    return None


def fields(entry: Entry) -> list[Field]:
    """Return all values of the receipt, under the API's names."""
    return [Field(name=name, value=value) for name, value in leaves(entry.receipt)]


def _origin(receipt: Mapping[str, Any]) -> str | None:
    adopted = receipt.get("adopted")
    if not isinstance(adopted, bool):
        return None
    # It may have been learnt from another task's receipt.
    return "adopted: an earlier attempt had created it; nothing was paid again" if adopted else "created, not adopted"


def _transfer(entry: Entry, name: Literal["source", "destination"], label: str) -> Event:
    transfer = entry.receipt.get(f"{name}_transfer")
    told_of = transfer if isinstance(transfer, dict) else {}
    status, transfer_id = text(told_of.get("status"), longest=100), text(told_of.get("transfer_id"), longest=100)
    detail = ", ".join(part for part in (status, transfer_id and f"transfer {transfer_id}") if part)
    state = _TRANSFER_STATES.get(status, "unknown")
    if not status and not is_ended(entry.standing.status):
        state = "waiting"
    return Event(name=name, label=label, state=state, at=None, detail=detail or None)


def _end(entry: Entry) -> Event:
    status = entry.standing.status
    if not is_ended(status):
        return Event(name="end", label="End", state="waiting", at=None, detail=status)
    at = told(entry.receipt.get("updated_at"))
    return Event(name="end", label="End", state="done" if status == "COMPLETED" else "failed", at=at, detail=status)
