from __future__ import annotations

from typing import Any

import pytest

from airflow_provider_paxos.emulator.models import PAYOUTS_PROFILE
from tests.emulator.conftest import ORCHESTRATIONS, Api, payment

PROFILE = {"profile": {"profile_id": PAYOUTS_PROFILE}}


@pytest.mark.parametrize(
    "fields",
    [
        {"destination": PROFILE},
        {"destination": None, "source": None},
        {"destination": {"fiat": {"bank_account_id": "anything", "memo": "m" * 500}}},
        {"destination": {"fiat": {"bank_account_id": "anything", "memo": None}, "crypto": None}},
        {"destination": {"crypto": {"address": "0xabc", "network": "ETHEREUM"}}},
        {"destination": {"crypto": {"address_id": "d4e5f6a7-8b9c-0d1e-2f3a-b4c5d6e7f8a9"}}},
        {"metadata": {str(number): "v" * 100 for number in range(6)}},
        {"identity_id": "i", "account_id": "a"},
        {"something_new": {"is": "ignored"}},
        {"source_amount": ".5"},
    ],
)
def test_what_the_reference_allows_is_accepted(api: Api, fields: dict[str, Any]) -> None:
    assert api.create(**fields).status_code == 200


@pytest.mark.parametrize("name", ["ref_id", "source_asset", "destination_asset", "source_amount"])
@pytest.mark.parametrize("value", [None, "", 7, {}])
def test_the_required_fields_are_strings_that_are_not_empty(api: Api, name: str, value: object) -> None:
    assert api.create(**{name: value}).status_code == 400


@pytest.mark.parametrize("amount", ["1e2", "1E2", "0", "-5", "1,000", "one", 100, 100.5, "9" * 41])
def test_an_amount_is_a_positive_decimal_string(api: Api, amount: object) -> None:
    answer = api.create(source_amount=amount)
    assert answer.status_code == 400
    assert answer.json()["type"] == "about:blank"
    assert "source_amount" in answer.json()["detail"]


@pytest.mark.parametrize(
    "fields",
    [
        {"source_asset": "EUR"},
        {"destination_asset": "usd"},
        {"source": []},
        {"source": {}},
        {"source": {"fiat": {}}},
        {"source": {"profile": "p"}},
        {"source": {"profile": {}}},
        {"source": {"profile": {"profile_id": ""}}},
        {"source": {"profile": {"profile_id": "00000000-0000-4000-8000-00000000dead"}}},
        {"destination": "bank"},
        {"destination": {}},
        {"destination": {**PROFILE, "fiat": {"bank_account_id": "b"}}},
        {"destination": {"profile": {"profile_id": "00000000-0000-4000-8000-00000000dead"}}},
        {"destination": {"fiat": []}},
        {"destination": {"fiat": {"bank_account_id": "  "}}},
        {"destination": {"fiat": {"bank_account_id": "b", "memo": "m" * 501}}},
        {"destination": {"fiat": {"fiat_account_id": "b"}}},
        {"destination": {"crypto": {"address": "0xabc"}}},
        {"destination": {"crypto": {"address": "0xabc", "network": "ETHERIUM"}}},
        {"destination": {"crypto": {"address": "0xabc", "network": "BASE", "address_id": "a"}}},
        {"metadata": ["a"]},
        {"metadata": {"a": 1}},
        {"metadata": {str(number): "v" for number in range(7)}},
        {"metadata": {"k" * 101: "v"}},
        {"metadata": {"k": "v" * 101}},
        {"identity_id": 5},
        {"account_id": ""},
    ],
    ids=str,
)
def test_what_the_reference_does_not_allow_is_a_bad_request(api: Api, fields: dict[str, Any]) -> None:
    answer = api.create(**fields)
    assert answer.status_code == 400
    assert answer.json()["title"] == "Bad Request"
    assert api.backend.store.orchestrations == []


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[]", b'"a"', b"[" * 100_000, b'{"ref_id": "\\ud800"}'])
def test_a_body_that_is_not_a_json_object_is_a_bad_request(api: Api, body: bytes) -> None:
    assert api.http.post(ORCHESTRATIONS, content=body).status_code == 400


def test_more_decimals_than_the_coarser_asset_allows_exceed_the_precision(api: Api) -> None:
    answer = api.create(source_asset="USDG", destination_asset="PYUSD", source_amount="1.0000001")
    assert answer.status_code == 400
    assert answer.json()["type"] == "https://developer.paxos.com/docs/v2/problems/exceed-precision"


def test_a_request_without_a_source_pays_from_the_default_profile(api: Api) -> None:
    default = api.http.get("/v2/profiles/default").json()["id"]
    created = api.created(source=None)
    assert created["profile_id"] == default
    assert created["source"] == {"profile": {"profile_id": default}}


def test_an_answer_is_flat_and_a_fresh_one_has_no_transfers(api: Api) -> None:
    request = payment(metadata={"batch": "7"}, identity_id="i")
    created = api.created(**request)
    assert {name: created[name] for name in request} == request
    assert created["status"] == "PROCESSING"
    assert created["created_at"] == created["updated_at"]
    assert not {"source_transfer", "destination_transfer", "fail_reason", "account_id"} & set(created)


def test_amounts_can_be_answered_in_another_spelling(api: Api) -> None:
    api.configure(normalize_amounts=True)
    assert api.created(source_amount="100.50")["source_amount"] == "100.5"
