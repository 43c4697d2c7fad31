from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from airflow_provider_paxos.emulator.models import PAYOUTS_PROFILE, TREASURY_PROFILE
from tests.emulator.conftest import Api

TRANSFERS = "/v2/transfer/transfers"
CRYPTO = {"crypto": {"address": "0xabc", "network": "ETHEREUM"}}
FIAT = {"fiat": {"bank_account_id": "b", "memo": "invoice 7"}}
PROFILE = {"profile": {"profile_id": PAYOUTS_PROFILE}}
NOBODY = str(UUID(int=1))


def settled(api: Api, *args: str, **fields: Any) -> dict[str, Any]:
    """Return an orchestration once it is COMPLETED."""
    created = api.created(*args, **fields)
    api.advance(6)
    return api.get(created["id"])


def sides(api: Api, orchestration: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the source and the destination transfer of an orchestration."""
    ids = [orchestration[f"{side}_transfer"]["transfer_id"] for side in ("source", "destination")]
    source, destination = (api.http.get(f"{TRANSFERS}/{one}").json() for one in ids)
    return source, destination


def listed(api: Api, **params: Any) -> list[dict[str, Any]]:
    return [transfer for page in api.pages(TRANSFERS, **params) for transfer in page]


def test_a_withdrawal_of_crypto_has_the_published_fields(api: Api) -> None:
    _, transfer = sides(api, settled(api, destination=CRYPTO, identity_id="i", account_id="a"))
    for name in ("id", "customer_id", "created_at", "updated_at"):
        assert transfer.pop(name)
    assert transfer.pop("crypto_tx_hash").startswith("0x")
    assert transfer == {
        "profile_id": TREASURY_PROFILE,
        "identity_id": "i",
        "account_id": "a",
        "amount": "250",
        "total": "250",
        "fee": "0",
        "asset": "USD",
        "balance_asset": "USD",
        "direction": "DEBIT",
        "type": "CRYPTO_WITHDRAWAL",
        "status": "COMPLETED",
        "destination_address": "0xabc",
        "crypto_network": "ETHEREUM",
        "crypto_tx_index": "0",
        "notional_value": "250",
    }


def test_a_withdrawal_of_fiat_names_the_bank_account(api: Api) -> None:
    _, transfer = sides(api, settled(api, destination=FIAT))
    assert (transfer["type"], transfer["fiat_account_id"], transfer["memo"]) == ("WIRE_WITHDRAWAL", "b", "invoice 7")
    assert "crypto_tx_hash" not in transfer


def test_the_sides_of_an_internal_transfer_are_linked_by_a_group(api: Api) -> None:
    source, destination = sides(api, settled(api, destination=PROFILE))
    assert (source["type"], source["profile_id"]) == ("INTERNAL_TRANSFER_DEBIT", TREASURY_PROFILE)
    assert (destination["type"], destination["profile_id"]) == ("INTERNAL_TRANSFER_CREDIT", PAYOUTS_PROFILE)
    assert (source["asset"], destination["asset"]) == ("USDC", "USD")
    assert source["group_id"] == destination["group_id"]
    assert listed(api, group_ids=source["group_id"]) == [destination, source]


def test_no_transfer_names_its_orchestration(api: Api) -> None:
    orchestration = settled(api)
    for transfer in sides(api, orchestration):
        assert orchestration["id"] not in transfer.values()
        assert "ref_id" not in transfer


def test_a_transfer_follows_its_orchestration(api: Api) -> None:
    created = api.created()
    api.advance(2)
    source = api.http.get(f"{TRANSFERS}/{api.get(created['id'])['source_transfer']['transfer_id']}").json()
    assert source["status"] == "PENDING"
    api.advance(2)
    later = api.get(created["id"])
    assert [transfer["status"] for transfer in sides(api, later)] == ["COMPLETED", "PENDING"]
    api.control(f"orchestrations/{created['id']}/status", {"status": "FAILED"})
    assert [transfer["status"] for transfer in sides(api, later)] == ["COMPLETED", "FAILED"]


def test_a_fee_is_taken_from_the_amount_of_a_withdrawal(api: Api) -> None:
    api.configure(fees={"CRYPTO_WITHDRAWAL": "1.25"})
    _, transfer = sides(api, settled(api, destination=CRYPTO))
    assert (transfer["amount"], transfer["fee"], transfer["total"]) == ("248.75", "1.25", "250")
    accounts = api.control("ledger", method="GET").json()["accounts"]
    assert accounts["outside:crypto:ETHEREUM:0xabc"] == {"USD": "248.75"}
    assert accounts["paxos:fees"] == {"USD": "1.25"}


def test_an_amount_that_the_fee_would_eat_is_refused(api: Api) -> None:
    api.configure(fees={"CRYPTO_WITHDRAWAL": "1.25"})
    answer = api.create(destination=CRYPTO, source_amount="1.25")
    assert answer.status_code == 400
    assert answer.json()["type"].endswith("/below-min-withdraw-limit")
    assert answer.json()["meta"] == {"limit": "1.25", "amount": "1.25"}


def test_a_payment_without_travel_rule_data_leaves_a_rejected_transfer(api: Api) -> None:
    api.configure(travel_rule_from="2020-01-01", travel_rule_at="execution")
    orchestration = settled(api, destination=CRYPTO, source_amount="3000")
    _, transfer = sides(api, orchestration)
    assert (orchestration["status"], transfer["status"]) == ("FAILED", "FAILED")
    assert transfer["secondary_status"]["name"] == "TRAVEL_RULE_REJECTED"
    assert listed(api, secondary_statuses="TRAVEL_RULE_REJECTED") == [transfer]


@pytest.fixture
def two(api: Api) -> tuple[Api, dict[str, dict[str, Any]]]:
    """An emulator with two settled orchestrations, and the transfers of both by a short name."""
    first = sides(api, settled(api, "first", destination=CRYPTO, identity_id="i"))
    second = sides(api, settled(api, "second", source={"profile": {"profile_id": PAYOUTS_PROFILE}}))
    return api, dict(zip(("s1", "d1", "s2", "d2"), (*first, *second), strict=True))


@pytest.mark.parametrize(
    ("params", "found"),
    [
        ({"ids": ["d1", "s2"]}, ["s2", "d1"]),
        ({"ids": ["d1", "s2"], "order": "ASC"}, ["d1", "s2"]),
        ({"profile_ids": [PAYOUTS_PROFILE]}, ["d2", "s2"]),
        ({"identity_ids": ["i"]}, ["d1", "s1"]),
        ({"account_ids": ["a"]}, []),
        ({"ref_ids": ["first"]}, []),
        ({"type": ["CRYPTO_WITHDRAWAL", "WIRE_WITHDRAWAL"]}, ["d2", "d1"]),
        ({"statuses": ["PENDING", "FAILED"]}, []),
    ],
    ids=str,
)
def test_transfers_are_filtered(
    two: tuple[Api, dict[str, dict[str, Any]]], params: dict[str, Any], found: list[str]
) -> None:
    api, named = two
    names = {transfer["id"]: name for name, transfer in named.items()}
    if "ids" in params:
        params = {**params, "ids": [named[name]["id"] for name in params["ids"]]}
    # The deposits that the emulator starts with have no short name.
    assert [names[one["id"]] for one in listed(api, **params) if one["id"] in names] == found


def test_a_transfer_is_found_by_the_hash_of_its_transaction(two: tuple[Api, dict[str, dict[str, Any]]]) -> None:
    api, named = two
    assert listed(api, crypto_tx_hashes=named["d1"]["crypto_tx_hash"]) == [named["d1"]]


def test_transfers_are_ordered_by_the_time_that_filters_them(two: tuple[Api, dict[str, dict[str, Any]]]) -> None:
    api, named = two
    api.advance(60)
    api.control(f"transfers/{named['s1']['id']}", {"status": "FAILED"})
    changed = listed(api, **{"updated_at.gte": named["s1"]["created_at"]})
    assert [transfer["id"] for transfer in changed] == [named[name]["id"] for name in ("d1", "s2", "d2", "s1")]
    created = listed(api, **{"created_at.gte": named["s1"]["created_at"]})
    assert [transfer["id"] for transfer in created] == [named[name]["id"] for name in ("d2", "s2", "d1", "s1")]
    newest = listed(api, order_by="UPDATED_AT", order="DESC", **{"updated_at.gt": named["d2"]["updated_at"]})
    assert [transfer["id"] for transfer in newest] == [named["s1"]["id"]]


@pytest.mark.parametrize("params", [{"order_by": "UPDATED_AT"}, {"order_by": "CREATED_AT"}], ids=str)
def test_transfers_come_in_pages_without_a_gap(api: Api, params: dict[str, str]) -> None:
    whole = listed(api, limit=1000, **params)
    pages = api.pages(TRANSFERS, limit=4, **params)
    assert [len(page) for page in pages] == [4, 4, 4, 3]
    assert [transfer for page in pages for transfer in page] == whole


@pytest.mark.parametrize(
    "params",
    [
        {"order_by": "AMOUNT"},
        {"order_by": "CREATED_AT", "updated_at.gt": "2026-01-01T00:00:00Z"},
        {"created_at.gt": "2026-01-01T00:00:00Z", "updated_at.gt": "2026-01-01T00:00:00Z"},
        {"ids": ["x"], "profile_ids": ["y"]},
        {"ref_ids": ["x"], "statuses": ["FAILED"]},
        {"type": "GIFT"},
        {"statuses": "LOST"},
        {"secondary_statuses": "LOST"},
        {"ids": ["x"] * 101},
        {"limit": 1001},
    ],
    ids=lambda params: str(params)[:60],
)
def test_a_wrong_parameter_is_a_bad_request(api: Api, params: dict[str, Any]) -> None:
    assert api.http.get(TRANSFERS, params=params).status_code == 400


@pytest.mark.parametrize(("transfer_id", "status"), [(NOBODY, 404), ("abc", 400)])
def test_a_transfer_that_is_not_there(api: Api, transfer_id: str, status: int) -> None:
    assert api.http.get(f"{TRANSFERS}/{transfer_id}").status_code == status


def test_a_deposit_is_a_transfer(api: Api) -> None:
    body = {"asset": "USDG", "amount": "5", "crypto_network": "INK"}
    deposited = api.http.post(f"/v2/sandbox/profiles/{PAYOUTS_PROFILE}/deposit", json=body).json()
    transfer = api.http.get(f"{TRANSFERS}/{deposited['activity_id']}").json()
    assert (transfer["type"], transfer["direction"], transfer["status"]) == ("CRYPTO_DEPOSIT", "CREDIT", "COMPLETED")
    assert (transfer["amount"], transfer["crypto_network"]) == ("5", "INK")


def test_a_completed_orchestration_can_be_given_a_failed_transfer(api: Api) -> None:
    orchestration = settled(api)
    transfer_id = orchestration["destination_transfer"]["transfer_id"]
    secondary = {"name": "CUSTOMER_REJECTED", "detail": "returned"}
    changed = api.control(f"transfers/{transfer_id}", {"status": "FAILED", "secondary_status": secondary}).json()
    assert (changed["status"], changed["secondary_status"]) == ("FAILED", secondary)
    after = api.get(orchestration["id"])
    assert (after["status"], after["destination_transfer"]["status"]) == ("COMPLETED", "FAILED")


def test_controls_of_transfers_refuse_what_cannot_be(api: Api) -> None:
    transfer_id = settled(api)["source_transfer"]["transfer_id"]
    assert api.control(f"transfers/{NOBODY}", {"status": "FAILED"}).status_code == 404
    assert api.control(f"transfers/{transfer_id}", {"status": "PROCESSING"}).status_code == 422
    assert api.control(f"transfers/{transfer_id}", {"secondary_status": {"name": "X"}}).status_code == 422


def test_transfers_need_a_scope_of_their_own(api: Api) -> None:
    api.authorize("orchestration:read_orchestration")
    assert api.http.get(TRANSFERS).status_code == 403
    assert api.http.get(f"{TRANSFERS}/{NOBODY}").status_code == 403
