"""Watch what an orchestration rule makes, until so many of its orchestrations are terminal.

One request of List shows the first of them: it filters by the rule, the time and the status. This file may know the
API's models and statuses. What sends the request stands elsewhere.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterable, Iterable, Sequence
from contextlib import aclosing
from datetime import datetime
from itertools import islice
from typing import Any, Protocol

from airflow_provider_paxos.api.canonical import canonical_id
from airflow_provider_paxos.api.listing import MAX_PER_PAGE
from airflow_provider_paxos.api.models import Orchestration
from airflow_provider_paxos.api.statuses import Meaning, Status, meaning_of

MOST = MAX_PER_PAGE
"""So many orchestrations are waited for at most: one page shows them."""

_TERMINAL = [status.value for status in Status if meaning_of(status) is not Meaning.IN_PROGRESS]


class SupportsListOrchestrations(Protocol):
    """Lists orchestrations: ``PaxosHook``, ``PaxosClient``."""

    def list_orchestrations(self, **filters: Any) -> Iterable[Orchestration]:
        """Return those that the filters let pass."""


class SupportsAsyncListOrchestrations(Protocol):
    """Lists orchestrations: ``PaxosAsyncHook``."""

    def list_orchestrations(self, **filters: Any) -> AsyncIterable[Orchestration]:
        """Return those that the filters let pass."""


class MadeByRule:
    """Follows how many of the orchestrations of a rule are terminal, oldest first.

    :param rule_id: of the rule.
    :param since: when the first of them was created at the earliest.
    :param count: how many are waited for: 1 to 1,000.
    """

    def __init__(self, rule_id: str, since: datetime, count: int) -> None:
        self.rule_id = canonical_id(rule_id)
        self.since = since
        self.count = count
        self.terminal: Sequence[Orchestration] = ()

    @property
    def done(self) -> bool:
        """Return whether so many are terminal."""
        return len(self.terminal) >= self.count

    def counts(self) -> dict[str, int]:
        """Return the number of each terminal status."""
        return dict(Counter(str(each.status) for each in self.terminal).most_common())

    def read(self, orchestrations: SupportsListOrchestrations) -> list[Orchestration]:
        """Return the first terminal orchestrations, as many as are waited for.

        :raises PaxosError: of the class of the cause.
        """
        listed = orchestrations.list_orchestrations(**self._filters())
        return list(islice(filter(self._is_wanted, listed), self.count))

    async def aread(self, orchestrations: SupportsAsyncListOrchestrations) -> list[Orchestration]:
        """Return the first terminal orchestrations; see ``read``."""
        found: list[Orchestration] = []
        listed: Any = orchestrations.list_orchestrations(**self._filters())
        async with aclosing(listed):
            async for each in listed:
                if self._is_wanted(each):
                    found.append(each)
                if len(found) == self.count:
                    break
        return found

    def observe(self, found: Sequence[Orchestration]) -> list[str]:
        """Take in the result of a poll, and return the lines for the log: one if more are terminal than before."""
        before, self.terminal = len(self.terminal), found
        if len(found) == before:
            return []
        counts = ", ".join(f"{status} {number:,}" for status, number in self.counts().items())
        return [f"{len(found):,} of {self.count:,} of rule {self.rule_id} reached a terminal status: {counts}"]

    def _filters(self) -> dict[str, Any]:
        return {
            "orchestration_rule_id": self.rule_id,
            "status": _TERMINAL,
            "created_at.gte": self.since,
            "order": "ASC",
            "limit": self.count,
        }

    def _is_wanted(self, found: Orchestration) -> bool:
        # Paxos may ignore a filter.
        return (
            canonical_id(found.orchestration_rule_id or "") == self.rule_id
            and meaning_of(found.status) is not Meaning.IN_PROGRESS
            and (found.created_at is None or found.created_at >= self.since)
        )
