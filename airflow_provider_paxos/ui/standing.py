"""How an orchestration stands: whether it needs attention, is in progress, or is settled.

A person is needed by what FAILED or was REJECTED, by an attempt that ended with an error and knows of no
orchestration, by what awaits an approval (PENDING), and by what is in progress unusually long: Paxos tells of seconds
for profiles, of up to hours for crypto and of up to days for fiat, so that is more than a day after its creation
where its destination is a profile or a crypto address, and more than three days elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from airflow_provider_paxos.ui.shapes import Concern, Group
from airflow_provider_paxos.ui.values import moment, text

ERROR = "ERROR"
UNKNOWN = "UNKNOWN"

_LONG = timedelta(days=3)
_LONG_BY_RAIL = {"profile": timedelta(days=1), "crypto": timedelta(days=1)}


class Standing(NamedTuple):
    """What a page makes of a receipt."""

    status: str
    group: Group
    concern: Concern | None
    label: str


_BY_STATUS = {
    "COMPLETED": Standing("COMPLETED", "settled", None, "Settled"),
    "FAILED": Standing("FAILED", "needs_attention", "failed", "Failed"),
    "REJECTED": Standing("REJECTED", "needs_attention", "rejected", "Rejected"),
    "PENDING": Standing("PENDING", "needs_attention", "approval", "Awaiting approval"),
    ERROR: Standing(ERROR, "needs_attention", "error", "Error"),
}


def standing(receipt: Mapping[str, Any], now: datetime) -> Standing:
    """Return how a receipt's orchestration stands."""
    status = _status(receipt)
    if known := _BY_STATUS.get(status):
        return known
    label = "In progress" if status in ("PROCESSING", UNKNOWN) else f"In progress ({status})"
    since = moment(receipt.get("created_at")) or moment(receipt.get("read_at")) or now
    if now - since > _longest(receipt):
        return Standing(status, "needs_attention", "late", f"{label}, unusually long")
    return Standing(status, "in_progress", None, label)


def is_ended(status: str) -> bool:
    """Tell whether a status is final."""
    return status in ("COMPLETED", "FAILED", "REJECTED", ERROR)


def now() -> datetime:
    """Return the time that ages are counted to."""
    return datetime.now(UTC)


def _status(receipt: Mapping[str, Any]) -> str:
    if status := text(receipt.get("status"), longest=100):
        return status
    return ERROR if receipt.get("error") else UNKNOWN


def _longest(receipt: Mapping[str, Any]) -> timedelta:
    destination = receipt.get("destination")
    rails = destination if isinstance(destination, dict) else {}
    return max((_LONG_BY_RAIL.get(rail, _LONG) for rail, details in rails.items() if details), default=_LONG)
