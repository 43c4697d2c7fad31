"""Faults through real sockets: what a client sees, and whether money moved."""

from __future__ import annotations

import threading
from typing import Any

import pytest
import requests

from airflow_provider_paxos.emulator.control_client import ControlRefused
from airflow_provider_paxos.emulator.server import RunningEmulator
from demo.processes import wait_until
from tests.emulator.conftest import Api, payment

PATH = "/v2/orchestration/orchestrations"


@pytest.fixture
def create(emulator: RunningEmulator, session: requests.Session) -> Any:
    """A function that sends a create request."""
    emulator.freeze()

    def send(ref_id: str = "pay-1", timeout: float = 10, **fields: Any) -> requests.Response:
        return session.post(f"{emulator.url}{PATH}", json=payment(ref_id, **fields), timeout=timeout)

    return send


def test_a_refused_connection_is_reset_and_nothing_was_done(emulator: RunningEmulator, create: Any) -> None:
    emulator.fault("refuse")
    with pytest.raises(requests.ConnectionError, match="reset"):
        create()
    assert emulator.accepted_creates() == {}


def test_a_connection_dropped_before_the_work_leaves_nothing(emulator: RunningEmulator, create: Any) -> None:
    emulator.fault("drop_before")
    with pytest.raises(requests.ConnectionError, match="without response"):
        create()
    assert emulator.accepted_creates() == {}
    assert create().status_code == 200


def test_a_connection_dropped_after_the_work_leaves_an_orchestration(emulator: RunningEmulator, create: Any) -> None:
    emulator.fault("drop_after")
    with pytest.raises(requests.ConnectionError, match="without response"):
        create()
    again = create()
    assert again.status_code == 409
    assert emulator.accepted_creates() == {"pay-1": [again.json()["meta"]["existing"]["id"]]}


def test_a_cut_answer_is_shorter_than_it_says(emulator: RunningEmulator, create: Any) -> None:
    emulator.fault("cut")
    with pytest.raises(requests.exceptions.ChunkedEncodingError, match="IncompleteRead"):
        create()
    assert list(emulator.accepted_creates()) == ["pay-1"]


def test_a_garbled_answer_is_a_200_that_is_not_json(emulator: RunningEmulator, create: Any) -> None:
    emulator.fault("garble")
    answer = create()
    assert answer.status_code == 200
    with pytest.raises(requests.JSONDecodeError):
        answer.json()
    assert list(emulator.accepted_creates()) == ["pay-1"]


@pytest.mark.parametrize(("fault", "status"), [({}, 502), ({"status": 200}, 200)])
def test_a_proxy_answers_a_page_and_nothing_was_done(
    emulator: RunningEmulator, create: Any, fault: dict[str, Any], status: int
) -> None:
    emulator.fault("html", **fault)
    answer = create()
    assert (answer.status_code, answer.headers["content-type"]) == (status, "text/html; charset=utf-8")
    assert answer.text.startswith("<!DOCTYPE html>")
    assert emulator.accepted_creates() == {}


@pytest.mark.parametrize(
    ("fault", "status", "after"),
    [
        ({"kind": "unauthorized"}, 401, None),
        ({"kind": "throttle"}, 429, None),
        ({"kind": "throttle", "retry_after": 7}, 429, "7"),
        ({"kind": "throttle", "retry_after": "Wed, 01 Jul 2026 00:00:00 GMT"}, 429, "Wed, 01 Jul 2026 00:00:00 GMT"),
        ({"kind": "error"}, 503, None),
        ({"kind": "error", "status": 500, "detail": "oops"}, 500, None),
        ({"kind": "error", "status": 599}, 599, None),
    ],
    ids=str,
)
def test_an_error_is_answered_and_nothing_was_done(
    emulator: RunningEmulator, create: Any, fault: dict[str, Any], status: int, after: str | None
) -> None:
    emulator.fault(**fault)
    answer = create()
    assert (answer.status_code, answer.headers.get("retry-after")) == (status, after)
    assert (answer.json()["type"], answer.json()["status"]) == ("about:blank", status)
    assert emulator.accepted_creates() == {}


def test_an_error_can_come_after_the_work(emulator: RunningEmulator, create: Any) -> None:
    emulator.fault("error", status=500, after_work=True)
    assert create().status_code == 500
    assert list(emulator.accepted_creates()) == ["pay-1"]


def test_a_problem_is_of_ones_own_making(emulator: RunningEmulator, create: Any) -> None:
    meta = {"limit": "10", "amount": "5"}
    emulator.fault("problem", status=400, cause="below-min-withdraw-limit", detail="too little", meta=meta)
    assert create().json() == {
        "type": "https://developer.paxos.com/docs/v2/problems/below-min-withdraw-limit",
        "title": "Withdrawal Amount Too Small",
        "status": 400,
        "detail": "too little",
        "meta": meta,
    }


def test_a_delay_lets_a_client_give_up_before_the_work(emulator: RunningEmulator, create: Any) -> None:
    emulator.fault("delay", seconds=600)
    with pytest.raises(requests.ReadTimeout):
        create(timeout=1)
    assert emulator.accepted_creates() == {}


def test_a_delay_lets_a_client_give_up_after_the_work(emulator: RunningEmulator, create: Any) -> None:
    emulator.fault("delay", seconds=600, after_work=True)
    with pytest.raises(requests.ReadTimeout):
        create(timeout=1)
    wait_until(emulator.accepted_creates, "the work", seconds=300, pause=0.05)
    assert list(emulator.accepted_creates()) == ["pay-1"]


def test_a_delayed_answer_comes(emulator: RunningEmulator, create: Any) -> None:
    emulator.fault("delay", seconds=0.2)
    assert create().status_code == 200
    assert list(emulator.accepted_creates()) == ["pay-1"]


def test_delays_do_not_hold_up_the_stop() -> None:
    others = set(threading.enumerate())
    with RunningEmulator() as emulator:
        (thread,) = set(threading.enumerate()) - others
        emulator.fault("delay", times=2, path="/oauth2", seconds=6000)
        emulator.fault("delay", times=2, path="/oauth2", seconds=6000, after_work=True)
        for _ in range(4):
            with pytest.raises(requests.ReadTimeout):
                requests.post(emulator.token_url, timeout=0.5)
    thread.join(300)
    assert not thread.is_alive()


def test_a_fault_applies_to_as_many_requests_as_it_says(emulator: RunningEmulator, create: Any) -> None:
    emulator.fault("error", times=2)
    assert [create(name).status_code for name in "abc"] == [503, 503, 200]


def test_faults_apply_in_their_order(emulator: RunningEmulator, create: Any) -> None:
    emulator.fault("error", status=500)
    emulator.fault("throttle")
    assert [create(name).status_code for name in "abc"] == [500, 429, 200]


def test_every_fault_is_in_the_journal(emulator: RunningEmulator, create: Any) -> None:
    emulator.fault("error")
    emulator.fault("drop_after")
    create()
    with pytest.raises(requests.ConnectionError):
        create()
    create()
    entries = [(one["fault"], one["status"], one["accepted"]) for one in emulator.journal() if one["ref_id"]]
    assert entries == [("error", 503, False), ("drop_after", None, True), (None, 409, False)]


def test_the_token_endpoint_has_faults_only_when_named(emulator: RunningEmulator, create: Any) -> None:
    form = {
        "grant_type": "client_credentials",
        "client_id": emulator.client_id,
        "client_secret": emulator.client_secret,
    }
    emulator.fault("unauthorized")
    assert requests.post(emulator.token_url, form, timeout=10).status_code == 200
    emulator.clear_faults()
    emulator.fault("unauthorized", path="/oauth2/token")
    refused = requests.post(emulator.token_url, form, timeout=10)
    assert (refused.status_code, refused.json()) == (401, {"error": "invalid_client"})


@pytest.mark.parametrize(
    ("match", "applies"),
    [
        ({}, True),
        ({"method": "post"}, True),
        ({"method": "GET"}, False),
        ({"path": "/v2/orch"}, True),
        ({"path": "/orchestration"}, False),
        ({"path": "^/v2/[a-z]+/orchestrations$"}, True),
        ({"path": "^/v2/events"}, False),
        ({"ref_id": "pay-1"}, True),
        ({"ref_id": "pay-2"}, False),
    ],
    ids=str,
)
def test_a_fault_applies_to_requests_that_match(api: Api, match: dict[str, Any], applies: bool) -> None:
    api.control("faults", {"kind": "error", **match})
    assert (api.create().status_code == 503) is applies


def test_without_a_socket_a_dropped_connection_is_an_exception(api: Api) -> None:
    api.control("faults", {"kind": "drop_before"})
    with pytest.raises(ConnectionResetError):
        api.create()


@pytest.mark.parametrize("body", [b"[1]", b"{", b"{}", b'{"ref_id": 7}'])
def test_a_create_without_a_ref_id_is_a_request_like_any_other(api: Api, body: bytes) -> None:
    api.control("faults", {"kind": "error", "ref_id": "pay-1"})
    assert api.http.post(PATH, content=body).status_code == 400


def test_faults_are_listed_and_cleared(emulator: RunningEmulator) -> None:
    emulator.fault("throttle", times=3, retry_after=5)
    emulator.fault("cut")
    assert emulator.faults() == [{"kind": "throttle", "times": 3, "retry_after": 5}, {"kind": "cut", "times": 1}]
    emulator.clear_faults()
    assert emulator.faults() == []


@pytest.mark.parametrize(
    "fault",
    [{"kind": "magic"}, {"kind": "error", "times": 0}, {"kind": "error", "path": "^("}, {"kind": "error", "x": 1}],
)
def test_an_impossible_fault_is_refused(emulator: RunningEmulator, fault: dict[str, Any]) -> None:
    with pytest.raises(ControlRefused, match="POST /_emulator/faults"):
        emulator.fault(**fault)


def test_a_page_of_a_list_can_fail(api: Api) -> None:
    for number in range(5):
        api.created(str(number))
    api.control("faults", {"kind": "error", "path": PATH, "query": "page_cursor="})
    first = api.list(limit=2)
    assert first.status_code == 200
    cursor = first.json()["next_page_cursor"]
    assert [api.list(limit=2, page_cursor=cursor).status_code for _ in range(2)] == [503, 200]


def test_a_fault_can_spare_the_first_requests(api: Api) -> None:
    api.control("faults", {"kind": "error", "path": PATH, "skip": 2})
    assert [api.list().status_code for _ in range(4)] == [200, 200, 503, 200]


def test_a_cursor_can_lead_to_the_same_page_again(api: Api) -> None:
    for number in range(5):
        api.created(str(number))
    api.control("faults", {"kind": "repeat_cursor", "path": PATH})
    first = api.list(limit=2).json()
    cursor = first["next_page_cursor"]
    second = api.list(limit=2, page_cursor=cursor).json()
    assert second["next_page_cursor"] == cursor
    assert api.list(limit=2, page_cursor=cursor).json()["next_page_cursor"] != cursor
