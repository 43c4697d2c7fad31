"""OrchestrationEventTrigger rings when orchestrations change, survives whatever goes wrong, and shares its polls."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from airflow.triggers.base import BaseEventTrigger, TriggerEvent

from airflow_provider_paxos.triggers import event_stream
from airflow_provider_paxos.triggers.orchestration_event import OrchestrationEventTrigger
from tests.fake_paxos import BROKEN, UNAUTHORIZED, Answer, FakePaxos
from tests.fixtures import Define
from tests.virtual_time import run

EVENTS = "GET /events"
SCOPES = "events:read_event orchestration:read_orchestration"
START = datetime(2026, 11, 26, 12, tzinfo=UTC)


class Store:
    """The state of an asset, as Airflow 3.3 keeps it."""

    def __init__(self, broken: bool = False) -> None:
        self.kept: dict[str, Any] = {}
        self.broken = broken

    async def aget(self, key: str) -> Any:
        if self.broken:
            raise RuntimeError("the store is away")
        return self.kept.get(key)

    async def aset(self, key: str, value: Any) -> None:
        if self.broken:
            raise RuntimeError("the store is away")
        self.kept[key] = value


@pytest.fixture(autouse=True)
def events(paxos: FakePaxos, waits_pass: None, define_connection: Define, monkeypatch: pytest.MonkeyPatch) -> FakePaxos:
    """Paxos without an event, a connection that may read them, and virtual time."""
    define_connection(extra={"scopes": SCOPES})
    paxos.scopes = SCOPES
    paxos.always[EVENTS] = Answer(200, {"events": []})

    def now() -> datetime:
        return START + timedelta(seconds=asyncio.get_running_loop().time())

    monkeypatch.setattr(event_stream, "_now", now)
    return paxos


@pytest.fixture
def warnings(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the stream warns of."""
    said: list[str] = []
    monkeypatch.setattr(event_stream.log, "warning", lambda message, *values: said.append(message % values))
    return said


def happen(paxos: FakePaxos, *numbers: int, kind: str = "completed", rule: str | None = None) -> None:
    """Let orchestrations change; what has happened before is still shown."""
    document: Any = paxos.always[EVENTS].document
    new = [
        {
            "id": f"e-{number}-{kind}",
            "type": f"orchestration.{kind}",
            "object": {"id": f"o-{number}", **({"orchestration_rule_id": rule} if rule else {})},
            "created_at": (START + timedelta(seconds=asyncio.get_running_loop().time())).isoformat(),
        }
        for number in numbers
    ]
    paxos.always[EVENTS] = Answer(200, {"events": [*document["events"], *new]})


def trigger(**but: Any) -> OrchestrationEventTrigger:
    return OrchestrationEventTrigger(**{"asset_name": "swept", **but})


async def _rung(stream: Any, seconds: float, at: dict[float, Callable[[], object]]) -> list[Any]:
    found: list[Any] = []

    async def listen() -> None:
        async for event in stream:
            assert isinstance(event, TriggerEvent)
            found.append(event.payload)

    planned = [asyncio.get_running_loop().call_at(when, deed) for when, deed in at.items()]
    listening = asyncio.ensure_future(listen())
    await asyncio.sleep(seconds)
    assert not listening.done(), "a trigger that ends is made again at once, and for ever"
    listening.cancel()
    with pytest.raises(asyncio.CancelledError):
        await listening
    for each in planned:
        each.cancel()
    return found


def rung(
    one: OrchestrationEventTrigger, seconds: float = 100, at: dict[float, Callable[[], object]] | None = None
) -> Any:
    """Run a trigger for some virtual seconds; return the payloads that it fired, after the one of its start."""
    first, *others = run(_rung(one.run(), seconds, at or {}))
    assert first["orchestration_ids"] == []
    return others


def ids(payloads: list[Any]) -> list[list[str]]:
    return [each["orchestration_ids"] for each in payloads]


def test_it_rings_once_a_poll_and_names_what_has_changed(events: FakePaxos) -> None:
    at = {20: lambda: happen(events, 1, 2), 40: lambda: happen(events, 3, kind="failed")}

    assert ids(rung(trigger(), at=at)) == [["o-1", "o-2"], ["o-3"]]


def test_it_names_no_more_than_a_hundred(events: FakePaxos) -> None:
    (payload,) = rung(trigger(), at={20: lambda: happen(events, *range(250))})

    assert payload["changed"] == 250
    assert len(payload["orchestration_ids"]) == 100
    assert len(json.dumps(payload)) < 10_000


@pytest.mark.parametrize(("statuses", "rings"), [(["PROCESSING"], True), (["COMPLETED", "FAILED"], False)])
def test_only_statuses_that_were_asked_for_ring(events: FakePaxos, statuses: list[str], rings: bool) -> None:
    at = {20: lambda: happen(events, 1, kind="processing")}

    assert ids(rung(trigger(statuses=statuses), at=at)) == ([["o-1"]] if rings else [])


def test_only_orchestrations_of_the_rules_ring(events: FakePaxos) -> None:
    at = {20: lambda: happen(events, 1, rule="r-1"), 40: lambda: happen(events, 2, rule="r-2")}

    assert ids(rung(trigger(orchestration_rule_ids=["r-2"]), at=at)) == [["o-2"]]


def test_an_event_that_names_no_rule_may_be_of_any(events: FakePaxos) -> None:
    at = {20: lambda: happen(events, 1), 40: lambda: happen(events, *range(2, 300))}

    first, burst = rung(trigger(orchestration_rule_ids=["r-2"]), at=at)
    assert first["orchestration_ids"] == ["o-1"]
    assert (burst["changed"], len(burst["orchestration_ids"])) == (298, 100)


def test_what_is_listed_without_a_rule_is_of_none(events: FakePaxos) -> None:
    at = {20: lambda: events.always.update(list=Answer(200, {"items": [{"id": "o-1", "status": "REJECTED"}]}))}

    assert rung(trigger(orchestration_rule_ids=["r-2"]), at=at) == []


def test_what_has_no_event_is_listed(events: FakePaxos) -> None:
    at = {20: lambda: events.always.update(list=Answer(200, {"items": [{"id": "o-1", "status": "REJECTED"}]}))}

    assert ids(rung(trigger(), at=at)) == [["o-1"]]
    (listed, *_) = [each.query for each in events.asked if each.call == "list"]
    assert listed["status"] == ["PENDING", "REJECTED"]
    assert listed["created_at.gte"] == ["2026-11-19T12:00:00+00:00"]


@pytest.mark.parametrize("answer", [BROKEN, UNAUTHORIZED, Answer(200, []), Answer(200, {"events": [{"id": 7}]})])
def test_whatever_goes_wrong_it_backs_off_and_goes_on(events: FakePaxos, warnings: list[str], answer: Answer) -> None:
    fine = events.always[EVENTS]
    at = {
        20: lambda: events.always.update({EVENTS: answer}),
        2000: lambda: [events.always.update({EVENTS: fine}), happen(events, 1)],
    }

    assert ids(rung(trigger(), seconds=3000, at=at)) == [["o-1"]]
    assert "the next poll comes in 300 s" in warnings[-1]


def test_a_connection_that_is_not_defined_does_not_end_it(warnings: list[str]) -> None:
    assert run(_rung(trigger(paxos_conn_id="missing").run(), 3000, {})) == []
    assert "is not defined" in warnings[0]
    assert 10 < len(warnings) < 30


@pytest.mark.parametrize(
    "odd", [{"poll_interval": "often"}, {"poll_interval": -1}, {"statuses": None}, {"orchestration_rule_ids": 7}]
)
def test_its_constructor_takes_anything(odd: dict[str, Any]) -> None:
    assert trigger(**odd).asset_name == "swept"
    assert trigger(**odd).shared_stream_key() is not None


def test_it_can_be_made_anew_of_what_airflow_stores() -> None:
    path, kwargs = trigger(orchestration_rule_ids=("r-1",)).serialize()
    again: Any = OrchestrationEventTrigger(**json.loads(json.dumps(kwargs)))

    assert path == f"{OrchestrationEventTrigger.__module__}.{OrchestrationEventTrigger.__name__}"
    assert again.serialize() == (path, kwargs)


def test_airflow_knows_triggers_of_two_assets_apart() -> None:
    def known(one: OrchestrationEventTrigger) -> int:
        return BaseEventTrigger.hash(*one.serialize())

    assert known(trigger()) == known(trigger())
    assert known(trigger(statuses=("FAILED",))) == known(trigger(statuses=["FAILED"]))
    assert known(trigger()) != known(trigger(asset_name="second"))


class TestCursor:
    def of(self, store: Store) -> OrchestrationEventTrigger:
        one = trigger()
        one.asset_state_store = store  # type: ignore[assignment]
        return one

    def test_it_is_stored_behind_the_newest_event(self, events: FakePaxos) -> None:
        store = Store()
        rung(self.of(store), at={60: lambda: happen(events, 1)})

        assert store.kept == {"paxos_events_cursor": (START + timedelta(seconds=60, minutes=-10)).isoformat()}

    def test_after_a_start_it_rings_where_changes_may_have_been_missed(self, events: FakePaxos) -> None:
        store = Store()
        store.kept["paxos_events_cursor"] = "2026-11-25T12:00:00+00:00"
        (first,) = run(_rung(self.of(store).run(), 20, {}))

        assert first == {"changed": 0, "orchestration_ids": [], "since": "2026-11-25T12:00:00+00:00"}

    def test_without_a_gap_it_does_not(self, events: FakePaxos) -> None:
        store = Store()
        store.kept["paxos_events_cursor"] = (START - timedelta(minutes=10)).isoformat()

        assert run(_rung(self.of(store).run(), 20, {})) == []

    def test_a_store_that_fails_does_not_end_it(self, events: FakePaxos) -> None:
        assert ids(rung(self.of(Store(broken=True)), at={20: lambda: happen(events, 1)})) == [["o-1"]]


class TestSharing:
    """All triggers of a connection share one poll, where Airflow shares streams."""

    def requests_of(self, paxos: FakePaxos, *watchers: OrchestrationEventTrigger) -> tuple[list[Any], int]:
        shared = pytest.importorskip("airflow.triggers.shared_stream")

        async def all_of_them() -> list[Any]:
            manager = shared.SharedStreamManager()
            streams = [
                one.filter_shared_stream(manager.subscribe(trigger_id=number, trigger=one, key=one.shared_stream_key()))
                for number, one in enumerate(watchers)
            ]
            deeds = {20.0: lambda: happen(paxos, 1, rule="r-1"), 40.0: lambda: happen(paxos, 2, rule="r-2")}
            first, *others = (_rung(each, 100, deeds if not number else {}) for number, each in enumerate(streams))
            found = await asyncio.gather(first, *others)
            for number, one in enumerate(watchers):
                await manager.unsubscribe(number, one.shared_stream_key())
            return list(found)

        before = len(paxos.calls())
        return run(all_of_them()), len(paxos.calls()) - before

    def test_the_requests_of_many_are_those_of_one(self, events: FakePaxos) -> None:
        (alone,), requests_of_one = self.requests_of(events, trigger())
        events.always[EVENTS] = Answer(200, {"events": []})
        many = [
            trigger(),
            trigger(asset_name="second"),
            trigger(asset_name="third", orchestration_rule_ids=["r-2"]),
        ]
        found, requests_of_many = self.requests_of(events, *many)

        assert requests_of_many == requests_of_one > 10
        assert [ids(each[1:]) for each in found] == [ids(alone[1:]), [["o-1"], ["o-2"]], [["o-2"]]]

    def test_other_connections_have_polls_of_their_own(self) -> None:
        assert trigger(paxos_conn_id="a").shared_stream_key() != trigger(paxos_conn_id="b").shared_stream_key()
        assert trigger(asset_name="a").shared_stream_key() == trigger(asset_name="b").shared_stream_key()
