"""The journal: what was asked of the emulator, and how it answered. It never holds a header, a secret or a token."""

from __future__ import annotations

from collections import deque
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from airflow_provider_paxos.emulator.clock import rfc3339

LONGEST = 1_000_000
"""Requests that are remembered; of more, the oldest are forgotten."""


@dataclass
class Entry:
    """A request.

    :param status: what was answered; None if the connection was dropped
    :param fault: the kind of fault that befell it
    :param accepted: whether it created an orchestration, whatever was answered
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

    def shown(self) -> dict[str, Any]:
        """Return it for reading."""
        return {**asdict(self), "time": rfc3339(self.time)}


class Journal:
    """The requests, oldest first."""

    def __init__(self) -> None:
        self.entries: deque[Entry] = deque(maxlen=LONGEST)

    def open(self, entry: Entry) -> Entry:
        """Write a request down as it comes in, and return what its answer is added to."""
        self.entries.append(entry)
        return entry
