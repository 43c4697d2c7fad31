"""Keep a journal of the requests to the emulator and the statuses of its answers.

It never holds a header, a secret or a token.
"""

from __future__ import annotations

from collections import deque
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from airflow_provider_paxos.emulator.clock import rfc3339

CAPACITY = 1_000_000
"""The number of requests that are kept; of more, the oldest are dropped."""


@dataclass
class JournalEntry:
    """Holds a request and the status of its answer.

    :param status: of the answer; None if the connection was dropped
    :param fault: the kind of the fault that was applied to it
    :param accepted: whether it created an orchestration, even if the answer was lost
    """

    time: datetime
    method: str
    path: str
    query: str
    ref_id: str | None = None
    status: int | None = None
    fault: str | None = None
    accepted: bool = False
    orchestration_id: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Return it as the controls do."""
        return {**asdict(self), "time": rfc3339(self.time)}


class Journal:
    """Keeps the requests, oldest first."""

    def __init__(self) -> None:
        self.entries: deque[JournalEntry] = deque(maxlen=CAPACITY)

    def open(self, entry: JournalEntry) -> JournalEntry:
        """Add the entry of a request as it comes in, and return it for the status of the answer."""
        self.entries.append(entry)
        return entry
