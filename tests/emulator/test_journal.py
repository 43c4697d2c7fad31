from __future__ import annotations

import base64

from airflow_provider_paxos.emulator.settings import CLIENT_ID, CLIENT_SECRET
from tests.emulator.conftest import Api


def requests_of(api: Api) -> list[dict[str, object]]:
    entries: list[dict[str, object]] = api.control("journal", method="GET").json()["requests"]
    return entries[1:]  # after the token's


def test_every_request_is_written_down_in_its_order(api: Api) -> None:
    created = api.created()
    api.list(ref_id="pay-1")
    api.create()
    now = created["created_at"]
    post, path = {"time": now, "method": "POST", "fault": None}, "/v2/orchestration/orchestrations"
    common = {"path": path, "fault": None, "time": now}
    assert requests_of(api) == [
        {
            **post,
            **common,
            "query": "",
            "ref_id": "pay-1",
            "status": 200,
            "accepted": True,
            "orchestration_id": created["id"],
        },
        {
            **common,
            "method": "GET",
            "query": "ref_id=pay-1",
            "ref_id": None,
            "status": 200,
            "accepted": False,
            "orchestration_id": None,
        },
        {**post, **common, "query": "", "ref_id": "pay-1", "status": 409, "accepted": False, "orchestration_id": None},
    ]


def test_controls_are_not_written_down(api: Api) -> None:
    api.control("clock", method="GET")
    assert requests_of(api) == []


def test_every_booking_is_written_down_as_strings(api: Api) -> None:
    created = api.created()
    booking = api.control("journal", method="GET").json()["bookings"][-1]
    profile = f"profile:{created['profile_id']}"
    assert booking == {
        "time": created["created_at"],
        "orchestration_id": created["id"],
        "ref_id": "pay-1",
        "reason": "reserve",
        "debit": f"{profile}:available",
        "credit": f"{profile}:held",
        "asset": "USDC",
        "amount": "250",
        "transfer_id": None,
    }


def test_no_secret_and_no_token_is_written_down(api: Api) -> None:
    token = api.token().json()["access_token"]
    credentials = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
    api.http.post(f"/oauth2/token?client_secret={CLIENT_SECRET}", headers={"Authorization": f"Basic {credentials}"})
    api.http.get("/v2/profiles", headers={"Authorization": f"Bearer {token}"})
    for page in ("journal", "settings", "ledger"):
        text = api.control(page, method="GET").text
        assert not [one for one in (CLIENT_SECRET, token, credentials) if one in text]
