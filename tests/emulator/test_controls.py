from __future__ import annotations

from typing import Any

import pytest

from airflow_provider_paxos.emulator.settings import SCOPES
from tests.emulator.conftest import Api


@pytest.mark.parametrize(
    ("decision", "status"), [("approve", "PROCESSING"), ("reject", "PROCESSING"), ("approve", "COMPLETED")]
)
def test_only_a_pending_orchestration_is_approved_or_rejected(api: Api, decision: str, status: str) -> None:
    api.created()
    api.control("orchestrations/pay-1/status", {"status": status})
    answer = api.control(f"orchestrations/pay-1/{decision}")
    assert answer.status_code == 409
    assert answer.json()["detail"].endswith(f"is {status}, not PENDING")


def test_a_terminal_status_is_not_changed(api: Api) -> None:
    api.created()
    api.control("orchestrations/pay-1/status", {"status": "COMPLETED"})
    answer = api.control("orchestrations/pay-1/status", {"status": "FAILED"})
    assert (answer.status_code, "COMPLETED already" in answer.json()["detail"]) == (409, True)


def test_an_orchestration_that_is_not_there_is_named(api: Api) -> None:
    answer = api.control("orchestrations/nothing/approve")
    assert answer.status_code == 404
    assert answer.json() == {"detail": "there is no orchestration with the id or ref_id nothing"}


def test_hand_made_orchestrations_have_no_metadata(api: Api) -> None:
    fields: dict[str, Any] = {"ref_id": "by-hand", "source_asset": "USD", "destination_asset": "USDG"}
    made = api.control("orchestrations", {**fields, "source_amount": "5"}).json()
    assert "metadata" not in made
    assert api.get(made["id"]) == made
    assert api.control("orchestrations", fields).status_code == 409
    assert api.control("orchestrations", {"ref_id": "wrong"}).status_code == 400


def test_an_orchestration_can_show_what_it_is_not(api: Api) -> None:
    created = api.created(metadata={"a": "b"})
    before = api.control("ledger", method="GET").json()
    api.control("orchestrations/pay-1", {"source_amount": "999", "metadata": None}, "PATCH")
    altered = {**created, "source_amount": "999"}
    del altered["metadata"]
    assert api.get(created["id"]) == altered
    assert api.list().json()["items"] == [altered]
    assert api.control("ledger", method="GET").json() == before


def test_the_clock_is_read_moved_and_let_go(api: Api) -> None:
    before = api.control("clock", method="GET").json()
    assert before["frozen"] is True
    after = api.control("clock/advance", {"seconds": 60}).json()
    assert after["now"] > before["now"]
    assert api.control("clock/thaw").json()["frozen"] is False
    assert api.control("clock/freeze").json()["frozen"] is True


@pytest.mark.parametrize("seconds", [-1, 1e10, "x"])
def test_the_clock_moves_ahead_only(api: Api, seconds: Any) -> None:
    assert api.control("clock/advance", {"seconds": seconds}).status_code == 422


def test_settings_are_read_and_changed_without_showing_the_secret(api: Api) -> None:
    changed = api.control("settings", {"settle_seconds": 1, "client_secret": "new"}, "PATCH").json()
    assert changed == api.control("settings", method="GET").json()
    assert changed["settle_seconds"] == 1
    assert changed["scopes"] == list(SCOPES)
    assert "client_secret" not in changed


@pytest.mark.parametrize("change", [{"unknown": 1}, {"settle_seconds": -1}, {"conflict_shape": "round"}])
def test_an_impossible_setting_is_refused_and_changes_nothing(api: Api, change: dict[str, Any]) -> None:
    before = api.backend.settings
    answer = api.control("settings", change, "PATCH")
    assert answer.status_code == 422
    assert next(iter(change)) in str(answer.json()["detail"])
    assert api.backend.settings == before


def test_a_profile_is_added_with_its_balances(api: Api) -> None:
    added = api.control("profiles", {"nickname": "poor", "balances": {"USD": "0.50"}}).json()
    assert added["type"] == "NORMAL"
    assert api.balance(added["id"], "USD") == ("0.5", "0")
    assert api.balance(added["id"], "USDC") == ("0", "0")


@pytest.mark.parametrize("balances", [{"EUR": "1"}, {"USD": "0.001"}, {"USD": "x"}])
def test_a_profile_is_not_added_with_impossible_balances(api: Api, balances: dict[str, str]) -> None:
    assert api.control("profiles", {"nickname": "odd", "balances": balances}).status_code == 422
    assert len(api.backend.profiles.all()) == 3


def test_a_profile_is_not_added_twice(api: Api) -> None:
    body = {"nickname": "once", "id": "00000000-0000-4000-8000-000000000009"}
    assert [api.control("profiles", body).status_code for _ in range(2)] == [200, 409]


def test_a_reset_forgets_everything(api: Api) -> None:
    api.created()
    api.configure(settle_seconds=1)
    api.control("faults", {"kind": "error"})
    api.control("outcomes", {"status": "FAILED"})
    api.control("reset")
    assert api.list().status_code == 401
    api.authorize()
    assert api.listed() == []
    assert api.balance("default", "USD") == ("10000000", "0")
    assert api.control("settings", method="GET").json()["settle_seconds"] == 6


def test_the_controls_describe_themselves(api: Api) -> None:
    described = api.http.get("/_emulator/openapi.json").json()
    assert "/_emulator/faults" in described["paths"]
    assert not [path for path in described["paths"] if not path.startswith("/_emulator")]
