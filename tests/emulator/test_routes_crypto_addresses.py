from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from tests.emulator.conftest import Api

ADDRESSES = "/v2/transfer/crypto-destination-addresses"
PRIVATE = {"custodian_type": "PRIVATE", "beneficiary": {"self": True}}


def listed(api: Api, **params: Any) -> list[str]:
    return [address["nickname"] for page in api.pages(ADDRESSES, "addresses", **params) for address in page]


@pytest.fixture
def book(api: Api) -> Api:
    """An emulator with three saved addresses, the last the youngest."""
    api.saved_address(nickname="one", bookmarked_status=True)
    api.saved_address(nickname="two", identity_id="i")
    api.advance(60)
    api.saved_address(nickname="three", crypto_network="SOLANA", address="So1")
    return api


def test_put_creates_an_address_that_is_not_there(api: Api) -> None:
    address = api.saved_address(identity_id="i", travelrule_metadata=PRIVATE)
    assert UUID(address.pop("id"))
    assert address.pop("created_at")
    assert address == {
        "identity_id": "i",
        "crypto_network": "ETHEREUM",
        "address": "0xabc",
        "nickname": "ETHEREUM 1",
        "status": "APPROVED",
        "bookmarked": False,
        "travelrule_metadata": PRIVATE,
    }


@pytest.mark.parametrize(
    "named", [{"address": "0xABC"}, {"id": True}, {"crypto_network": "ETHEREUM"}], ids=["case", "id", "key"]
)
def test_put_changes_the_address_that_is_there(api: Api, named: dict[str, Any]) -> None:
    first = api.saved_address(nickname="old", bookmarked_status=True, travelrule_metadata=PRIVATE)
    if "id" in named:
        named = {"id": first["id"], "crypto_network": None, "address": None}
    assert api.saved_address(nickname="new", **named) == {**first, "nickname": "new"}
    assert listed(api) == ["new"]


def test_put_replaces_travel_rule_data_as_a_whole(api: Api) -> None:
    api.saved_address(travelrule_metadata=PRIVATE)
    assert api.saved_address(travelrule_metadata={"transfer_purpose": "salary"})["travelrule_metadata"] == {
        "transfer_purpose": "salary"
    }


@pytest.mark.parametrize(
    ("fields", "distinct"),
    [
        ({"identity_id": "i"}, True),
        ({"crypto_network": "BASE"}, True),
        ({"crypto_network": "SOLANA", "address": "So1"}, True),
        ({"address": "0xAbC"}, False),
    ],
    ids=str,
)
def test_network_address_and_identity_identify_an_address(api: Api, fields: dict[str, Any], distinct: bool) -> None:
    first = api.saved_address()
    assert (api.saved_address(**fields)["id"] != first["id"]) is distinct


def test_the_case_of_an_address_matters_outside_of_evm(api: Api) -> None:
    ids = {api.saved_address(crypto_network="SOLANA", address=address)["id"] for address in ("So1", "so1")}
    assert len(ids) == 2


@pytest.mark.parametrize(
    "fields",
    [
        {"crypto_network": None},
        {"address": None},
        {"crypto_network": "MARS"},
        {"crypto_network": "POLYGON"},
        {"nickname": 1},
        {"bookmarked_status": "true"},
        {"travelrule_metadata": "none"},
        {"id": str(UUID(int=1))},
    ],
    ids=str,
)
def test_a_wrong_put_is_a_bad_request_and_saves_nothing(api: Api, fields: dict[str, Any]) -> None:
    assert api.put_address(**fields).status_code == 400
    assert listed(api) == []


def test_put_of_an_unknown_id_is_not_found(api: Api) -> None:
    assert api.put_address(id=str(UUID(int=1)), crypto_network=None, address=None).status_code == 404


@pytest.mark.parametrize(
    ("params", "found"),
    [
        ({}, ["three", "two", "one"]),
        ({"order": "ASC"}, ["one", "two", "three"]),
        ({"identity_ids": ["i"]}, ["two"]),
        ({"crypto_networks": ["SOLANA", "BASE"]}, ["three"]),
        ({"addresses": ["0xabc"]}, ["two", "one"]),
        ({"nicknames": ["one", "three"]}, ["three", "one"]),
        ({"bookmarked_status": "true"}, ["one"]),
        ({"bookmarked_status": "false"}, ["three", "two"]),
        ({"addresses": ["0xabc"], "identity_ids": ["j"]}, []),
        ({"created_at.gt": "2200-01-01T00:00:00Z"}, []),
        ({"limit": 2}, ["three", "two", "one"]),
    ],
    ids=str,
)
def test_addresses_are_filtered(book: Api, params: dict[str, Any], found: list[str]) -> None:
    assert listed(book, **params) == found


def test_addresses_are_found_by_id(book: Api) -> None:
    saved = book.saved_address()
    assert book.http.get(ADDRESSES, params={"ids": saved["id"]}).json() == {"addresses": [saved]}


@pytest.mark.parametrize(
    "params",
    [
        *({name: ["x"] * 101} for name in ("ids", "identity_ids", "addresses", "nicknames")),
        {"crypto_networks": ["BASE"] * 101},
        {"crypto_networks": "MARS"},
        {"bookmarked_status": "perhaps"},
        {"limit": 0},
    ],
    ids=lambda params: str(params)[:40],
)
def test_a_wrong_parameter_is_a_bad_request(api: Api, params: dict[str, Any]) -> None:
    assert api.http.get(ADDRESSES, params=params).status_code == 400


def test_a_new_address_can_wait_for_its_approval(api: Api) -> None:
    api.configure(address_approve_seconds=60)
    assert api.saved_address()["status"] == "PENDING"
    api.advance(59)
    assert api.saved_address()["status"] == "PENDING"
    api.advance(1)
    assert api.saved_address()["status"] == "APPROVED"


def test_a_new_address_can_wait_for_a_control(api: Api) -> None:
    api.configure(address_approve_seconds=None)
    address = api.saved_address()
    api.advance(3000)
    assert api.saved_address()["status"] == "PENDING"
    api.control(f"crypto-addresses/{address['id']}/status", {"status": "REJECTED"})
    assert api.saved_address()["status"] == "REJECTED"
    assert api.control(f"crypto-addresses/{UUID(int=1)}/status", {"status": "REJECTED"}).status_code == 404


def test_a_control_saves_an_address_with_a_status(api: Api) -> None:
    fields = {"crypto_network": "BASE", "address": "0xabc", "nickname": "n", "travelrule_metadata": PRIVATE}
    saved = api.control("crypto-addresses", {**fields, "status": "REJECTED"}).json()
    assert (saved["status"], saved["travelrule_metadata"]) == ("REJECTED", PRIVATE)
    assert api.http.get(ADDRESSES).json() == {"addresses": [saved]}
    assert api.control("crypto-addresses", {**fields, "status": "FINE"}).status_code == 422
    assert api.control("crypto-addresses", {**fields, "crypto_network": "MARS"}).status_code == 400


def test_reading_and_writing_need_scopes_of_their_own(api: Api) -> None:
    api.authorize("transfer:read_crypto_destination_address")
    assert api.http.get(ADDRESSES).status_code == 200
    assert api.put_address().status_code == 403
    api.authorize("transfer:write_crypto_destination_address")
    assert api.http.get(ADDRESSES).status_code == 403
    assert api.put_address().status_code == 200
