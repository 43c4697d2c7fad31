"""Events, by which Paxos announces what has changed: List Events.

There are events for PROCESSING, COMPLETED and FAILED, and none for PENDING and REJECTED. Paxos promises neither their
order nor for how long they are kept, and an event may come twice. An event names an orchestration, and neither its
amount nor the reason of a failure: read the orchestration itself.
"""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any

from pydantic import Field

from airflow_provider_paxos.api.calls import Calls
from airflow_provider_paxos.api.decoding import read_model
from airflow_provider_paxos.api.fields import OptionalMoment, OptionalText, Received
from airflow_provider_paxos.api.leniency import Otherwise, nothing
from airflow_provider_paxos.api.listing import TIMES, Listing, Pages

READ_EVENT = "events:read_event"
"""The scope that the call needs."""

ORCHESTRATION_EVENTS = ("orchestration.processing", "orchestration.completed", "orchestration.failed")
"""The types of the events of orchestrations."""

MAX_EVENTS = 100
"""Events of one page."""

_LISTING = Listing(
    "List Events",
    "events",
    "events",
    many=frozenset(),
    one=TIMES | {"type", "is_test"},
    scope=READ_EVENT,
    most=MAX_EVENTS,
)


class Event(Received):
    """An event as Paxos returned it."""

    id: Annotated[str, Field(min_length=1)]
    type: str | None = None
    object_type: OptionalText = None
    object: Annotated[dict[str, Any] | None, Otherwise(nothing)] = None
    created_at: OptionalMoment = None
    undelivered_webhooks: Annotated[int | None, Otherwise(nothing)] = None

    @property
    def orchestration_id(self) -> str | None:
        """The id of the orchestration that an event of an orchestration is about."""
        return self._text("id") if self.type in ORCHESTRATION_EVENTS else None

    @property
    def orchestration_rule_id(self) -> str | None:
        """The id of the rule that has started the orchestration, if one has."""
        return self._text("orchestration_rule_id") if self.type in ORCHESTRATION_EVENTS else None

    def _text(self, name: str) -> str | None:
        value = (self.object or {}).get(name)
        return value if isinstance(value, str) and value else None


class _EventPage(Received):
    events: list[Event] | None = None
    next_page_cursor: str | None = None

    @property
    def found(self) -> list[Event]:
        return self.events or []


class Events(Calls):
    """The call on events. It needs the scope ``events:read_event``."""

    def pages(self, **filters: Any) -> Pages[Event]:
        """List Events, a page at a time, oldest first unless ``order="DESC"``.

        :param filters: by the API's names: ``type`` (one), ``is_test``, ``created_at.gte``, …; ``limit`` is at most
            100.
        :raises InvalidRequest: for a filter that the API does not have.
        """
        return self._pages(_LISTING, partial(read_model, _EventPage), filters)
