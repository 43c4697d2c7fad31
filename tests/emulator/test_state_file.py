from __future__ import annotations

import json
from pathlib import Path

import pytest

from airflow_provider_paxos.emulator.backend import Backend
from airflow_provider_paxos.emulator.lifecycle import PENDING_DESTINATION
from airflow_provider_paxos.emulator.state_file import UnreadableState
from tests.emulator.conftest import Api
from tests.emulator.test_routes_rules import RULES, WIRE, created


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where the state is kept."""
    return tmp_path / "state.json"


def restarted(api: Api, file: Path) -> Api:
    """Return the client, with the token it has, of an emulator that has been started anew."""
    again = Api(Backend(state_file=file))
    again.http.headers["Authorization"] = api.http.headers["Authorization"]
    return again


def test_an_orchestration_goes_on_after_a_restart(file: Path) -> None:
    api = Api(Backend(state_file=file))
    api.control("clock/freeze")
    created = api.created(metadata={"a": "b"})
    api.advance(4)
    before = api.get(created["id"])
    api = restarted(api, file)
    assert api.get(created["id"]) == before
    api.advance(2)
    assert api.get(created["id"])["status"] == "COMPLETED"
    assert api.create().status_code == 409
    assert len(api.http.get("/v2/events").json()["events"]) == 2


def test_a_pending_one_still_waits_after_a_restart(file: Path) -> None:
    api = Api(Backend(state_file=file))
    api.created(destination={"fiat": {"bank_account_id": PENDING_DESTINATION}})
    api = restarted(api, file)
    assert api.control("orchestrations/pay-1/approve").json()["status"] == "PROCESSING"


def test_what_time_has_done_is_written_although_only_a_get_saw_it(file: Path) -> None:
    api = Api(Backend(state_file=file))
    api.control("clock/freeze")
    api.created()
    api.backend.clock.advance(6)
    api.list()
    assert json.loads(file.read_bytes())["orchestrations"][0]["status"] == "COMPLETED"


def test_no_token_and_no_secret_is_in_the_file(file: Path) -> None:
    api = Api(Backend(state_file=file))
    token = api.http.headers["Authorization"].removeprefix("Bearer ")
    assert token not in file.read_text()
    assert "paxos-emulator-secret" not in file.read_text()


def test_accounts_addresses_and_the_directory_outlive_a_restart(file: Path) -> None:
    api = Api(Backend(state_file=file))
    api.control("clock/freeze")
    account = api.control("fiat-accounts", {}).json()
    vasp = api.control("vasps", {"name": "Another Exchange"}).json()
    data = {"custodian_type": "VASP", "vasp": {"id": vasp["id"]}}
    address = api.saved_address(travelrule_metadata=data)
    api = restarted(api, file)
    assert api.http.get(f"/v2/transfer/fiat-accounts/{account['id']}").json() == account
    assert api.saved_address() == address
    assert api.http.get(f"/v2/travelrule/vasps/{vasp['id']}").json() == {"vasp": vasp}


def test_rules_their_deposits_and_transfers_outlive_a_restart(file: Path) -> None:
    api = Api(Backend(state_file=file))
    api.control("clock/freeze")
    created(api)
    wire = created(api, "wire", source_asset="USD", source=WIRE)
    api.control("rules/rule-1/deposits", {"amount": "5"})
    before = [api.http.get(path).json() for path in (RULES, "/v2/transfer/transfers", "/v2/events")]
    api = restarted(api, file)
    assert [api.http.get(path).json() for path in (RULES, "/v2/transfer/transfers", "/v2/events")] == before
    instructions_id = wire["source"]["fiat"]["deposit_instructions_id"]
    assert api.http.get(f"/v2/transfer/fiat-deposit-instructions/{instructions_id}").status_code == 200
    api.advance(6)
    assert api.list().json()["items"][0]["status"] == "COMPLETED"


def test_a_reset_is_kept_too(file: Path) -> None:
    api = Api(Backend(state_file=file))
    api.created()
    api.control("reset")
    assert Backend(state_file=file).store.orchestrations == []


def test_the_file_is_replaced_as_a_whole(file: Path) -> None:
    Api(Backend(state_file=file)).created()
    assert [path.name for path in file.parent.iterdir()] == ["state.json"]


@pytest.mark.parametrize(
    ("content", "reason"),
    [("{", "EOF"), ("[]", "object"), ('{"version": 2}', "version"), ('{"bookings": [1]}', "bookings")],
)
def test_a_file_that_is_no_state_is_named_and_left_alone(file: Path, content: str, reason: str) -> None:
    file.write_text(content)
    with pytest.raises(UnreadableState, match=reason) as refused:
        Backend(state_file=file)
    assert str(file) in str(refused.value)
    assert file.read_text() == content


def test_a_file_whose_money_does_not_add_up_is_no_state(file: Path) -> None:
    Api(Backend(state_file=file)).created()
    state = json.loads(file.read_bytes())
    state["bookings"][-1]["amount"] = "10000000.01"
    file.write_text(json.dumps(state))
    with pytest.raises(UnreadableState, match="available lacks"):
        Backend(state_file=file)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnreadableState, match="Is a directory"):
        Backend(state_file=tmp_path)
