from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from tests.emulator.conftest import Api

ACCOUNTS = "/v2/transfer/fiat-accounts"
ONE, TWO, THREE = (str(UUID(int=number)) for number in (1, 2, 3))


@pytest.fixture
def accounts(api: Api) -> Api:
    """An emulator with three bank accounts, the last the youngest."""
    for account_id, ref_id in ((ONE, "a"), (TWO, "b"), (THREE, None)):
        assert api.control("fiat-accounts", {"id": account_id, "ref_id": ref_id}).status_code == 200
        api.advance(60)
    return api


def test_an_emulator_starts_without_bank_accounts(api: Api) -> None:
    assert api.http.get(ACCOUNTS).json() == {"items": []}


def test_get_shows_a_bank_account_as_a_whole(accounts: Api) -> None:
    account = accounts.http.get(f"{ACCOUNTS}/{ONE}").json()
    assert set(account) == {
        *("id", "ref_id", "fiat_account_owner", "fiat_network_instructions", "status", "created_at", "updated_at")
    }
    assert account["status"] == "APPROVED"
    assert account["fiat_network_instructions"]["wire"]["account_number"] == "12345678"
    assert account["fiat_account_owner"] == {"institution_details": {"name": "Example Company"}}


def test_list_hides_names_addresses_and_all_but_the_end_of_the_number(accounts: Api) -> None:
    account = accounts.http.get(ACCOUNTS, params={"ids": ONE}).json()["items"][0]
    wire = account["fiat_network_instructions"]["wire"]
    assert wire["account_number"] == "XXXX5678"
    assert wire["fiat_account_owner_address"] is None
    assert wire["routing_details"]["bank_address"] is None
    assert wire["routing_details"]["routing_number"] == "123456789"
    assert account["fiat_account_owner"] == {"institution_details": None}


@pytest.mark.parametrize(
    ("params", "found"),
    [
        ({}, [THREE, TWO, ONE]),
        ({"order": "ASC"}, [ONE, TWO, THREE]),
        ({"ids": [THREE, ONE]}, [THREE, ONE]),
        ({"ref_ids": ["b", "z"]}, [TWO]),
        ({"ids": [ONE], "ref_ids": ["b"]}, []),
        ({"created_at.lt": "2020-01-01T00:00:00Z"}, []),
        ({"include_deleted": "true"}, [THREE, TWO, ONE]),
    ],
    ids=str,
)
def test_bank_accounts_are_filtered(accounts: Api, params: dict[str, Any], found: list[str]) -> None:
    assert [account["id"] for account in accounts.http.get(ACCOUNTS, params=params).json()["items"]] == found


@pytest.mark.parametrize(
    "params", [{"limit": 1001}, {"include_deleted": "yes"}, {"ids": [ONE] * 101}, {"page_cursor": "x"}], ids=str
)
def test_a_wrong_parameter_is_a_bad_request(accounts: Api, params: dict[str, Any]) -> None:
    assert accounts.http.get(ACCOUNTS, params=params).status_code == 400


def test_bank_accounts_come_in_pages(accounts: Api) -> None:
    pages = accounts.pages(ACCOUNTS, limit=2)
    assert [[account["id"] for account in page] for page in pages] == [[THREE, TWO], [ONE]]


@pytest.mark.parametrize(("account_id", "status"), [(str(UUID(int=9)), 404), ("abc", 400)])
def test_a_bank_account_that_is_not_there(accounts: Api, account_id: str, status: int) -> None:
    assert accounts.http.get(f"{ACCOUNTS}/{account_id}").status_code == status


def test_a_control_decides_a_bank_account(accounts: Api) -> None:
    accounts.control(f"fiat-accounts/{ONE}/status", {"status": "REJECTED"})
    account = accounts.http.get(f"{ACCOUNTS}/{ONE}").json()
    assert account["status"] == "REJECTED"
    assert account["updated_at"] > account["created_at"]


def test_controls_of_bank_accounts_refuse_what_cannot_be(accounts: Api) -> None:
    assert accounts.control("fiat-accounts", {"id": ONE}).status_code == 409
    assert accounts.control(f"fiat-accounts/{UUID(int=9)}/status", {"status": "APPROVED"}).status_code == 404
    assert accounts.control(f"fiat-accounts/{ONE}/status", {"status": "FINE"}).status_code == 422


def test_bank_accounts_need_a_scope_of_their_own(api: Api) -> None:
    api.authorize("funding:read_profile")
    for path in (ACCOUNTS, f"{ACCOUNTS}/{ONE}"):
        answer = api.http.get(path)
        assert answer.status_code == 403
        assert answer.json()["detail"] == (
            "insufficient scopes: found 'funding:read_profile', required one of '[transfer:read_fiat_account]'"
        )
