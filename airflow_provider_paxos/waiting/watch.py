"""Decide when a wait is over, and what is worth a log line: for sensors, operators and triggers alike.

This file may know the API's errors and statuses. It does no I/O; time comes from a clock that is given.
"""

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
"""Paxos may return no orchestration for a fresh id for so long: it does not promise that a read sees the last write."""

MAX_LOGGED_SINGLY = 10
"""With more orchestrations than this, the log shows the progress of the whole rather than of each."""


class PolledFailReason(Protocol):
    """Says why an orchestration failed."""

    @property
    def detail(self) -> str | None: ...


class PolledOrchestration(Protocol):
    """Shows what a poll needs of an orchestration: a whole ``Orchestration``, or a ``Snapshot``."""

    @property
    def id(self) -> str: ...
    @property
    def ref_id(self) -> str | None: ...
    @property
    def status(self) -> str | None: ...
    @property
    def fail_reason(self) -> PolledFailReason | None: ...


@dataclass(frozen=True, slots=True)
class TerminalOrchestration:
    """An orchestration in a terminal status: all that is kept of ten thousand."""

    id: str
    status: str
    reason: str | None = None


class Watch:
    """Follows orchestrations until all are terminal.

    :param ids: ids of orchestrations.
    :param ref_ids: ref_ids of orchestrations, which may not have been created yet.
    :param grace: seconds for which Paxos may return no orchestration with an id.
    :param clock: returns seconds.

    ``terminal`` are those that are terminal; ``held`` are, by id, the statuses of those that are neither that nor
    PROCESSING: they wait for somebody, or nobody knows the status. ``changes`` counts the changes of all these.
    """

    def __init__(
        self,
        *,
        ids: Sequence[str] = (),
        ref_ids: Sequence[str] = (),
        grace: float = GRACE_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._ids = {each: each for each in ids}
        self._ref_ids = dict.fromkeys(ref_ids)
        self._total = len(self._ids) + len(self._ref_ids)
        self._grace = grace
        self._clock = clock
        self._missing_since: dict[str, float] = {}
        self._log_lines: list[str] = []
        self._last_logged: dict[str, str | None] = {}
        self._logged_statuses: set[str | None] = set()
        self._tenths_logged = 0
        self.changes = 0
        self.held: dict[str, str] = {}
        self.terminal: list[TerminalOrchestration] = []

    @property
    def ids(self) -> list[str]:
        """The ids that are not terminal yet."""
        return list(self._ids)

    @property
    def ref_ids(self) -> list[str]:
        """The ref_ids that are not terminal yet."""
        return list(self._ref_ids)

    @property
    def done(self) -> bool:
        """Return whether all are terminal."""
        return not self._ids and not self._ref_ids

    def counts(self) -> dict[str, int]:
        """Return the number of each terminal status, the most frequent first."""
        return dict(Counter(each.status for each in self.terminal).most_common())

    def all_counts(self) -> dict[str, int]:
        """Return the number of each status; those that were not seen yet count as PROCESSING."""
        counts = Counter(self.counts())
        counts.update(self.held.values())
        counts[Status.PROCESSING.value] += self._total - len(self.terminal) - len(self.held)
        return {status: number for status, number in counts.most_common() if number}

    def observe(self, found: Iterable[PolledOrchestration], asked: Iterable[str] | None = None) -> list[str]:
        """Take in the result of a poll, and return the lines for the log.

        For a few orchestrations these are each change of a status, once. For many, they are each tenth that has become
        terminal, and each status that needs an explanation, once.

        :param found: newest first: of several with one ref_id, the newest counts.
        :param asked: the ids that were asked for; by default all that are not terminal.
        :raises OrchestrationMissing: if Paxos has returned none with one of these ids for longer than the grace.
        """
        expected = list(self._ids) if asked is None else [each for each in asked if each in self._ids]
        waiting_before = len(self._ids) + len(self._ref_ids)
        seen = set()
        newest: dict[str | None, str] = {}
        for orchestration in found:
            seen.add(orchestration.id)
            is_newest = newest.setdefault(orchestration.ref_id, orchestration.id) == orchestration.id
            if not is_newest and orchestration.id not in self._ids:
                continue
            self._log_status(orchestration)
            if meaning_of(orchestration.status) is not Meaning.IN_PROGRESS:
                self._note_terminal(orchestration)
            else:
                self._note_held(orchestration)
        if waiting_before > len(self._ids) + len(self._ref_ids):
            self._log_progress()
        if self._missing_since:
            for each in seen:
                self._missing_since.pop(each, None)
        if missing := [each for each in expected if each not in seen]:
            self._require_found(missing)
        lines, self._log_lines = self._log_lines, []
        return lines

    def _note_held(self, orchestration: PolledOrchestration) -> None:
        id_, status = orchestration.id, str(orchestration.status)
        if id_ not in self._ids and orchestration.ref_id not in self._ref_ids:
            return
        before = self.held.pop(id_, None)
        if status != Status.PROCESSING:
            self.held[id_] = sys.intern(quoted(status))
        self.changes += before != self.held.get(id_)

    def _note_terminal(self, orchestration: PolledOrchestration) -> None:
        own_id = self._ids.pop(orchestration.id, None)
        by_ref_id = orchestration.ref_id in self._ref_ids
        self._ref_ids.pop(orchestration.ref_id or "", None)
        if own_id or by_ref_id:
            reason = orchestration.fail_reason.detail if orchestration.fail_reason else None
            status = sys.intern(str(orchestration.status))
            self.held.pop(orchestration.id, None)
            self.changes += 1
            self.terminal.append(
                TerminalOrchestration(own_id or orchestration.id, status, quoted(reason) if reason else None)
            )

    def _log_status(self, orchestration: PolledOrchestration) -> None:
        status = orchestration.status
        if self._total > MAX_LOGGED_SINGLY:
            if status not in self._logged_statuses:
                self._logged_statuses.add(status)
                if _explanation(status):
                    self._log_lines.append(f"{_status_line(orchestration)}; further ones are not logged")
        elif self._last_logged.get(orchestration.id, "") != status:
            self._last_logged[orchestration.id] = status
            self._log_lines.append(_status_line(orchestration))

    def _log_progress(self) -> None:
        if self._total <= MAX_LOGGED_SINGLY:
            return
        terminal = self._total - len(self._ids) - len(self._ref_ids)
        if (tenths := 10 * terminal // self._total) > self._tenths_logged:
            self._tenths_logged = tenths
            counts = ", ".join(f"{status} {number:,}" for status, number in self.counts().items())
            self._log_lines.append(f"{terminal:,} of {self._total:,} reached a terminal status: {counts}")

    def _require_found(self, missing: Iterable[str]) -> None:
        now = self._clock()
        since = {each: self._missing_since.setdefault(each, now) for each in missing}
        overdue = sorted(each for each, began in since.items() if now - began >= self._grace)
        if overdue:
            first, *others = overdue
            these = with_more("this id", len(others))
            raise OrchestrationMissing(
                f"Paxos has returned no orchestration with {these} for {self._grace:.0f} s.",
                subject=Subject("Waiting for an orchestration", orchestration_id=first),
            )


def ends_waiting(error: PaxosError) -> bool:
    """Return whether an error ends a wait: every one but a transient one, and one that leaves the outcome unknown.

    Some other errors are retryable, but no reason to poll on for days.
    """
    return not (error.transient or error.acceptance is Acceptance.UNKNOWN)


def _status_line(orchestration: PolledOrchestration) -> str:
    status = quoted(orchestration.status)
    line = f"Orchestration {quoted(orchestration.id)} (ref_id {quoted(orchestration.ref_id)}) is {status}"
    return line + _explanation(orchestration.status)


def _explanation(status: str | None) -> str:
    if status == Status.PENDING:
        return ": it awaits an approval at Paxos"
    return "" if is_known(status) else ", an unknown status: it is treated as in progress"
