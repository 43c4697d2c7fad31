"""Events: that an orchestration is processing, completed or failed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from airflow_provider_paxos.emulator.clock import rfc3339
from airflow_provider_paxos.emulator.orchestration import Orchestration

TOLD = {
    "PROCESSING": "orchestration.processing",
    "COMPLETED": "orchestration.completed",
    "FAILED": "orchestration.failed",
}
"""The statuses that events tell: neither PENDING nor REJECTED."""


@dataclass(frozen=True)
class Event:
    """An event, and its place in the order of creation."""

    seq: int
    id: str
    type: str
    orchestration_id: str
    ref_id: str
    status: str
    created_at: datetime

    def shown(self) -> dict[str, Any]:
        """Return it as the API does."""
        return {
            "id": self.id,
            "type": self.type,
            "object_type": "orchestration_status_change",
            "object": {"id": self.orchestration_id, "ref_id": self.ref_id, "status": self.status},
            "created_at": rfc3339(self.created_at),
            "undelivered_webhooks": 0,
        }


def event_of(orchestration: Orchestration, seq: int, at: datetime) -> Event | None:
    """Return the event of an orchestration's present status, or None if there is none for it."""
    if orchestration.status not in TOLD:
        return None
    return Event(
        seq, str(uuid4()), TOLD[orchestration.status], orchestration.id, orchestration.ref_id, orchestration.status, at
    )
