"""Snapshots: the few fields of an orchestration that polling needs, read without the rest.

A poller of ten thousand orchestrations reads two thousand a second. The whole model takes ten times as long for that.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from pydantic import Field

from airflow_provider_paxos.api.leniency import Otherwise, nothing, text_of


@dataclass(slots=True)
class SnapshotReason:
    """The reason of a FAILED orchestration, in free text."""

    detail: Annotated[str | None, Otherwise(text_of)] = None


def _reason(value: object) -> SnapshotReason | None:
    return SnapshotReason(value) if isinstance(value, str) and value else None


@dataclass(slots=True)
class Snapshot:
    """An orchestration's status when it was read; the fields are those of ``models.Orchestration``."""

    id: Annotated[str, Field(min_length=1)]
    ref_id: str | None = None
    status: str | None = None
    fail_reason: Annotated[SnapshotReason | None, Otherwise(_reason)] = None
    created_at: Annotated[datetime | None, Otherwise(nothing)] = None


@dataclass(slots=True)
class SnapshotPage:
    """One page of List Orchestrations."""

    items: list[Snapshot] | None = None
    orchestrations: list[Snapshot] | None = None
    next_page_cursor: str | None = None

    @property
    def found(self) -> Sequence[Snapshot]:
        """The page's orchestrations, under whichever name they came."""
        return self.items if self.items is not None else self.orchestrations or []
