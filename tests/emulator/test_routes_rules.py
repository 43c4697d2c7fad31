from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from airflow_provider_paxos.emulator.models import PAYOUTS_PROFILE, TREASURY_PROFILE
from tests.emulator.conftest import Api

RULES = "/v2/orchestration/rules"
NOBODY = str(UUID(int=1))
CRYPTO = {"crypto": {"network": "ETHEREUM"}}
WIRE = {"fiat": {"network": "WIRE", "account_type": "SWIFT"}}


def body(ref_id: str = "rule-1", **fields: Any) -> dict[str, Any]:
    """Return a valid request to create a rule, with some fields changed; None leaves one out."""
    whole = {
        "ref_id": ref_id,
        "profile_id": TREASURY_PROFILE,
        "source_asset": "USDC",
        "destination_asset": "USDG",
        "source": CRYPTO,
        "destination": {"profile": {"profile_id": PAYOUTS_PROFILE}},
        **fields,
    }
    return {name: value for name, value in whole.items() if value is not None}


def created(api: Api, *args: str, **fields: Any) -> dict[str, Any]:
    answer = api.http.post(RULES, json=body(*args, **fields))
    assert answer.status_code == 200, answer.text
    return answer.json()["rule"]


def listed(api: Api, **params: Any) -> list[str]:
    return [rule["ref_id"] for page in api.pages(RULES, **params) for rule in page]


def test_a_crypto_rule_has_an_address_for_its_deposits(api: Api) -> None:
    rule = created(api, nickname="sweep", identity_id="i", account_id="a")
    crypto = rule.pop("source")["crypto"]
    assert (len(crypto["address"]), crypto["network"]) == (42, "ETHEREUM")
    assert UUID(crypto["address_id"])
    assert UUID(rule.pop("id"))
    assert rule.pop("created_at")
    assert rule == {
        "ref_id": "rule-1",
        "nickname": "sweep",
        "profile_id": TREASURY_PROFILE,
        "identity_id": "i",
        "account_id": "a",
        "status": "ACTIVE",
        "source_asset": "USDC",
        "destination_asset": "USDG",
        "destination": {"profile": {"profile_id": PAYOUTS_PROFILE}},
    }


@pytest.mark.parametrize(("network", "length", "beginning"), [("SOLANA", (43, 44), ""), ("STELLAR", (56,), "G")])
def test_an_address_is_well_formed_on_its_network(
    api: Api, network: str, length: tuple[int, ...], beginning: str
) -> None:
    address = created(api, source={"crypto": {"network": network}})["source"]["crypto"]["address"]
    assert len(address) in length
    assert address.startswith(beginning)


def test_a_fiat_rule_has_instructions_and_a_memo_for_its_deposits(api: Api) -> None:
    rule = created(api, source_asset="USD", source=WIRE)
    fiat = rule["source"]["fiat"]
    assert (fiat["network"], fiat["account_type"]) == ("WIRE", "SWIFT")
    found = api.http.get(f"/v2/transfer/fiat-deposit-instructions/{fiat['deposit_instructions_id']}").json()
    assert (found["profile_id"], found["memo_id"], found["status"]) == (TREASURY_PROFILE, fiat["memo_id"], "VALID")
    routing = found["fiat_network_instructions"]["wire"]["routing_details"]
    assert routing["routing_number_type"] == "SWIFT"
    assert api.http.get("/v2/transfer/fiat-deposit-instructions").json() == {"items": [found]}


def test_a_cubix_rule_has_an_account_instead_of_a_bank(api: Api) -> None:
    rule = created(api, source_asset="USD", source={"fiat": {"network": "CUBIX"}})
    instructions_id = rule["source"]["fiat"]["deposit_instructions_id"]
    found = api.http.get(f"/v2/transfer/fiat-deposit-instructions/{instructions_id}").json()
    assert set(found["fiat_network_instructions"]) == {"cubix"}


@pytest.mark.parametrize(("instructions_id", "status"), [(NOBODY, 404), ("abc", 400)])
def test_instructions_that_are_not_there(api: Api, instructions_id: str, status: int) -> None:
    assert api.http.get(f"/v2/transfer/fiat-deposit-instructions/{instructions_id}").status_code == status


def test_a_used_ref_id_is_refused_with_the_rule_that_has_it(api: Api) -> None:
    first = created(api)
    api.http.delete(f"{RULES}/{first['id']}")
    answer = api.http.post(RULES, json=body(source_asset="PYUSD"))
    assert answer.status_code == 409
    assert answer.json()["type"].endswith("/already-exists")
    assert answer.json()["meta"]["existing"] == {**first, "status": "DELETED"}


@pytest.mark.parametrize(
    "fields",
    [
        {"ref_id": None},
        {"profile_id": None},
        {"profile_id": NOBODY},
        {"source_asset": None},
        {"destination_asset": "EUR"},
        {"source": None},
        {"source": {"profile": {"profile_id": TREASURY_PROFILE}}},
        {"source": {**CRYPTO, **WIRE}},
        {"source": WIRE},
        {"source": {"crypto": {"network": "POLYGON_POS"}}},
        {"source": {"crypto": {"network": "INK"}}},
        {"source_asset": "USD"},
        {"source_asset": "USD", "source": {"fiat": {"network": "RTP"}}},
        {"source_asset": "USD", "source": {"fiat": {"network": "WIRE", "account_type": "IBAN"}}},
        {"destination": {}},
        {"destination": {"profile": {"profile_id": NOBODY}}},
        {"destination": {"fiat": {"bank_account_id": "b"}}},
        {"destination": {"crypto": {"address": "0xabc"}}},
        {"destination": {"crypto": {"address": "0xabc", "network": "MARS"}}},
        {"nickname": 1},
    ],
    ids=str,
)
def test_a_wrong_rule_is_a_bad_request_and_is_not_kept(api: Api, fields: dict[str, Any]) -> None:
    assert api.http.post(RULES, json=body(**fields)).status_code == 400
    assert listed(api) == []


@pytest.mark.parametrize(
    "destination",
    [
        None,
        {"fiat": {"fiat_account_id": "b", "memo": "m"}},
        {"crypto": {"address": "0xabc", "network": "POLYGON"}},
        {"crypto": {"crypto_address_id": "x"}},
    ],
    ids=str,
)
def test_every_published_destination_is_accepted(api: Api, destination: dict[str, Any] | None) -> None:
    assert created(api, destination=destination)["status"] == "ACTIVE"


def test_a_rule_can_need_an_approved_destination(api: Api) -> None:
    api.configure(require_approved_accounts=True)
    fields = body(destination={"fiat": {"fiat_account_id": NOBODY}})
    assert api.http.post(RULES, json=fields).status_code == 400
    api.control("fiat-accounts", {"id": NOBODY})
    assert api.http.post(RULES, json=fields).status_code == 200


def test_a_rule_can_wait_for_its_approval(api: Api) -> None:
    api.configure(rule_approve_seconds=60)
    created(api)
    assert listed(api, status="PENDING") == ["rule-1"]
    api.advance(60)
    assert listed(api, status="ACTIVE") == ["rule-1"]


@pytest.mark.parametrize(("decision", "status"), [("APPROVED", "ACTIVE"), ("REJECTED", "REJECTED")])
def test_a_control_decides_a_rule(api: Api, decision: str, status: str) -> None:
    api.configure(rule_approve_seconds=None)
    created(api, "a/b")
    api.advance(3000)
    assert listed(api, status="PENDING") == ["a/b"]
    assert api.control("rules/a/b/status", {"status": decision}).json()["status"] == status
    assert listed(api, status=status) == ["a/b"]
    assert api.control(f"rules/{NOBODY}/status", {"status": decision}).status_code == 404


def test_a_deleted_rule_is_shown_as_deleted_and_can_be_deleted_again(api: Api) -> None:
    rule = created(api)
    for _ in range(2):
        answer = api.http.delete(f"{RULES}/{rule['id']}")
        assert answer.json() == {"rule": {**rule, "status": "DELETED"}}
    assert listed(api, status="DELETED") == ["rule-1"]


@pytest.mark.parametrize(("rule_id", "status"), [(NOBODY, 404), ("abc", 400)])
def test_a_rule_that_is_not_there_is_not_deleted(api: Api, rule_id: str, status: int) -> None:
    assert api.http.delete(f"{RULES}/{rule_id}").status_code == status


@pytest.mark.parametrize(
    ("params", "found"),
    [
        ({}, ["three", "two", "one"]),
        ({"order": "ASC", "limit": 1}, ["one", "two", "three"]),
        ({"profile_id": PAYOUTS_PROFILE}, ["two"]),
        ({"source_asset": "USD"}, ["three"]),
        ({"destination_asset": "PYUSD"}, ["one"]),
        ({"status": ["ACTIVE", "PENDING"]}, ["three", "one"]),
        ({"status": "DELETED", "source_asset": "USD"}, []),
        ({"ids": [NOBODY]}, []),
    ],
    ids=str,
)
def test_rules_are_filtered(api: Api, params: dict[str, Any], found: list[str]) -> None:
    created(api, "one", destination_asset="PYUSD")
    api.http.delete(f"{RULES}/{created(api, 'two', profile_id=PAYOUTS_PROFILE)['id']}")
    created(api, "three", source_asset="USD", source=WIRE)
    assert listed(api, **params) == found


@pytest.mark.parametrize("params", [{"status": "ODD"}, {"ids": ["x"] * 101}, {"limit": 1001}], ids=str)
def test_a_wrong_parameter_is_a_bad_request(api: Api, params: dict[str, Any]) -> None:
    assert api.http.get(RULES, params=params).status_code == 400


def test_rules_can_be_listed_below_their_former_key(api: Api) -> None:
    created(api)
    api.configure(list_key="both")
    answer = api.http.get(RULES).json()
    assert answer["items"] == answer["rules"] != []


def test_reading_and_writing_need_scopes_of_their_own(api: Api) -> None:
    api.authorize("orchestration:read_orchestration_rule")
    assert api.http.get(RULES).status_code == 200
    assert api.http.post(RULES, json=body()).status_code == 403
    assert api.http.delete(f"{RULES}/{NOBODY}").status_code == 403
    api.authorize("orchestration:write_orchestration_rule")
    assert api.http.get(RULES).status_code == 403
    assert api.http.get("/v2/transfer/fiat-deposit-instructions").status_code == 403
