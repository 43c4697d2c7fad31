"""MomentTrigger: waits in the triggerer until a moment, and asks nobody anything.

Airflow imports this file when a Dag is parsed: at module level it may know Airflow alone.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

from airflow.triggers.base import BaseTrigger, TriggerEvent


class MomentTrigger(BaseTrigger):
    """Waits until a moment, and fires the event ``{"reached": …}``: a task waits by it for room in the rate limit.

    :param moment: unix seconds.
    :param longest: seconds; a clock that is set back does not make the wait longer than that.
    """

    def __init__(self, *, moment: float, longest: float) -> None:
        super().__init__()
        self.moment = moment
        self.longest = longest

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Return what Airflow stores of the trigger."""
        return (
            "airflow_provider_paxos.triggers.moment.MomentTrigger",
            {"moment": self.moment, "longest": self.longest},
        )

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Wait. CancelledError passes through, so that Airflow can clean up."""
        await asyncio.sleep(min(self.longest, self.moment - time.time()))
        yield TriggerEvent({"reached": self.moment})
