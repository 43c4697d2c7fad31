"""The statuses of what money can be sent to: bank accounts and saved blockchain addresses."""

from __future__ import annotations

from enum import StrEnum


class DestinationStatus(StrEnum):
    """The statuses that Paxos publishes. Money can be sent to what is APPROVED; an unknown status is not."""

    PENDING = "PENDING"
    APPROVED = "APPROVED"
    REJECTED = "REJECTED"
