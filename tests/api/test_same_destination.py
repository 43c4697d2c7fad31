"""A saved address is compared with what is asked for: by meaning, and as far as the request names it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from airflow_provider_paxos.api.same_destination import change_of, differing_fields
from airflow_provider_paxos.api.saved_addresses import CryptoDestinationAddress, checked_destination
from tests.api.test_crypto_destinations import EVM, SAVED
from tests.api.test_travel_rule import AT_VASP, HOME, PERSON, PRIVATE

WANTED: dict[str, Any] = {
    "crypto_network": "ETHEREUM",
    "address": EVM,
    "nickname": SAVED["nickname"],
    "bookmarked_status": True,
    "travelrule_metadata": {**AT_VASP, "vasp": {"id": "vasp-1"}, "transfer_purpose": "salary"},
}


def differing(wanted: dict[str, Any], **saved: Any) -> tuple[str, ...]:
    return differing_fields(
        checked_destination({**WANTED, **wanted}), CryptoDestinationAddress.model_validate({**SAVED, **saved})
    )


def of(person: dict[str, Any]) -> dict[str, Any]:
    return {**AT_VASP, "beneficiary": {"person_details": {**PERSON, **person}}}


def test_what_is_saved_as_asked_for_does_not_differ() -> None:
    assert differing({}) == ()


@pytest.mark.parametrize("unnamed", ["nickname", "bookmarked_status", "travelrule_metadata"])
def test_what_is_not_named_stays_as_it_is(unnamed: str) -> None:
    assert differing({unnamed: None}, nickname="other" if unnamed == "nickname" else SAVED["nickname"]) == ()


def test_what_is_saved_beyond_what_is_named_stays_as_it_is() -> None:
    assert differing({"travelrule_metadata": {**AT_VASP, "vasp": {"id": "vasp-1"}}}) == ()


@pytest.mark.parametrize(
    ("wanted", "saved", "expected"),
    [
        ({"nickname": "treasury"}, {}, ["nickname"]),
        ({}, {"nickname": None}, ["nickname"]),
        ({"bookmarked_status": False}, {}, ["bookmarked_status"]),
        ({}, {"bookmarked": None}, ["bookmarked_status"]),
        (
            {"travelrule_metadata": of({"last_name": "Another"})},
            {},
            ["travelrule_metadata.vasp.id", "travelrule_metadata.beneficiary.person_details.last_name"],
        ),
        (
            {},
            {"travelrule_metadata": {**AT_VASP, "vasp": {"custom_vasp_name": "x"}}},
            ["travelrule_metadata.vasp.id", "travelrule_metadata.transfer_purpose"],
        ),
        (
            {"travelrule_metadata": PRIVATE},
            {},
            ["travelrule_metadata.custodian_type", "travelrule_metadata.beneficiary.self"],
        ),
    ],
)
def test_what_differs_is_named_without_its_value(
    wanted: dict[str, Any], saved: dict[str, Any], expected: list[str]
) -> None:
    assert list(differing(wanted, **saved)) == expected


def test_an_address_without_travel_rule_data_differs_in_all_that_is_named() -> None:
    names = differing({}, travelrule_metadata=None)

    assert len(names) == 5 + len(HOME)
    assert all(name.startswith("travelrule_metadata.") for name in names)


@pytest.mark.parametrize(
    ("wanted", "saved"),
    [
        ({"bookmarked_status": False}, {"bookmarked": None}),
        ({"nickname": "Zoe\N{COMBINING DIAERESIS}"}, {"nickname": "Zoë"}),
        (
            {"travelrule_metadata": {**AT_VASP, "vasp": {"id": "8E4B1C2D-9A3F-4E6B-B1D7-2C5A8F0E3B94"}}},
            {"travelrule_metadata": AT_VASP},
        ),
    ],
)
def test_values_are_compared_by_meaning(wanted: dict[str, Any], saved: dict[str, Any]) -> None:
    assert differing(wanted, **saved) == ()


def test_a_change_is_the_id_and_what_differs_travel_rule_data_as_a_whole() -> None:
    request = checked_destination(WANTED)
    saved = CryptoDestinationAddress.model_validate(SAVED)
    change = change_of(request, saved, ("nickname", "travelrule_metadata.beneficiary.person_details.last_name"))

    assert json.loads(change.body()) == {
        "id": SAVED["id"],
        "nickname": WANTED["nickname"],
        "travelrule_metadata": WANTED["travelrule_metadata"],
    }
