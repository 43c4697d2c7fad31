"""What a person reads about an orchestration in a task's log."""

from __future__ import annotations

from airflow_provider_paxos.api.errors import quoted
from airflow_provider_paxos.api.models import Orchestration, OrchestrationDestination, OrchestrationSource
from airflow_provider_paxos.api.statuses import amount_of

_ORIGINS = {
    True: "adopted: an earlier attempt had created it; nothing was paid again",
    False: "created by this attempt",
}


def receipt(orchestration: Orchestration, *, adopted: bool | None = None) -> str:
    """Return a receipt of several lines: ref_id, id, amount, from, to, status and its reason.

    :param adopted: after a submit, whether the orchestration was adopted.
    """
    reason = orchestration.fail_reason.detail if orchestration.fail_reason else None
    lines = {
        "ref_id": orchestration.ref_id,
        "id": orchestration.id,
        "amount": amount_of(orchestration),
        "from": _end(orchestration.source),
        "to": _end(orchestration.destination),
        "status": orchestration.status,
    }
    told = [f"  {name:<8}{quoted(value or 'not told')}" for name, value in lines.items()]
    if reason:
        told.append(f"  reason  {quoted(reason)}")
    if adopted is not None:
        told.append(f"  origin  {_ORIGINS[adopted]}")
    return "\n".join(["Paxos orchestration", *told])


def _end(end: OrchestrationSource | OrchestrationDestination | None) -> str | None:
    """Return an end in words: ``fiat bank_account_id fa11…``."""
    if end is None:
        return None
    for rail, details in end.model_dump(exclude_none=True).items():
        if isinstance(details, dict) and details:
            return " ".join([rail, *(f"{name} {value}" for name, value in details.items() if name != "memo")])
    return None
