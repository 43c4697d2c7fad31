"""Every call that the emulator serves has the published scope, and an answer of the published shape."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import Any

import httpx
import pytest

from airflow_provider_paxos.emulator.models import TREASURY_PROFILE
from tests.api.published.shapes import PATHS, faults
from tests.emulator.conftest import Api, payment
from tests.emulator.test_routes_rules import WIRE, body, created

SERVED = sorted(
    {
        *("GET /events", "GET /events/{id}"),
        *("GET /orchestration/orchestrations", "POST /orchestration/orchestrations"),
        "GET /orchestration/orchestrations/{id}",
        *("GET /orchestration/rules", "POST /orchestration/rules", "DELETE /orchestration/rules/{id}"),
        *("GET /profiles", "GET /profiles/{profile_id}"),
        *("GET /profiles/{profile_id}/balances", "GET /profiles/{profile_id}/balances/{asset}"),
        *("POST /sandbox/fiat-deposits", "POST /sandbox/profiles/{profile_id}/deposit"),
        *("GET /transfer/crypto-destination-addresses", "PUT /transfer/crypto-destination-address"),
        *("GET /transfer/fiat-accounts", "GET /transfer/fiat-accounts/{id}"),
        *("GET /transfer/fiat-deposit-instructions", "GET /transfer/fiat-deposit-instructions/{id}"),
        "GET /transfer/limits/utilizations",
        *("GET /transfer/transfers", "GET /transfer/transfers/{id}"),
        *("GET /travelrule/vasps", "GET /travelrule/vasps/{id}"),
    }
)

# The published example of a list of bank accounts has null where a name or an address is hidden, and the published
# examples of instructions have no identity_id, which their schema requires.
CONTRADICTED = re.compile(r"None is not of type 'object'|'identity_id' is a required property")

Send = Callable[[], httpx.Response]


@pytest.fixture
def calls(api: Api) -> dict[str, Send]:
    """Each call, with what it needs to answer 200."""
    everything = {"identity_id": "i", "account_id": "a", "metadata": {"k": "v"}}
    destination = {"crypto": {"address": "0xabc", "network": "ETHEREUM"}}
    made = api.created("a", destination=destination, **everything)
    failed = api.created("b", destination={"fiat": {"bank_account_id": "b", "memo": "m"}})
    api.control(f"orchestrations/{failed['id']}/status", {"status": "FAILED"})
    rule = created(api, nickname="n", **{name: everything[name] for name in ("identity_id", "account_id")})
    wire = created(api, "wire", source_asset="USD", source=WIRE)
    api.control("rules/wire/deposits", {"amount": "5"})
    api.advance(6)
    account = api.control("fiat-accounts", {"ref_id": "r", **everything}).json()
    beneficiary = {"person_details": {"first_name": "A", "last_name": "B", "physical_address": {"country": "USA"}}}
    rule_data = {"custodian_type": "PRIVATE", "beneficiary": beneficiary, "transfer_purpose": "p"}
    api.saved_address(identity_id="i", travelrule_metadata=rule_data)
    api.configure(transfer_limits=[{"transfer_types": ["WIRE_WITHDRAWAL"], "period_seconds": 60, "limit": "500.50"}])
    (event, *_) = api.http.get("/v2/events").json()["events"]
    (vasp, *_) = api.http.get("/v2/travelrule/vasps").json()["items"]
    transfer_id = api.get(made["id"])["destination_transfer"]["transfer_id"]
    secondary = {"name": "CUSTOMER_REJECTED", "detail": "d"}
    api.control(f"transfers/{transfer_id}", {"secondary_status": secondary})
    fiat = wire["source"]["fiat"]
    deposit = {"amount": "1.00", "asset": "USD"}
    ids = {
        "GET /events/{id}": event["id"],
        "GET /orchestration/orchestrations/{id}": made["id"],
        "DELETE /orchestration/rules/{id}": rule["id"],
        "GET /profiles/{profile_id}": TREASURY_PROFILE,
        "GET /profiles/{profile_id}/balances": TREASURY_PROFILE,
        "GET /profiles/{profile_id}/balances/{asset}": TREASURY_PROFILE,
        "POST /sandbox/profiles/{profile_id}/deposit": TREASURY_PROFILE,
        "GET /transfer/fiat-accounts/{id}": account["id"],
        "GET /transfer/fiat-deposit-instructions/{id}": fiat["deposit_instructions_id"],
        "GET /transfer/transfers/{id}": transfer_id,
        "GET /travelrule/vasps/{id}": vasp["id"],
    }
    bodies: dict[str, dict[str, Any]] = {
        "POST /orchestration/orchestrations": payment("c", **everything),
        "POST /orchestration/rules": body("another"),
        "PUT /transfer/crypto-destination-address": {"crypto_network": "BASE", "address": "0xabc"},
        "POST /sandbox/profiles/{profile_id}/deposit": deposit,
        "POST /sandbox/fiat-deposits": {**deposit, "memo_id": fiat["memo_id"], "fiat_network_instructions": {}},
    }
    params = {"GET /transfer/limits/utilizations": {"transfer_type": "WIRE_WITHDRAWAL"}}

    def send(call: str) -> httpx.Response:
        method, path = call.split()
        path = re.sub(r"\{(profile_)?id\}", ids.get(call, ""), path).replace("{asset}", "USD")
        return api.http.request(method, f"/v2{path}", json=bodies.get(call), params=params.get(call))

    return {call: partial(send, call) for call in SERVED}


@pytest.mark.parametrize("call", SERVED)
def test_an_answer_is_valid_by_the_published_shape(calls: dict[str, Send], call: str) -> None:
    answer = calls[call]()
    assert answer.status_code == 200, answer.text
    found = faults(PATHS[call]["answer"], answer.json())
    assert [fault for fault in found if not CONTRADICTED.search(fault)] == []


@pytest.mark.parametrize("call", SERVED)
def test_a_call_needs_the_published_scope_and_no_other(api: Api, calls: dict[str, Send], call: str) -> None:
    scopes = PATHS[call]["scopes"]
    others = [scope for scope in api.backend.settings.scopes if scope not in scopes]
    if scopes:
        api.authorize(" ".join(others))
        refused = calls[call]()
        assert refused.status_code == 403
        assert refused.json()["detail"].endswith(f"required one of '[{scopes[0]}]'")
    api.authorize(" ".join(scopes or others[:1]))
    assert calls[call]().status_code == 200
