"""OrchestrationTrigger waits in the triggerer, and fires one event."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.sdk import Connection
from airflow.triggers.base import TriggerEvent
from pytest_mock import MockerFixture

from airflow_provider_paxos.api import waiting
from airflow_provider_paxos.api.async_client import AsyncPaxosClient
from airflow_provider_paxos.api.waiting import Watch
from airflow_provider_paxos.hooks import connection as hooks_connection
from tests.hooks.conftest import Define, Logged
from tests.hooks.fake_paxos import BROKEN, MISSING_SCOPE, SECRET, UNAUTHORIZED, Answer, FakePaxos, problem
from tests.triggers.running import ID, all_events, completed, fired, trigger

Plan = Callable[..., None]


@pytest.fixture
def at_nap(naps: list[float], paxos: FakePaxos, monkeypatch: pytest.MonkeyPatch) -> Plan:
    """Do something at each of the naps between two readings; time passes by naps alone."""

    def plan(*deeds: Callable[[], object]) -> None:
        planned = iter(deeds)

        async def nap(seconds: float) -> None:
            naps.append(seconds)
            next(planned)()

        monkeypatch.setattr("asyncio.sleep", nap)
        monkeypatch.setattr(waiting, "Watch", partial(Watch, clock=lambda: sum(naps)))

    return plan


@pytest.mark.parametrize("which", [{"orchestration_ids": [ID]}, {"ref_ids": ["settle-1"]}])
def test_what_has_ended_already_fires_at_once(paxos: FakePaxos, naps: list[float], which: dict[str, Any]) -> None:
    paxos.add(1, status="COMPLETED")
    assert fired(trigger(**which)) == completed(ID)
    assert naps == []


def test_it_reads_until_the_orchestration_has_ended(paxos: FakePaxos, at_nap: Plan, naps: list[float]) -> None:
    paxos.add(1, status="PENDING")
    at_nap(lambda: paxos.end(ID, "PROCESSING"), lambda: paxos.end(ID, "COMPLETED"))
    assert fired(trigger(poll_interval=7)) == completed(ID)
    assert naps == [7, 7]


def test_it_only_reads(paxos: FakePaxos, at_nap: Plan) -> None:
    paxos.add(1)
    at_nap(lambda: paxos.end(ID, "COMPLETED"))
    fired(trigger())
    assert paxos.calls() == ["list", "list"]


@pytest.mark.parametrize("status", ["FAILED", "REJECTED"])
def test_a_lost_orchestration_has_ended_and_its_reason_is_told(paxos: FakePaxos, status: str) -> None:
    paxos.add(1, status=status, fail_reason={"detail": "account\nclosed"})
    assert fired(trigger()) == {"ended": [{"id": ID, "status": status, "reason": "account closed"}]}


def test_an_event_holds_no_more_than_id_status_and_reason(paxos: FakePaxos) -> None:
    paxos.add(1, status="COMPLETED", metadata={"note": "private"})
    (brief,) = fired(trigger())["ended"]
    assert set(brief) == {"id", "status", "reason"}


def test_an_unknown_status_means_waiting_and_is_logged_once(paxos: FakePaxos, at_nap: Plan, logged: Logged) -> None:
    paxos.add(1, status="AWAITING_MOON")
    at_nap(lambda: None, lambda: None, lambda: paxos.end(ID, "COMPLETED"))
    assert fired(trigger()) == completed(ID)
    assert logged().count("is AWAITING_MOON, a status that this version does not know") == 1


def test_it_fires_once_when_all_of_many_have_ended(paxos: FakePaxos, at_nap: Plan) -> None:
    one, two, three = paxos.add(1), paxos.add(2, status="COMPLETED"), paxos.add(3)
    at_nap(lambda: paxos.end(three, "COMPLETED"), lambda: paxos.end(one, "COMPLETED"))
    assert fired(trigger(orchestration_ids=[one, two], ref_ids=["settle-3"])) == completed(two, three, one)


def test_what_has_ended_is_not_read_again(paxos: FakePaxos, at_nap: Plan) -> None:
    one, two = paxos.add(1), paxos.add(2, status="COMPLETED")
    at_nap(lambda: paxos.end(one, "COMPLETED"))
    fired(trigger(orchestration_ids=[one, two]))
    read = [each.query["orchestration_id"] for each in paxos.asked if each.call == "list"]
    assert read == [[one, two], [one]]


def test_many_are_read_a_hundred_a_request(paxos: FakePaxos) -> None:
    ids = [paxos.add(number, status="COMPLETED") for number in range(250)]
    assert fired(trigger(orchestration_ids=ids)) == completed(*ids)
    assert [len(each.query["orchestration_id"]) for each in paxos.asked if each.call == "list"] == [100, 100, 50]


def test_an_id_that_list_does_not_show_is_asked_for_alone(paxos: FakePaxos) -> None:
    one, two = paxos.add(1, status="COMPLETED"), paxos.add(2, status="COMPLETED")
    paxos.unlisted = {two}
    assert fired(trigger(orchestration_ids=[one, two])) == completed(one, two)
    assert paxos.calls() == ["list", "get"]


def test_a_ref_id_may_not_exist_for_hours(paxos: FakePaxos, at_nap: Plan) -> None:
    at_nap(lambda: None, lambda: paxos.add(1, status="COMPLETED"))
    assert fired(trigger(ref_ids=["settle-1"], poll_interval=3600)) == completed(ID)


def test_an_id_may_be_unknown_for_a_minute(paxos: FakePaxos, at_nap: Plan) -> None:
    at_nap(lambda: None, lambda: paxos.add(1, status="COMPLETED"))
    assert fired(trigger(poll_interval=29)) == completed(ID)


def test_an_id_that_stays_unknown_ends_the_wait(paxos: FakePaxos, at_nap: Plan) -> None:
    at_nap(lambda: None, lambda: None)
    assert "id orchestration-1): Paxos has not known it for 60 s" in fired(trigger(poll_interval=30))["fault"]


@pytest.mark.parametrize("answer", [BROKEN, Answer(200, []), Answer(200, {"items": [{}]})])
def test_a_passing_error_does_not_end_the_wait(paxos: FakePaxos, answer: Answer) -> None:
    paxos.add(1, status="COMPLETED")
    paxos.replies["list"].extend([answer] * 7)
    assert fired(trigger()) == completed(ID)


def test_a_throttle_is_slept_out(paxos: FakePaxos, naps: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hooks_connection, "time", SimpleNamespace(time=lambda: sum(naps)))
    paxos.add(1, status="COMPLETED")
    paxos.replies["list"].append(problem(429, "rate-limited"))
    assert fired(trigger()) == completed(ID)
    assert sum(naps) == 300


def test_an_unreachable_host_does_not_end_the_wait_and_is_logged(
    paxos: FakePaxos, logged: Logged, naps: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    paxos.add(1, status="COMPLETED")
    paxos.unreachable = True

    async def nap(seconds: float) -> None:
        paxos.unreachable = False

    monkeypatch.setattr("asyncio.sleep", nap)
    assert fired(trigger()) == completed(ID)
    assert "Still waiting, in spite of an error: Token request" in logged()


def wrong_secret(paxos: FakePaxos, define: Define) -> None:
    paxos.secret = "another"


def refused_token(paxos: FakePaxos, define: Define) -> None:
    paxos.always["list"] = UNAUTHORIZED


def missing_scope(paxos: FakePaxos, define: Define) -> None:
    paxos.always["list"] = MISSING_SCOPE


def invalid_connection(paxos: FakePaxos, define: Define) -> None:
    define(extra="{not json")


FAULTS = {
    wrong_secret: "client secret are corrected",
    refused_token: "client secret are corrected",
    missing_scope: "until the scope is granted",
    invalid_connection: "Connection paxos_default: extra is not a JSON object",
}


@pytest.mark.parametrize("fault", FAULTS)
def test_an_error_that_no_waiting_mends_ends_the_wait_at_once(
    paxos: FakePaxos, define_connection: Define, naps: list[float], fault: Callable[[FakePaxos, Define], None]
) -> None:
    paxos.add(1)
    fault(paxos, define_connection)
    event = fired(trigger())
    assert set(event) == {"fault"}
    assert FAULTS[fault] in event["fault"]
    assert naps == []


@pytest.mark.parametrize("fault", FAULTS)
def test_no_secret_is_in_an_event(
    paxos: FakePaxos, define_connection: Define, fault: Callable[[FakePaxos, Define], None]
) -> None:
    fault(paxos, define_connection)
    event = json.dumps(fired(trigger()))
    assert SECRET not in event
    assert "minted-" not in event


def test_an_undefined_connection_ends_the_wait_at_once() -> None:
    event = fired(trigger(paxos_conn_id="paxos_elsewhere"))
    assert event["fault"].startswith("Connection paxos_elsewhere is not defined")


def test_silent_fail_waits_on_where_no_waiting_mends(paxos: FakePaxos, at_nap: Plan, logged: Logged) -> None:
    paxos.add(1, status="COMPLETED")
    paxos.always["list"] = UNAUTHORIZED
    at_nap(paxos.always.clear)
    assert fired(trigger(silent_fail=True)) == completed(ID)
    assert "Still waiting, in spite of an error" in logged()


def test_being_cancelled_passes_through_and_closes_the_connections(paxos: FakePaxos, mocker: MockerFixture) -> None:
    paxos.add(1)
    closed = mocker.spy(AsyncPaxosClient, "close")

    async def cancel() -> None:
        running = asyncio.create_task(all_events(trigger()))
        while not paxos.calls():
            await asyncio.sleep(0)
        running.cancel()
        await running

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(cancel())
    assert closed.call_count == 1


def test_the_connections_are_closed_at_the_end(paxos: FakePaxos, mocker: MockerFixture) -> None:
    paxos.add(1, status="COMPLETED")
    closed = mocker.spy(AsyncPaxosClient, "close")
    fired(trigger())
    assert closed.call_count == 1


def test_running_twice_at_once_does_no_harm(paxos: FakePaxos) -> None:
    paxos.add(1, status="COMPLETED")

    async def twice() -> list[list[TriggerEvent]]:
        return await asyncio.gather(all_events(trigger()), all_events(trigger()))

    both = asyncio.run(twice())
    assert [[event.payload for event in events] for events in both] == [[completed(ID)]] * 2
    assert (paxos.minted, paxos.calls()) == (1, ["list", "list"])


def test_killed_it_says_that_the_orchestrations_go_on(logged: Logged) -> None:
    asyncio.run(trigger(orchestration_ids=["a", "b"], ref_ids=["c"]).on_kill())
    assert "No longer waiting for a, b, ref_id c. Paxos cannot cancel what it has accepted: it goes on." in logged()


def test_the_token_is_masked(paxos: FakePaxos, masked: list[object]) -> None:
    paxos.add(1, status="COMPLETED")
    fired(trigger())
    assert masked == [SECRET, "minted-1"]


def test_the_connection_is_never_read_by_the_blocking_call(paxos: FakePaxos, mocker: MockerFixture) -> None:
    paxos.add(1, status="COMPLETED")
    blocking = mocker.patch.object(Connection, "get")
    fired(trigger())
    blocking.assert_not_called()
