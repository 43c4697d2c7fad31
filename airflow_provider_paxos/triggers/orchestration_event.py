"""OrchestrationEventTrigger: lets a Dag start when orchestrations change at Paxos.

Airflow imports this file when a Dag is parsed: at module level it knows Airflow alone.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Hashable, Sequence
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

from airflow.triggers.base import BaseEventTrigger, TriggerEvent

from airflow_provider_paxos.triggers.late import triggerer_part

if TYPE_CHECKING:
    from airflow_provider_paxos.waiting.event_feed import Poll

MAX_IDS = 100
"""An event names up to this many orchestrations."""

POLL_SECONDS = 15.0

_CURSOR = "paxos_events_cursor"


class OrchestrationEventTrigger(BaseEventTrigger):
    """Fires an event for an asset when orchestrations have changed at Paxos; for ``AssetWatcher``.

    An event is a bell, not a message: Airflow may lose one, or start one run for several. A Dag reads Paxos with
    ``changed_orchestrations``, is idempotent, and has a time schedule beside the asset. See ``docs/guides/react.md``.

    One event a poll: ``{"changed": 3, "orchestration_ids": [...], "since": "..."}``, with up to 100 ids. After a start,
    one event without ids rings where changes may have been missed. Errors are logged and followed by a pause of up to
    five minutes; they fire nothing.

    With Airflow 3.3, all triggers of a connection with the same ``poll_interval`` share one poll; before, each polls by
    itself. The connection's ``scopes`` have to name ``events:read_event`` and ``orchestration:read_orchestration``.

    :param asset_name: the asset's name. Without it, equal triggers of two assets would be one to Airflow.
    :param paxos_conn_id: the id of a connection of type ``paxos``.
    :param orchestration_rule_ids: ids of rules whose orchestrations alone ring; by default all do. Paxos does not
        promise that an event names its rule: one that names none rings, too, for at most one event a poll, and
        ``changed_orchestrations`` with the same rules leaves out what is of none of them.
    :param statuses: those that ring; by default the terminal ones.
    :param poll_interval: seconds from one poll to the next.
    """

    # Nothing is checked here: an error of a constructor would stop the triggerer (apache/airflow#72758).
    def __init__(
        self,
        *,
        asset_name: str,
        paxos_conn_id: str = "paxos_default",
        orchestration_rule_ids: Sequence[str] = (),
        statuses: Sequence[str] = ("COMPLETED", "FAILED", "REJECTED"),
        poll_interval: float = POLL_SECONDS,
    ) -> None:
        super().__init__()
        self.asset_name = asset_name
        self.paxos_conn_id = paxos_conn_id
        self.orchestration_rule_ids = orchestration_rule_ids
        self.statuses = statuses
        self.poll_interval = poll_interval

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Return what Airflow stores of the trigger, and knows it by."""
        return (
            "airflow_provider_paxos.triggers.orchestration_event.OrchestrationEventTrigger",
            {
                "asset_name": self.asset_name,
                "paxos_conn_id": self.paxos_conn_id,
                "orchestration_rule_ids": _listed(self.orchestration_rule_ids),
                "statuses": _listed(self.statuses),
                "poll_interval": self.poll_interval,
            },
        )

    def shared_stream_key(self) -> Hashable | None:
        """Return what triggers that share one poll have in common."""
        return ("paxos-events", str(self.paxos_conn_id), _seconds(self.poll_interval))

    @classmethod
    async def open_shared_stream(cls, kwargs: dict[str, Any]) -> AsyncGenerator[Any, None]:
        """Poll for all triggers of the key, for ever.

        :param kwargs: of one of them.
        """
        stream = (await triggerer_part()).event_stream
        interval = _seconds(kwargs.get("poll_interval"))
        async with aclosing(stream.polls(str(kwargs.get("paxos_conn_id")), interval)) as polls:
            async for poll in polls:
                yield poll

    async def filter_shared_stream(self, shared_stream: AsyncIterator[Any]) -> AsyncGenerator[TriggerEvent, None]:
        """Fire for what concerns this trigger. CancelledError passes through, so that Airflow can clean up.

        :param shared_stream: polls, as ``open_shared_stream`` yields them.
        """
        stored = await self._stored_cursor()
        is_first = True
        async for poll in shared_stream:
            ids = self._concerned(poll)
            # Before the cursor is stored: a change that was not fired is then read again.
            if is_first and (stored is None or stored < poll.since.isoformat()):
                yield _event(ids, stored or poll.since.isoformat())
            elif ids:
                yield _event(ids, poll.since.isoformat())
            is_first = False
            if (cursor := poll.cursor.isoformat()) != stored:
                await self._store(cursor)
                stored = cursor

    async def run(self) -> AsyncGenerator[TriggerEvent, None]:
        """Poll for this trigger alone, where Airflow does not share: before 3.3."""
        _, kwargs = self.serialize()
        # Closed here, with the trigger, and not whenever the garbage collector comes.
        async with (
            aclosing(type(self).open_shared_stream(kwargs)) as stream,
            aclosing(self.filter_shared_stream(stream)) as events,
        ):
            async for event in events:
                yield event

    def _concerned(self, poll: Poll) -> list[str]:
        rules, statuses = _listed(self.orchestration_rule_ids), _listed(self.statuses)
        changes = (each for each in poll.changes if not rules or each.may_be_of(rules))
        return list(dict.fromkeys(each.orchestration_id for each in changes if each.status in statuses))

    async def _stored_cursor(self) -> str | None:
        if (store := self._store_of_asset()) is None:
            return None
        try:
            stored = await store.aget(_CURSOR)
        except Exception as error:  # noqa: BLE001 - a trigger that raises is made again at once, and for ever
            self.log.warning("The cursor of %s cannot be read, so a run is started: %s", self.asset_name, error)
            return None
        return stored if isinstance(stored, str) else None

    async def _store(self, cursor: str) -> None:
        if (store := self._store_of_asset()) is None:
            return
        try:
            await store.aset(_CURSOR, cursor)
        except Exception as error:  # noqa: BLE001 - likewise
            self.log.warning("The cursor of %s cannot be stored: %s", self.asset_name, error)

    def _store_of_asset(self) -> Any:
        # Airflow 3.3 sets it before it runs the trigger.
        return getattr(self, "asset_state_store", None)


def _event(ids: Sequence[str], since: str) -> TriggerEvent:
    return TriggerEvent({"changed": len(ids), "orchestration_ids": list(ids[:MAX_IDS]), "since": since})


def _listed(values: Any) -> list[str]:
    return [values] if isinstance(values, str) else [str(each) for each in values or ()]


def _seconds(value: Any) -> float:
    """Return a positive number of seconds, whatever an author gave."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return max(1.0, float(value)) if is_number else POLL_SECONDS
