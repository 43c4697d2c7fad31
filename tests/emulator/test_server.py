from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
import requests

from airflow_provider_paxos.emulator.control_client import ControlRefused
from airflow_provider_paxos.emulator.lifecycle import PENDING_DESTINATION
from airflow_provider_paxos.emulator.server import RunningEmulator
from tests.emulator.conftest import payment


def test_it_ends_with_its_thread_and_its_port() -> None:
    with RunningEmulator() as emulator:
        assert emulator.settings()["client_id"] == emulator.client_id
    assert "paxos-emulator" not in {thread.name for thread in threading.enumerate()}
    with pytest.raises(ConnectionRefusedError):
        emulator.settings()


def test_stopping_what_never_started_does_nothing() -> None:
    RunningEmulator().stop()


def test_one_that_does_not_start_says_so(mocker: Any) -> None:
    mocker.patch("airflow_provider_paxos.emulator.server.TIMEOUT", 0.01)
    mocker.patch("airflow_provider_paxos.emulator.app.EmulatorServer.run")
    with pytest.raises(RuntimeError, match="did not start"):
        RunningEmulator().start()


def test_two_have_nothing_in_common(emulator: RunningEmulator) -> None:
    with RunningEmulator(settle_seconds=1) as other:
        assert other.url != emulator.url
        assert other.settings()["settle_seconds"] == 1
        assert emulator.settings()["settle_seconds"] == 6


def test_it_comes_back_on_its_port_with_its_state(tmp_path: Path) -> None:
    with RunningEmulator(state_file=tmp_path / "state") as first:
        first.add_profile("kept", "00000000-0000-4000-8000-000000000009", {"USD": "1"})
        port = urlsplit(first.url).port
    assert port
    with RunningEmulator(state_file=tmp_path / "state", port=port) as second:
        assert second.url == first.url
        assert second.balances()["profile:00000000-0000-4000-8000-000000000009:available"] == {"USD": "1"}


def test_a_connection_is_at_hand_as_json_and_as_a_uri(emulator: RunningEmulator) -> None:
    connection = json.loads(emulator.connection_json)
    assert connection == {
        "conn_type": "paxos",
        "login": "paxos-emulator",
        "password": "paxos-emulator-secret",
        "host": f"{emulator.url}/v2",
    }
    uri = urlsplit(emulator.conn_uri)
    assert (uri.scheme, uri.username, uri.password) == ("paxos", connection["login"], connection["password"])
    assert unquote(uri.netloc.rpartition("@")[2]) == connection["host"]


def test_concurrent_creates_of_one_ref_id_are_accepted_once(
    emulator: RunningEmulator, session: requests.Session
) -> None:
    def create(number: int) -> int:
        body = payment("same", source_amount=f"{number + 1}")
        url = f"{emulator.base_url}/orchestration/orchestrations"
        return requests.post(url, json=body, headers=dict(session.headers), timeout=30).status_code

    with ThreadPoolExecutor(16) as threads:
        answers = list(threads.map(create, range(48)))
    assert sorted(answers) == [200] + [409] * 47
    assert [len(ids) for ids in emulator.accepted_creates().values()] == [1]
    assert set(emulator.ledger_sums().values()) == {"0"}


def test_the_handle_has_every_control(emulator: RunningEmulator, session: requests.Session) -> None:
    url = f"{emulator.base_url}/orchestration/orchestrations"
    pending = payment(destination={"fiat": {"bank_account_id": PENDING_DESTINATION}})
    emulator.freeze()
    emulator.outcome("FAILED", match={"ref_id": "pay-3"}, reason="why")
    ids = [
        session.post(url, json={**pending, "ref_id": f"pay-{number}"}, timeout=10).json()["id"] for number in (1, 2, 3)
    ]
    assert emulator.approve(ids[0])["status"] == "PROCESSING"
    assert emulator.reject("pay-2", "no")["fail_reason"] == {"detail": "no"}
    assert emulator.set_status(ids[2], "SETTLING")["status"] == "SETTLING"
    before = emulator.now()
    emulator.advance(6)
    assert session.get(f"{url}/{ids[0]}", timeout=10).json()["status"] == "COMPLETED"
    assert emulator.now() > before
    emulator.thaw()
    assert emulator.configure(list_lag_seconds=3)["list_lag_seconds"] == 3
    assert emulator.accepted_creates() == {f"pay-{number}": [ids[number - 1]] for number in (1, 2, 3)}
    assert emulator.bookings()[-1]["reason"] == "destination transfer"
    emulator.revoke_tokens()
    assert session.get(url, timeout=10).status_code == 401
    emulator.reset()
    assert emulator.journal() == []


def test_a_control_that_is_refused_says_why(emulator: RunningEmulator) -> None:
    with pytest.raises(ControlRefused, match="there is no orchestration with the id or ref_id a/b"):
        emulator.approve("a/b")
