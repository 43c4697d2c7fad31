from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from tests.emulator.conftest import Api

ACCOUNT = str(UUID(int=7))
ADDRESS = {"crypto": {"address": "0xabc", "network": "ETHEREUM"}}
FIAT = {"fiat": {"bank_account_id": ACCOUNT}}


@pytest.mark.parametrize("destination", [ADDRESS, FIAT, {"crypto": {"address_id": "anything"}}], ids=str)
def test_any_destination_is_accepted_by_default(api: Api, destination: dict[str, Any]) -> None:
    assert api.create(destination=destination).status_code == 200


def test_an_address_can_be_unsupported(api: Api) -> None:
    api.configure(unsupported_addresses={"0xabc": "sanctioned"})
    answer = api.create(destination=ADDRESS)
    assert answer.status_code == 400
    assert answer.json()["type"].endswith("/unsupported-address")
    assert answer.json()["meta"] == {"address": "0xabc", "reason": "sanctioned"}


def test_a_bank_account_that_is_unknown_can_be_refused(api: Api) -> None:
    api.configure(require_approved_accounts=True)
    answer = api.create(destination=FIAT)
    assert answer.status_code == 400
    assert answer.json()["type"] == "about:blank"
    assert "there is no fiat account" in answer.json()["detail"]


@pytest.mark.parametrize(("status", "expected"), [("APPROVED", 200), ("PENDING", 400), ("REJECTED", 400)])
def test_a_bank_account_that_is_not_approved_can_be_refused(api: Api, status: str, expected: int) -> None:
    api.configure(require_approved_accounts=True)
    api.control("fiat-accounts", {"id": ACCOUNT, "status": status})
    assert api.create(destination=FIAT).status_code == expected
    assert api.create("crypto", destination=ADDRESS).status_code == 200


@pytest.mark.parametrize("destination", [ADDRESS, {"crypto": {"address_id": "anything"}}], ids=str)
def test_an_address_that_is_not_saved_can_be_refused(api: Api, destination: dict[str, Any]) -> None:
    api.configure(require_approved_addresses=True)
    answer = api.create(destination=destination)
    assert answer.status_code == 400
    assert "there is no saved address" in answer.json()["detail"]


@pytest.mark.parametrize(("status", "expected"), [("APPROVED", 200), ("PENDING", 400), ("REJECTED", 400)])
@pytest.mark.parametrize("by_id", [False, True])
def test_an_address_that_is_not_approved_can_be_refused(api: Api, status: str, expected: int, by_id: bool) -> None:
    api.configure(require_approved_addresses=True)
    saved = api.saved_address()
    api.control(f"crypto-addresses/{saved['id']}/status", {"status": status})
    destination = {"crypto": {"address_id": saved["id"]}} if by_id else ADDRESS
    assert api.create(destination=destination).status_code == expected
    assert api.create("fiat", destination=FIAT).status_code == 200


def test_a_refusal_reserves_nothing(api: Api) -> None:
    api.configure(require_approved_accounts=True, require_approved_addresses=True)
    before = api.control("ledger", method="GET").json()
    api.create(destination=FIAT)
    api.create(destination=ADDRESS)
    assert api.control("ledger", method="GET").json() == before
    assert api.listed() == []
