"""Waiting for orchestrations to end: one watch decides, for sensors, operators and triggers alike."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from airflow_provider_paxos.api.errors import (
    Acceptance,
    OrchestrationMissing,
    PaxosError,
    Subject,
    quoted,
    with_more,
)
from airflow_provider_paxos.api.statuses import Meaning, Status, is_known, meaning_of

GRACE_SECONDS = 60.0
"""A fresh orchestration may be unknown for so long: Paxos does not promise that a read sees the last write."""


MANY = 10
"""With more than so many orchestrations a log tells the progress of the whole rather than of each."""


class Reason(Protocol):
    """Why an orchestration failed."""

    @property
    def detail(self) -> str | None: ...


class Shown(Protocol):
    """What a reading shows of an orchestration: a whole ``Orchestration``, or a ``Snapshot``."""

    @property
    def id(self) -> str: ...
    @property
    def ref_id(self) -> str | None: ...
    @property
    def status(self) -> str | None: ...
    @property
    def fail_reason(self) -> Reason | None: ...


@dataclass(frozen=True, slots=True)
class End:
    """How an orchestration ended: all that is kept of ten thousand."""

    id: str
    status: str
    reason: str | None = None


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
        self._open_ids = {each: each for each in ids}
        self._open_ref_ids = dict.fromkeys(ref_ids)
        self._total = len(self._open_ids) + len(self._open_ref_ids)
        self._grace = grace
        self._clock = clock
        self._missing_since: dict[str, float] = {}
        self._remarks: list[str] = []
        self._last_told: dict[str, str | None] = {}
        self._met: set[str | None] = set()
        self._tenths_told = 0
        self.terminal: list[End] = []

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

    def counts(self) -> dict[str, int]:
        """Return how many have ended with which status, the most frequent first."""
        return dict(Counter(end.status for end in self.terminal).most_common())

    def observe(self, found: Iterable[Shown], asked: Iterable[str] | None = None) -> list[str]:
        """Take in a reading, and return what is worth a line in the log.

        Of a few orchestrations that is each change of a status, once; of many each tenth of them that has ended, and
        each status that needs an explanation, once.

        :param asked: the ids that were asked for; by default all that have not ended.
        :raises OrchestrationMissing: if one of them has been unknown to Paxos for longer than the grace.
        """
        expected = list(self._open_ids) if asked is None else [each for each in asked if each in self._open_ids]
        open_before = len(self._open_ids) + len(self._open_ref_ids)
        seen = set()
        for orchestration in found:
            seen.add(orchestration.id)
            self._remark_on(orchestration)
            if meaning_of(orchestration.status) is not Meaning.IN_PROGRESS:
                self._close(orchestration)
        if open_before > len(self._open_ids) + len(self._open_ref_ids):
            self._remark_on_progress()
        if self._missing_since:
            for each in seen:
                self._missing_since.pop(each, None)
        if missing := [each for each in expected if each not in seen]:
            self._require_known(missing)
        remarks, self._remarks = self._remarks, []
        return remarks

    def _close(self, orchestration: Shown) -> None:
        own_id = self._open_ids.pop(orchestration.id, None)
        by_ref_id = orchestration.ref_id in self._open_ref_ids
        self._open_ref_ids.pop(orchestration.ref_id or "", None)
        if own_id or by_ref_id:
            reason = orchestration.fail_reason.detail if orchestration.fail_reason else None
            status = sys.intern(str(orchestration.status))
            self.terminal.append(End(own_id or orchestration.id, status, quoted(reason) if reason else None))

    def _remark_on(self, orchestration: Shown) -> None:
        status = orchestration.status
        if self._total > MANY:
            if status not in self._met:
                self._met.add(status)
                if _explanation(status):
                    self._remarks.append(f"{_remark(orchestration)}; further ones are not told")
        elif self._last_told.get(orchestration.id, "") != status:
            self._last_told[orchestration.id] = status
            self._remarks.append(_remark(orchestration))

    def _remark_on_progress(self) -> None:
        if self._total <= MANY:
            return
        ended = self._total - len(self._open_ids) - len(self._open_ref_ids)
        if (tenths := 10 * ended // self._total) > self._tenths_told:
            self._tenths_told = tenths
            counts = ", ".join(f"{status} {number:,}" for status, number in self.counts().items())
            self._remarks.append(f"{ended:,} of {self._total:,} have ended: {counts}")

    def _require_known(self, missing: Iterable[str]) -> None:
        now = self._clock()
        since = {each: self._missing_since.setdefault(each, now) for each in missing}
        unknown = sorted(each for each, began in since.items() if now - began >= self._grace)
        if unknown:
            first, *others = unknown
            those = with_more("this id", len(others))
            raise OrchestrationMissing(
                f"Paxos has returned no orchestration with {those} for {self._grace:.0f} s.",
                subject=Subject("Waiting for an orchestration", orchestration_id=first),
            )


def ends_waiting(error: PaxosError) -> bool:
    """Return whether an error makes further waiting pointless. A transient one does not.

    Some that a new attempt may mend are no reason to poll on for days.
    """
    return not (error.transient or error.acceptance is Acceptance.UNKNOWN)


def _remark(orchestration: Shown) -> str:
    status = quoted(orchestration.status)
    remark = f"Orchestration {quoted(orchestration.id)} (ref_id {quoted(orchestration.ref_id)}) is {status}"
    return remark + _explanation(orchestration.status)


def _explanation(status: str | None) -> str:
    if status == Status.PENDING:
        return ": it awaits an approval at Paxos"
    return "" if is_known(status) else ", a status that this version does not know: it counts as under way"
