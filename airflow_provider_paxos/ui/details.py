"""Details of a payment, for its page and the tab of a task: the time line, the explanation, and every field."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from airflow_provider_paxos.api.errors import Acceptance, OrchestrationUnsuccessful, StillInProgress
from airflow_provider_paxos.api.statuses import Meaning, consequence_of, meaning_of
from airflow_provider_paxos.ui.classification import is_terminal
from airflow_provider_paxos.ui.receipt_values import failure_reason, flattened, text, time_text
from airflow_provider_paxos.ui.record import OrchestrationRecord
from airflow_provider_paxos.ui.shapes import Explanation, ReceiptField, TimelineEvent

_ACCEPTANCES = {
    "accepted": Acceptance.ACCEPTED.value,
    "refused": Acceptance.REFUSED.value,
    "not_sent": Acceptance.NOT_SENT.value,
    "unknown": Acceptance.UNKNOWN.value,
}

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


def explanation(record: OrchestrationRecord) -> Explanation | None:
    """Return what the state means, in the words of the errors that a task fails with; None of what is settled."""
    status, group, concern, label = record.classification
    if concern == "differs":
        return Explanation(
            happened="The receipts of two Dags contradict each other.",
            money="One of them shows what is not so. The account at Paxos is authoritative.",
            advice="Compare the receipts below with the orchestration at Paxos.",
        )
    if group == "settled":
        return None
    if concern == "error":
        return _of_attempt(record.receipt, label)
    if consequence := consequence_of(status):
        reason = failure_reason(record.receipt) or "Paxos gave no reason"
        return Explanation(
            happened=f"The orchestration is {status}: {reason.rstrip('.')}.",
            money=f"{Acceptance.ACCEPTED.value} {consequence}",
            advice=None if group == "repaired" else _advice_on_repair(record),
        )
    if concern == "approval":
        return Explanation(
            happened="Paxos has accepted it and awaits an approval.",
            money="It proceeds when somebody approves it at Paxos, and becomes REJECTED when somebody refuses.",
            advice="Approve or refuse it at Paxos. The task waits meanwhile.",
        )
    return Explanation(happened=f"{label}.", money=Acceptance.ACCEPTED.value, advice=StillInProgress.advice)


def _advice_on_repair(record: OrchestrationRecord) -> str:
    """Return what to do about an unsuccessful one: nothing here, once another one pays it again."""
    by = record.replaced_by
    if by is None:
        return OrchestrationUnsuccessful.advice
    return f"Another orchestration (ref_id {by.ref_id}) pays it again, and is what counts: {by.label.lower()}."


def _of_attempt(receipt: Mapping[str, Any], label: str) -> Explanation:
    """Return the three parts of an error's text, which says what is known of the money in one fixed sentence."""
    error = text(receipt.get("error"), longest=2000) or label
    for acceptance in Acceptance:
        happened, sentence, advice = error.partition(acceptance.value) if acceptance.value else ("", "", "")
        if sentence:
            return Explanation(happened=happened.strip() or label, money=sentence, advice=advice.strip() or None)
    return Explanation(happened=error, money=_ACCEPTANCES.get(text(receipt.get("acceptance")) or ""), advice=None)


def fields(record: OrchestrationRecord) -> list[ReceiptField]:
    """Return all values of the receipt, under the API's names."""
    return [ReceiptField(name=name, value=value) for name, value in flattened(record.receipt)]


def _origin(receipt: Mapping[str, Any]) -> str | None:
    adopted = receipt.get("adopted")
    if not isinstance(adopted, bool):
        return None
    # The value may come from another task's receipt: "by this attempt" could be wrong.
    approval = text(receipt.get("approval"), longest=300)
    approved = f"; plan {approval}" if approval else ""
    if not adopted:
        return f"created, not adopted{approved}"
    creator = text(receipt.get("creator"), longest=300)
    by = {None: "an earlier attempt had created it", "unknown": "its creator is unknown"}.get(creator)
    return f"adopted: {by or f'created by {creator}'}; nothing was paid again{approved}"


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
