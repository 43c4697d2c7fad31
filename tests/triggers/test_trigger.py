"""OrchestrationTrigger waits in the triggerer, and fires one event."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.sdk import Connection
from pytest_mock import MockerFixture

from airflow_provider_paxos.api.async_client import AsyncPaxosClient
from airflow_provider_paxos.hooks import connection as hooks_connection
from tests.fake_paxos import BROKEN, MISSING_SCOPE, SECRET, UNAUTHORIZED, Answer, FakePaxos, problem
from tests.fixtures import Define, Logged
from tests.triggers.running import ID, all_events, completed, fired, fired_together, trigger
from tests.virtual_time import run


def nothing() -> None:
    """Happens at Paxos, most of the time."""


@pytest.fixture(autouse=True)
def no_naps(naps: list[float]) -> None:
    """Between its own attempts the client does not sleep: what passes is the wait's time alone."""


@pytest.mark.parametrize("which", [{"orchestration_ids": [ID]}, {"ref_ids": ["settle-1"]}])
def test_what_is_terminal_already_fires_at_once(paxos: FakePaxos, which: dict[str, Any]) -> None:
    paxos.add(1, status="COMPLETED")
    assert fired(trigger(**which)) == completed(ID)
    assert paxos.calls() == ["list"]


def test_it_polls_until_the_orchestration_is_terminal(paxos: FakePaxos) -> None:
    paxos.add(1, status="PENDING")
    changes = {10: lambda: paxos.end(ID, "PROCESSING"), 60: lambda: paxos.end(ID, "COMPLETED")}
    assert fired(trigger(poll_interval=7), at=changes) == completed(ID)
    assert set(paxos.calls()) == {"list"}


@pytest.mark.parametrize("status", ["FAILED", "REJECTED"])
def test_an_unsuccessful_orchestration_is_terminal_and_its_reason_is_in_the_event(
    paxos: FakePaxos, status: str
) -> None:
    paxos.add(1, status=status, fail_reason={"detail": "account\nclosed"})
    assert fired(trigger()) == {"terminal": [{"id": ID, "status": status, "reason": "account closed"}]}


def test_an_event_holds_no_more_than_id_status_and_reason(paxos: FakePaxos) -> None:
    paxos.add(1, status="COMPLETED", metadata={"note": "private"})
    (brief,) = fired(trigger())["terminal"]
    assert set(brief) == {"id", "status", "reason"}


def test_an_unknown_status_means_waiting_and_is_logged_once(paxos: FakePaxos, logged: Logged) -> None:
    paxos.add(1, status="AWAITING_MOON")
    assert fired(trigger(), at={100: lambda: paxos.end(ID, "COMPLETED")}) == completed(ID)
    assert logged().count("is AWAITING_MOON, an unknown status") == 1


def test_it_fires_once_when_all_of_many_are_terminal(paxos: FakePaxos) -> None:
    one, two, three = paxos.add(1), paxos.add(2, status="COMPLETED"), paxos.add(3)
    changes = {30: lambda: paxos.end(three, "COMPLETED"), 60: lambda: paxos.end(one, "COMPLETED")}
    many = trigger(orchestration_ids=[one, two], ref_ids=["settle-3"])
    assert fired(many, at=changes) == completed(two, three, one)


def test_what_is_terminal_is_not_polled_again(paxos: FakePaxos) -> None:
    one, two = paxos.add(1), paxos.add(2, status="COMPLETED")
    fired(trigger(orchestration_ids=[one, two]), at={1: lambda: paxos.end(one, "COMPLETED")})
    read = [each.query["orchestration_id"] for each in paxos.asked if each.call == "list"]
    assert read == [[one, two], [one]]


def test_many_are_read_a_hundred_a_request(paxos: FakePaxos) -> None:
    ids = [paxos.add(number, status="COMPLETED") for number in range(250)]
    assert fired(trigger(orchestration_ids=ids)) == {"terminal": {"COMPLETED": 250}}
    assert [len(each.query["orchestration_id"]) for each in paxos.asked if each.call == "list"] == [100, 100, 50]


def test_an_id_that_list_does_not_show_is_asked_for_alone(paxos: FakePaxos) -> None:
    one, two = paxos.add(1, status="COMPLETED"), paxos.add(2, status="COMPLETED")
    paxos.unlisted = {two}
    assert fired(trigger(orchestration_ids=[one, two])) == completed(one, two)
    assert paxos.calls() == ["list", "get"]


@pytest.mark.parametrize("interval", [None, 3600])
def test_a_ref_id_may_not_exist_for_hours(paxos: FakePaxos, interval: float | None) -> None:
    appears = {7200: lambda: paxos.add(1, status="COMPLETED")}
    assert fired(trigger(ref_ids=["settle-1"], poll_interval=interval), at=appears) == completed(ID)


def test_an_id_may_be_unknown_for_a_minute(paxos: FakePaxos) -> None:
    assert fired(trigger(poll_interval=5), at={50: lambda: paxos.add(1, status="COMPLETED")}) == completed(ID)


def test_an_id_that_stays_unknown_ends_the_wait(paxos: FakePaxos) -> None:
    assert (
        "id orchestration-1): Paxos has returned no orchestration with this id for 60 s"
        in fired(trigger(poll_interval=30))["error"]
    )


@pytest.mark.parametrize("answer", [BROKEN, Answer(200, []), Answer(200, {"items": [{}]})])
def test_a_transient_error_does_not_end_the_wait(paxos: FakePaxos, answer: Answer) -> None:
    paxos.add(1, status="COMPLETED")
    paxos.replies["list"].extend([answer] * 7)
    assert fired(trigger()) == completed(ID)


def test_a_throttle_is_slept_out(paxos: FakePaxos, naps: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    clock = SimpleNamespace(time=lambda: sum(naps), monotonic=lambda: sum(naps))
    monkeypatch.setattr(hooks_connection, "time", clock)
    paxos.add(1, status="COMPLETED")
    paxos.replies["list"].append(problem(429, "rate-limited"))
    assert fired(trigger()) == completed(ID)
    assert 300 <= sum(naps) <= 315


def test_an_unreachable_host_does_not_end_the_wait_and_is_logged(paxos: FakePaxos, logged: Logged) -> None:
    paxos.add(1, status="COMPLETED")
    paxos.unreachable = True
    assert fired(trigger(), at={100: lambda: setattr(paxos, "unreachable", False)}) == completed(ID)
    said = logged()
    assert said.count("Transient error while polling; will retry: Token request") == 1
    assert said.count("Polling Paxos works again") == 1


def wrong_secret(paxos: FakePaxos, define: Define) -> None:
    paxos.secret = "another"


def refused_token(paxos: FakePaxos, define: Define) -> None:
    paxos.always["list"] = UNAUTHORIZED


def missing_scope(paxos: FakePaxos, define: Define) -> None:
    paxos.always["list"] = MISSING_SCOPE


def invalid_connection(paxos: FakePaxos, define: Define) -> None:
    define(extra="{not json")


CAUSES = {
    wrong_secret: "client secret are corrected",
    refused_token: "client secret are corrected",
    missing_scope: "until the scope is granted",
    invalid_connection: "Connection paxos_default: extra is not a JSON object",
}


@pytest.mark.parametrize("cause", CAUSES)
def test_a_non_transient_error_ends_the_wait_at_once(
    paxos: FakePaxos, define_connection: Define, cause: Callable[[FakePaxos, Define], None]
) -> None:
    paxos.add(1)
    cause(paxos, define_connection)
    event = fired(trigger(poll_interval=3600))
    assert set(event) == {"error"}
    assert CAUSES[cause] in event["error"]
    assert len(paxos.calls()) <= 2


@pytest.mark.parametrize("cause", CAUSES)
def test_no_secret_is_in_an_event(
    paxos: FakePaxos, define_connection: Define, cause: Callable[[FakePaxos, Define], None]
) -> None:
    cause(paxos, define_connection)
    event = json.dumps(fired(trigger()))
    assert SECRET not in event
    assert "minted-" not in event


def test_an_undefined_connection_ends_the_wait_at_once() -> None:
    event = fired(trigger(paxos_conn_id="paxos_elsewhere"))
    assert event["error"].startswith("Connection paxos_elsewhere is not defined")


def test_silent_fail_waits_on_after_a_non_transient_error(paxos: FakePaxos, logged: Logged) -> None:
    paxos.add(1, status="COMPLETED")
    paxos.always["list"] = UNAUTHORIZED
    assert fired(trigger(silent_fail=True), at={100: paxos.always.clear}) == completed(ID)
    assert logged().count("Error while polling; will retry") == 1


def test_being_cancelled_passes_through_and_closes_the_connections(paxos: FakePaxos, mocker: MockerFixture) -> None:
    paxos.add(1)
    closed = mocker.spy(AsyncPaxosClient, "close")

    async def cancel() -> None:
        running = asyncio.create_task(all_events(trigger()))
        asyncio.get_running_loop().call_later(5, running.cancel)
        await running

    with pytest.raises(asyncio.CancelledError):
        run(cancel())
    assert closed.call_count == 1


def test_the_connections_are_closed_at_the_end(paxos: FakePaxos, mocker: MockerFixture) -> None:
    paxos.add(1, status="COMPLETED")
    closed = mocker.spy(AsyncPaxosClient, "close")
    fired(trigger())
    assert closed.call_count == 1


def test_running_twice_at_once_does_no_harm(paxos: FakePaxos) -> None:
    paxos.add(1, status="COMPLETED")
    assert fired_together(trigger(), trigger()) == [completed(ID)] * 2
    assert (paxos.minted, paxos.calls()) == (1, ["list"])


def test_killed_it_logs_that_the_orchestrations_go_on(logged: Logged) -> None:
    asyncio.run(trigger(orchestration_ids=["a", "b"], ref_ids=["c"]).on_kill())
    assert "No longer waiting for a, b, ref_id c. Paxos cannot cancel what it has accepted: it goes on." in logged()


def test_killed_it_names_but_a_few_of_many(logged: Logged) -> None:
    asyncio.run(trigger(orchestration_ids=[f"id-{number}" for number in range(1500)]).on_kill())
    assert "id-9 and 1,490 more. Paxos" in logged()


def test_the_token_is_masked(paxos: FakePaxos, masked: list[object]) -> None:
    paxos.add(1, status="COMPLETED")
    fired(trigger())
    assert masked == [SECRET, "minted-1"]


def test_the_connection_is_never_read_by_the_blocking_call(paxos: FakePaxos, mocker: MockerFixture) -> None:
    paxos.add(1, status="COMPLETED")
    blocking = mocker.patch.object(Connection, "get")
    fired(trigger())
    blocking.assert_not_called()
