from __future__ import annotations

import re
from typing import Any

import pytest

from airflow_provider_paxos.emulator.models import PAYOUTS_PROFILE, TREASURY_PROFILE
from tests.emulator.conftest import Api
from tests.emulator.test_routes_rules import RULES, WIRE, created

SANDBOX = "/v2/sandbox"
TRANSFERS = "/v2/transfer/transfers"


def deposited(api: Api, rule: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """Deposit crypto for a rule, and return the transfer."""
    crypto = rule["source"]["crypto"]
    body = {
        "asset": rule["source_asset"],
        "amount": "12.5",
        "crypto_network": crypto["network"],
        "crypto_address": crypto["address"],
        **fields,
    }
    answer = api.http.post(f"{SANDBOX}/profiles/{rule['profile_id']}/deposit", json=body)
    assert answer.status_code == 200, answer.text
    return api.http.get(f"{TRANSFERS}/{answer.json()['activity_id']}").json()


def made(api: Api, rule: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the orchestrations of a rule, oldest first."""
    return list(api.list(orchestration_rule_id=rule["id"], order="ASC").json()["items"])


def test_a_deposit_that_matches_a_rule_starts_its_orchestration(api: Api) -> None:
    rule = created(api, identity_id="i", nickname="sweep")
    transfer = deposited(api, rule)
    (orchestration,) = made(api, rule)
    for name in ("id", "customer_id", "created_at", "updated_at"):
        assert orchestration.pop(name)
    assert re.fullmatch(r"orchestration_id\.[0-9a-f-]{36}", orchestration.pop("ref_id"))
    assert orchestration == {
        "orchestration_rule_id": rule["id"],
        "profile_id": TREASURY_PROFILE,
        "identity_id": "i",
        "source_asset": "USDC",
        "destination_asset": "USDG",
        "source_amount": "12.5",
        "source": rule["source"],
        "destination": rule["destination"],
        "source_transfer": {"transfer_id": transfer["id"], "status": "COMPLETED"},
        "status": "PROCESSING",
    }
    assert (transfer["type"], transfer["destination_address"]) == (
        "CRYPTO_DEPOSIT",
        rule["source"]["crypto"]["address"],
    )


@pytest.mark.parametrize(("status", "balance"), [("COMPLETED", "10000000"), ("FAILED", "10000012.5")])
def test_its_money_goes_to_the_destination_or_stays_in_the_profile(api: Api, status: str, balance: str) -> None:
    rule = created(api)
    api.control("outcomes", {"status": status, "match": {"orchestration_rule_id": rule["id"]}})
    transfer = deposited(api, rule)
    assert api.balance(TREASURY_PROFILE, "USDC") == ("10000000", "12.5")
    api.advance(6)
    assert made(api, rule)[0]["status"] == status
    assert api.balance(TREASURY_PROFILE, "USDC") == (balance, "0")
    assert api.balance(PAYOUTS_PROFILE, "USDG")[0] == ("10000012.5" if status == "COMPLETED" else "10000000")
    assert api.http.get(f"{TRANSFERS}/{transfer['id']}").json() == transfer
    assert set(api.control("ledger", method="GET").json()["sums"].values()) == {"0"}


def test_a_wire_with_the_memo_of_a_rule_starts_its_orchestration(api: Api) -> None:
    rule = created(api, source_asset="USD", source=WIRE, destination={"fiat": {"fiat_account_id": "b", "memo": "m"}})
    fiat = rule["source"]["fiat"]
    body = {"amount": "10.00", "asset": "USD", "memo_id": fiat["memo_id"], "fiat_network_instructions": {"wire": {}}}
    assert api.http.post(f"{SANDBOX}/fiat-deposits", json=body).json() == {}
    (orchestration,) = made(api, rule)
    assert orchestration["source"] == {
        "fiat": {"deposit_instructions_id": fiat["deposit_instructions_id"], "memo": fiat["memo_id"]}
    }
    assert orchestration["destination"] == {"fiat": {"bank_account_id": "b", "memo": "m"}}
    assert orchestration["source_amount"] == "10"
    transfer_id = orchestration["source_transfer"]["transfer_id"]
    assert api.http.get(f"{TRANSFERS}/{transfer_id}").json()["type"] == "WIRE_DEPOSIT"


@pytest.mark.parametrize(
    ("change", "detail"),
    [
        ({"fiat_network_instructions": None}, "fiat network instructions required"),
        ({"memo_id": "UNKNOWN"}, "memo_id"),
        ({"memo_id": None}, "memo_id"),
        ({"asset": "USDC"}, "USDC"),
        ({"amount": "0.001"}, "amount"),
    ],
    ids=str,
)
def test_a_wrong_wire_is_a_bad_request(api: Api, change: dict[str, Any], detail: str) -> None:
    body = {"amount": "10.00", "asset": "USD", "memo_id": "M", "fiat_network_instructions": {"wire": {}}, **change}
    answer = api.http.post(f"{SANDBOX}/fiat-deposits", json=body)
    assert answer.status_code == 400
    assert detail in answer.json()["detail"]


@pytest.mark.parametrize("state", ["PENDING", "REJECTED", "DELETED"])
def test_a_rule_that_is_not_active_starts_nothing_and_the_deposit_is_credited(api: Api, state: str) -> None:
    rule = created(api)
    if state == "DELETED":
        api.http.delete(f"{RULES}/{rule['id']}")
    else:
        api.control(f"rules/{rule['id']}/status", {"status": state})
    deposited(api, rule)
    assert made(api, rule) == []
    assert api.balance(TREASURY_PROFILE, "USDC") == ("10000012.5", "0")


@pytest.mark.parametrize("fields", [{"asset": "PYUSD"}, {"crypto_address": "0xabc"}, {"crypto_network": "BASE"}])
def test_a_deposit_of_another_kind_starts_nothing(api: Api, fields: dict[str, str]) -> None:
    rule = created(api)
    deposited(api, rule, **fields)
    assert made(api, rule) == []


def test_what_the_destination_asset_cannot_express_is_not_converted(api: Api) -> None:
    rule = created(api, destination_asset="USD")
    deposited(api, rule, amount="0.001")
    assert made(api, rule) == []


def test_what_the_fee_would_eat_is_not_converted(api: Api) -> None:
    api.configure(fees={"INTERNAL_TRANSFER_DEBIT": "12.5"})
    rule = created(api)
    deposited(api, rule)
    assert made(api, rule) == []


@pytest.mark.parametrize("network", ["POLYGON", "POLYGON_POS"])
def test_a_network_may_have_either_name(api: Api, network: str) -> None:
    rule = created(api, source={"crypto": {"network": "POLYGON"}})
    deposited(api, rule, crypto_network=network)
    assert len(made(api, rule)) == 1


def test_a_deposit_for_another_profile_is_a_bad_request(api: Api) -> None:
    rule = created(api)
    crypto = rule["source"]["crypto"]
    body = {"asset": "USDC", "amount": "1", "crypto_network": "ETHEREUM", "crypto_address": crypto["address"]}
    answer = api.http.post(f"{SANDBOX}/profiles/{PAYOUTS_PROFILE}/deposit", json=body)
    assert answer.status_code == 400
    assert TREASURY_PROFILE in answer.json()["detail"]


def test_orchestrations_go_on_after_the_deletion_of_their_rule(api: Api) -> None:
    rule = created(api)
    deposited(api, rule)
    api.http.delete(f"{RULES}/{rule['id']}")
    api.advance(6)
    assert made(api, rule)[0]["status"] == "COMPLETED"


def test_a_control_lets_a_burst_of_deposits_arrive(api: Api) -> None:
    rule = created(api)
    answer = api.control("rules/rule-1/deposits", {"amount": "1.25", "times": 20}).json()
    assert len({transfer["id"] for transfer in answer["transfers"]}) == 20
    assert [item["source_amount"] for item in made(api, rule)] == ["1.25"] * 20
    assert len({item["ref_id"] for item in made(api, rule)}) == 20


@pytest.mark.parametrize(
    ("rule", "body", "status"),
    [
        ("nobody", {"amount": "1"}, 404),
        ("rule-1", {"amount": "0.0000001"}, 422),
        ("rule-1", {"amount": "1", "asset": "EUR"}, 422),
        ("rule-1", {"amount": "1", "times": 0}, 422),
    ],
    ids=str,
)
def test_a_control_of_deposits_refuses_what_cannot_be(api: Api, rule: str, body: dict[str, Any], status: int) -> None:
    created(api)
    assert api.control(f"rules/{rule}/deposits", body).status_code == status


def test_events_name_the_rule(api: Api) -> None:
    rule = created(api)
    deposited(api, rule)
    api.created()
    objects = [event["object"] for event in api.http.get("/v2/events").json()["events"]]
    assert [one.get("orchestration_rule_id") for one in objects] == [rule["id"], None]


def test_the_report_names_the_rule(api: Api) -> None:
    rule = created(api)
    deposited(api, rule)
    day = api.control("clock", method="GET").json()["now"][:10]
    report = api.control(f"report?date={day}", method="GET").text
    assert rule["id"] in report
