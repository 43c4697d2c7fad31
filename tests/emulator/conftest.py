"""An emulator in the test's own process: without sockets where they do not matter, with them where they do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import requests
from fastapi.testclient import TestClient

from airflow_provider_paxos.emulator.app import build_app
from airflow_provider_paxos.emulator.backend import Backend
from airflow_provider_paxos.emulator.middleware import EmulatorMiddleware
from airflow_provider_paxos.emulator.models import TREASURY_PROFILE
from airflow_provider_paxos.emulator.server import RunningEmulator
from airflow_provider_paxos.emulator.settings import CLIENT_ID, CLIENT_SECRET
from tests import payments
from tests.payments import profile

ORCHESTRATIONS = "/v2/orchestration/orchestrations"


def payment(ref_id: str = "pay-1", **fields: Any) -> dict[str, Any]:
    """Return a valid create request, with some fields changed; None leaves one out."""
    own = {
        "source_asset": "USDC",
        "destination_asset": "USD",
        "source_amount": "250.00",
        "source": profile(TREASURY_PROFILE),
        "destination": {"fiat": {"bank_account_id": "b5e0cf1a-0d5c-4c6e-9a76-0b0c2bdb6c1e"}},
    }
    return payments.payment(ref_id, **{**own, **fields})


class Api:
    """A client of an emulator that has no socket."""

    def __init__(self, backend: Backend, app: EmulatorMiddleware | None = None) -> None:
        self.backend = backend
        self.http = TestClient(app or build_app(backend), base_url="http://paxos.test")
        self.authorize()

    def token(self, **form: str) -> httpx.Response:
        grant = {"grant_type": "client_credentials", "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
        return self.http.post("/oauth2/token", data={**grant, **form})

    def authorize(self, scope: str = "") -> None:
        self.http.headers["Authorization"] = f"Bearer {self.token(scope=scope).json()['access_token']}"

    def create(self, *args: str, **fields: Any) -> httpx.Response:
        return self.http.post(ORCHESTRATIONS, json=payment(*args, **fields))

    def created(self, *args: str, **fields: Any) -> dict[str, Any]:
        answer = self.create(*args, **fields)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def get(self, orchestration_id: str) -> dict[str, Any]:
        return self.http.get(f"{ORCHESTRATIONS}/{orchestration_id}").json()

    def list(self, **params: Any) -> httpx.Response:
        return self.http.get(ORCHESTRATIONS, params=params)

    def listed(self, **params: Any) -> list[str]:
        answer = self.list(**params)
        assert answer.status_code == 200, answer.text
        return [item["ref_id"] for item in answer.json()["items"]]

    def balance(self, profile_id: str, asset: str) -> tuple[str, str]:
        answer = self.http.get(f"/v2/profiles/{profile_id}/balances/{asset}").json()
        return answer["available"], answer["trading"]

    def pages(self, path: str, key: str = "items", **params: Any) -> list[list[dict[str, Any]]]:
        """Return every page of a list, from the first to the last."""
        pages, cursor = [], {}
        while True:
            answer = self.http.get(path, params={**params, **cursor})
            assert answer.status_code == 200, answer.text
            document = answer.json()
            pages.append(document[key])
            if "next_page_cursor" not in document:
                return pages
            cursor = {"page_cursor": document["next_page_cursor"]}

    def put_address(self, **fields: Any) -> httpx.Response:
        body = {"crypto_network": "ETHEREUM", "address": "0xabc", **fields}
        body = {name: value for name, value in body.items() if value is not None}
        return self.http.put("/v2/transfer/crypto-destination-address", json=body)

    def saved_address(self, **fields: Any) -> dict[str, Any]:
        answer = self.put_address(**fields)
        assert answer.status_code == 200, answer.text
        return answer.json()["address"]

    def control(self, path: str, body: dict[str, Any] | None = None, method: str = "POST") -> httpx.Response:
        return self.http.request(method, f"/_emulator/{path}", json=body)

    def configure(self, **changes: Any) -> None:
        assert self.control("settings", changes, "PATCH").status_code == 200

    def advance(self, seconds: float) -> None:
        assert self.control("clock/advance", {"seconds": seconds}).status_code == 200


# Built once, because building an application takes longer than most tests.
_BACKEND = Backend()
_APPLICATION = build_app(_BACKEND)


def fresh_api() -> Api:
    """Return a client, with a token of every scope, of an emulator that has just begun and whose clock stands still."""
    _BACKEND.reset()
    _BACKEND.clock.freeze()
    return Api(_BACKEND, _APPLICATION)


@pytest.fixture
def api() -> Api:
    """A client of a fresh emulator."""
    return fresh_api()


@pytest.fixture
def emulator() -> Iterator[RunningEmulator]:
    """An emulator behind a real socket."""
    with RunningEmulator() as running:
        yield running


@pytest.fixture
def session(emulator: RunningEmulator) -> Iterator[requests.Session]:
    """A client of it, with a token of every scope."""
    with requests.Session() as client:
        client.trust_env = False
        form = {"grant_type": "client_credentials"}
        granted = client.post(emulator.token_url, form, auth=(emulator.client_id, emulator.client_secret), timeout=10)
        client.headers["Authorization"] = f"Bearer {granted.json()['access_token']}"
        yield client
