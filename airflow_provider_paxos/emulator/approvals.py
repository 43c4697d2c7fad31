"""Define how bank accounts, saved addresses and rules are approved."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

ApprovalStatus = Literal["PENDING", "APPROVED", "REJECTED"]


@dataclass
class Approval:
    """Holds an approval: by itself at a time, unless a control decides.

    :param due: when it is given by itself; None if never
    :param decided: the decision of a control, if there is one
    """

    due: datetime | None
    decided: ApprovalStatus | None = None

    def status(self, now: datetime) -> ApprovalStatus:
        """Return the status at a time."""
        if self.decided is not None:
            return self.decided
        return "PENDING" if self.due is None or now < self.due else "APPROVED"


def approval_after(seconds: float | None, now: datetime) -> Approval:
    """Return an approval that is given by itself after some time; None waits for a control."""
    return Approval(None if seconds is None else now + timedelta(seconds=seconds))
