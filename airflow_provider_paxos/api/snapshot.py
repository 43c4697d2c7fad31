"""How an orchestration stands: what waiting needs of an answer, read without the rest.

Whoever waits for ten thousand reads two thousand a second. The whole model takes ten times as long for that.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, TypeVar

from pydantic import Field, TypeAdapter, ValidationError

from airflow_provider_paxos.api.errors import UnreadableAnswer
from airflow_provider_paxos.api.flow import Response
from airflow_provider_paxos.api.models import wrong_fields
from airflow_provider_paxos.api.problems import read_json


@dataclass(slots=True)
class Reason:
    """Why an orchestration failed, in free text."""

    detail: str | None = None


@dataclass(slots=True)
class Snapshot:
    """How an orchestration stood when it was read; the fields are those of ``models.Orchestration``."""

    id: Annotated[str, Field(min_length=1)]
    ref_id: str | None = None
    status: str | None = None
    fail_reason: Reason | None = None
    created_at: datetime | None = None


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


Answer = TypeVar("Answer")
SNAPSHOT = TypeAdapter(Snapshot)
SNAPSHOT_PAGE = TypeAdapter(SnapshotPage)


def read_snapshot(form: TypeAdapter[Answer], response: Response) -> Answer:
    """Return what an answer says of how orchestrations stand.

    :raises UnreadableAnswer: if it is not what Paxos publishes.
    """
    try:
        return form.validate_json(response.body)
    except ValidationError as invalid:
        wrong = "; ".join(wrong_fields(invalid)[:5])
    # Not chained: pydantic's error holds the answer. An answer that is no JSON object is described by its beginning.
    read_json(response.body)
    raise UnreadableAnswer(f"the answer is not what Paxos publishes: {wrong}.")
