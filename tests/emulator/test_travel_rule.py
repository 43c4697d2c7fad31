from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.emulator.conftest import Api

OKX = "8e4b1c2d-9a3f-4e6b-b1d7-2c5a8f0e3b94"
ADDRESS = {"crypto": {"address": "0xabc", "network": "ETHEREUM"}}
AT_HOME = {"country": "USA", "address1": "1 Example Street", "city": "Springfield"}
COMPANY = {"institution_details": {"name": "Example Company", "physical_address": {"country": "SGP"}}}
PERSON = {"person_details": {"first_name": "A", "last_name": "B", "physical_address": AT_HOME}}
COMPLETE = {"custodian_type": "VASP", "vasp": {"id": OKX}, "beneficiary": COMPANY}
BIG = {"destination": ADDRESS, "source_amount": "3000"}


@pytest.fixture
def ruled(api: Api) -> Api:
    """An emulator at which the travel rule is in force."""
    api.configure(travel_rule_from="2020-01-01")
    return api


@pytest.mark.parametrize(
    "data",
    [
        COMPLETE,
        {**COMPLETE, "vasp": {"custom_vasp_name": "Their Exchange", "custom_vasp_website": "https://vasp.example"}},
        {**COMPLETE, "beneficiary": PERSON},
        {**COMPLETE, "beneficiary": {"self": True}},
        {"custodian_type": "PRIVATE", "beneficiary": {"self": True}},
        {"custodian_type": "PRIVATE", "beneficiary": {**PERSON, "self": False}, "transfer_purpose": "salary"},
    ],
)
def test_complete_data_let_3000_dollars_pass(ruled: Api, data: dict[str, Any]) -> None:
    ruled.saved_address(travelrule_metadata=data)
    assert ruled.create(**BIG).status_code == 200


@pytest.mark.parametrize(
    "data",
    [
        None,
        {},
        {"beneficiary": COMPANY},
        {"custodian_type": "VASP", "beneficiary": COMPANY},
        {"custodian_type": "PRIVATE"},
        {"custodian_type": "PRIVATE", "beneficiary": {"institution_details": {"name": "Example Company"}}},
        {"custodian_type": "PRIVATE", "beneficiary": {"person_details": {"first_name": "A", "last_name": "B"}}},
    ],
)
def test_data_that_are_incomplete_are_saved_but_let_nothing_pass(ruled: Api, data: dict[str, Any] | None) -> None:
    ruled.saved_address(travelrule_metadata=data)
    assert ruled.create(**BIG).status_code == 403


def test_the_refusal_is_the_published_one(ruled: Api) -> None:
    answer = ruled.create(**BIG, identity_id="i")
    assert answer.json() == {
        "type": "https://developer.paxos.com/docs/v2/problems/travel-rule-information-required",
        "title": "Travel Rule Information Required",
        "status": 403,
        "detail": "Travel Rule information is required for this destination: call PutCryptoDestinationAddress with"
        " travelrule_metadata populated and retry",
        "meta": {"identity_id": "i", "crypto_network": "ETHEREUM", "address": "0xabc"},
    }
    assert "identity_id" not in ruled.create(**BIG).json()["meta"]


@pytest.mark.parametrize(
    "fields",
    [
        {"source_amount": "2999.99"},
        {"destination": {"fiat": {"bank_account_id": "b"}}},
        {"destination": None},
    ],
    ids=["amount", "fiat", "profile"],
)
def test_the_rule_spares_small_amounts_and_whatever_is_no_crypto_address(ruled: Api, fields: dict[str, Any]) -> None:
    assert ruled.create(**{**BIG, **fields}).status_code == 200


def test_the_rule_is_off_until_its_date(api: Api) -> None:
    now = datetime.fromisoformat(api.control("clock", method="GET").json()["now"])
    api.configure(travel_rule_from=(now + timedelta(seconds=60)).isoformat())
    api.advance(59)
    assert api.create("before", **BIG).status_code == 200
    api.advance(1)
    assert api.create("after", **BIG).status_code == 403


def test_the_data_are_those_of_the_identity_that_pays(ruled: Api) -> None:
    ruled.saved_address(travelrule_metadata=COMPLETE, identity_id="i")
    assert ruled.create("theirs", **BIG, identity_id="i").status_code == 200
    assert ruled.create("ours", **BIG).status_code == 403
    assert ruled.create("another's", **BIG, identity_id="j").status_code == 403


@pytest.mark.parametrize("network", ["POLYGON", "POLYGON_POS"])
def test_an_address_is_found_however_it_is_spelled(ruled: Api, network: str) -> None:
    ruled.saved_address(travelrule_metadata=COMPLETE, crypto_network="POLYGON_POS")
    destination = {"crypto": {"address": "0xABC", "network": network}}
    assert ruled.create(destination=destination, source_amount="3000").status_code == 200


def test_an_address_is_found_by_its_id(ruled: Api) -> None:
    address = ruled.saved_address()
    by_id = {"destination": {"crypto": {"address_id": address["id"]}}, "source_amount": "3000"}
    assert ruled.create(**by_id).json()["meta"] == {"crypto_network": "ETHEREUM", "address": "0xabc"}
    ruled.saved_address(travelrule_metadata=COMPLETE)
    assert ruled.create(**by_id).status_code == 200


def test_it_can_fail_later_instead(ruled: Api) -> None:
    ruled.configure(travel_rule_at="execution")
    created = ruled.created(**BIG)
    ruled.advance(6)
    failed = ruled.get(created["id"])
    assert failed["status"] == "FAILED"
    assert "Travel Rule" in failed["fail_reason"]["detail"]
    assert ruled.balance(failed["profile_id"], "USDC") == ("10000000", "0")


def test_data_that_are_removed_before_the_execution_let_it_fail(ruled: Api) -> None:
    ruled.saved_address(travelrule_metadata=COMPLETE)
    created = ruled.created(**BIG)
    ruled.saved_address(travelrule_metadata={"custodian_type": "VASP"})
    ruled.advance(6)
    assert ruled.get(created["id"])["status"] == "FAILED"


def physical(**fields: Any) -> dict[str, Any]:
    details = {"name": "Example Company", "physical_address": {"country": "USA", **fields}}
    return {"beneficiary": {"institution_details": details}}


@pytest.mark.parametrize(
    ("data", "where"),
    [
        ({"custodian_type": "BANK"}, "custodian_type"),
        ({"vasp": "okx"}, "vasp"),
        ({"vasp": {}}, "vasp"),
        ({"vasp": {"id": "unknown"}}, "vasp.id"),
        ({"vasp": {"id": OKX, "custom_vasp_name": "n"}}, "vasp"),
        ({"vasp": {"custom_vasp_name": "n"}}, "vasp.custom_vasp_website"),
        ({"vasp": {"custom_vasp_website": "https://vasp.example"}}, "vasp.custom_vasp_name"),
        ({"beneficiary": {}}, "beneficiary"),
        ({"beneficiary": {"self": "yes"}}, "beneficiary.self"),
        ({"beneficiary": {"self": True, **COMPANY}}, "beneficiary.self"),
        ({"beneficiary": {**PERSON, **COMPANY}}, "beneficiary"),
        ({"beneficiary": {"person_details": {"first_name": "A"}}}, "beneficiary.person_details.last_name"),
        ({"beneficiary": {"institution_details": {"physical_address": {}}}}, "institution_details.name"),
        (physical(country="US"), "physical_address.country"),
        (physical(country="usa"), "physical_address.country"),
        (physical(country=None), "physical_address.country"),
        (physical(city="Zürich"), "physical_address.city"),
        (physical(address1="a" * 36), "physical_address.address1"),
        (physical(zip_code="#1"), "physical_address.zip_code"),
        (physical(province=""), "physical_address.province"),
        ({"transfer_purpose": 7}, "transfer_purpose"),
    ],
    ids=str,
)
def test_data_that_no_address_may_have_are_a_bad_request(api: Api, data: dict[str, Any], where: str) -> None:
    answer = api.put_address(travelrule_metadata=data)
    assert answer.status_code == 400
    assert where in answer.json()["detail"]


def test_lines_of_35_published_characters_are_accepted(api: Api) -> None:
    data = physical(address1="a" * 35, address2="/?:().,&'+- 0Z")
    assert api.saved_address(travelrule_metadata=data)["travelrule_metadata"] == data


def test_the_answer_names_a_known_vasp(api: Api) -> None:
    assert api.saved_address(travelrule_metadata=COMPLETE)["travelrule_metadata"]["vasp"] == {"id": OKX, "name": "OKX"}
