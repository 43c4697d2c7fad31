"""Waiting for orchestrations to end: one watch decides, for sensors, operators and triggers alike."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence

from airflow_provider_paxos.api.errors import (
    InvalidConnection,
    NotFound,
    OrchestrationMissing,
    PaxosError,
    Subject,
    quoted,
)
from airflow_provider_paxos.api.models import Orchestration
from airflow_provider_paxos.api.statuses import Stage, is_known, stage

GRACE_SECONDS = 60.0
"""A fresh orchestration may be unknown for so long: Paxos does not promise that a read sees the last write."""


class Watch:
    """Follows orchestrations until all have ended.

    :param ids: ids of orchestrations.
    :param ref_ids: ref_ids of orchestrations, which may not have been created yet.
    :param grace: seconds for which an id may be unknown to Paxos.
    :param clock: seconds.
    """

    def __init__(
        self,
        *,
        ids: Sequence[str] = (),
        ref_ids: Sequence[str] = (),
        grace: float = GRACE_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._open_ids = dict.fromkeys(ids)
        self._open_ref_ids = dict.fromkeys(ref_ids)
        self._grace = grace
        self._clock = clock
        self._missing_since: dict[str, float] = {}
        self._last_told: dict[str, str | None] = {}
        self.ended: list[Orchestration] = []

    @property
    def ids(self) -> list[str]:
        """The ids that have not ended yet."""
        return list(self._open_ids)

    @property
    def ref_ids(self) -> list[str]:
        """The ref_ids that have not ended yet."""
        return list(self._open_ref_ids)

    @property
    def done(self) -> bool:
        """Whether all have ended."""
        return not self._open_ids and not self._open_ref_ids

    def observe(self, found: Iterable[Orchestration]) -> list[str]:
        """Take in a reading, and return what is worth a line in the log: each change of a status, once.

        :raises OrchestrationMissing: if an id has been unknown to Paxos for longer than the grace.
        """
        remarks = []
        seen = set()
        for orchestration in found:
            seen.add(orchestration.id)
            if self._last_told.get(orchestration.id, "") != orchestration.status:
                self._last_told[orchestration.id] = orchestration.status
                remarks.append(_remark(orchestration))
            if stage(orchestration.status) is not Stage.UNDER_WAY:
                self._close(orchestration)
        self._require_known(set(self._open_ids) - seen)
        return remarks

    def _close(self, orchestration: Orchestration) -> None:
        waited_for = orchestration.id in self._open_ids or orchestration.ref_id in self._open_ref_ids
        self._open_ids.pop(orchestration.id, None)
        self._open_ref_ids.pop(orchestration.ref_id or "", None)
        if waited_for:
            self.ended.append(orchestration)

    def _require_known(self, missing: set[str]) -> None:
        now = self._clock()
        self._missing_since = {each: self._missing_since.get(each, now) for each in missing}
        unknown = sorted(each for each, since in self._missing_since.items() if now - since >= self._grace)
        if unknown:
            first, *others = unknown
            more = f" and {len(others)} more" if others else ""
            raise OrchestrationMissing(
                f"Paxos has not known it{more} for {self._grace:.0f} s.",
                subject=Subject("Waiting for an orchestration", orchestration_id=first),
            )


def ends_the_wait(error: PaxosError) -> bool:
    """Tell whether an error makes further waiting pointless. A passing one does not.

    Some that a new attempt may mend are no reason to poll on for days.
    """
    return not error.retry_helps or isinstance(error, OrchestrationMissing | NotFound | InvalidConnection)


def _remark(orchestration: Orchestration) -> str:
    status = quoted(orchestration.status)
    remark = f"Orchestration {quoted(orchestration.id)} (ref_id {quoted(orchestration.ref_id)}) is {status}"
    if orchestration.status == "PENDING":
        return f"{remark}: it awaits an approval at Paxos"
    if not is_known(orchestration.status):
        return f"{remark}, a status that this version does not know: it counts as under way"
    return remark
