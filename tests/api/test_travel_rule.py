"""Travel rule data: what is sent is complete, and of what is saved it is known what is missing."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from airflow_provider_paxos.api.countries import COUNTRIES
from airflow_provider_paxos.api.travel_rule import (
    SavedTravelRuleData,
    TravelRuleData,
    leaves,
    missing_travel_rule_data,
)
from airflow_provider_paxos.api.validation import wrong_fields

HOME = {"country": "USA", "address1": "12 Main St", "city": "New York", "province": "NY", "zip_code": "10001"}
PERSON = {"first_name": "Plantedfirst", "last_name": "Plantedlast", "physical_address": HOME}
INSTITUTION = {"name": "Planted Holdings", "physical_address": {"country": "SGP"}}
KNOWN = {"id": "8e4b1c2d-9a3f-4e6b-b1d7-2c5a8f0e3b94"}
OTHER = {"custom_vasp_name": "Another", "custom_vasp_website": "https://another.example"}
PRIVATE: dict[str, Any] = {"custodian_type": "PRIVATE", "beneficiary": {"self": True}}
AT_VASP: dict[str, Any] = {"custodian_type": "VASP", "vasp": KNOWN, "beneficiary": {"person_details": PERSON}}
VALID = [
    PRIVATE,
    AT_VASP,
    {**AT_VASP, "vasp": OTHER, "transfer_purpose": "salary"},
    {**PRIVATE, "beneficiary": {"institution_details": INSTITUTION}},
]


def wrong(values: dict[str, Any]) -> list[str]:
    with pytest.raises(ValidationError) as invalid:
        TravelRuleData.model_validate(values)
    return wrong_fields(invalid.value)


def person(**but: Any) -> dict[str, Any]:
    return {**AT_VASP, "beneficiary": {"person_details": {**PERSON, **but}}}


def home(**but: Any) -> dict[str, Any]:
    return person(physical_address={**HOME, **but})


class TestSent:
    @pytest.mark.parametrize("values", VALID)
    def test_valid_data_is_sent_as_it_is(self, values: dict[str, Any]) -> None:
        assert TravelRuleData.model_validate(values).model_dump(exclude_none=True, by_alias=True) == values

    @pytest.mark.parametrize("line", ["O'Hare (2): a/b, c. d? e & f + g-h", "x" * 35])
    def test_a_line_of_an_address_takes_the_published_characters(self, line: str) -> None:
        TravelRuleData.model_validate(home(address1=line))

    @pytest.mark.parametrize("name", ["Zoë", "Nuñez-O'Neil", "王"])
    def test_a_name_is_not_restricted_to_them(self, name: str) -> None:
        TravelRuleData.model_validate(person(first_name=name))

    @pytest.mark.parametrize(
        ("values", "expected"),
        [
            ({}, ["custodian_type: it is missing", "beneficiary: it is missing"]),
            ({**PRIVATE, "custodian_type": "SELF"}, ["custodian_type: Input should be 'VASP' or 'PRIVATE'"]),
            ({**AT_VASP, "vasp": None}, ["vasp is given if custodian_type is VASP, and only then"]),
            ({**PRIVATE, "vasp": KNOWN}, ["vasp is given if custodian_type is VASP, and only then"]),
            ({**AT_VASP, "vasp": {}}, ["vasp: give either id, or custom_vasp_name and custom_vasp_website"]),
            ({**AT_VASP, "vasp": {**KNOWN, **OTHER}}, ["vasp: give either id, or"]),
            ({**AT_VASP, "vasp": {"custom_vasp_name": "x"}}, ["vasp: give either id, or"]),
            ({**AT_VASP, "vasp": {"custom_vasp_website": "x"}}, ["vasp: give either id, or"]),
            ({**AT_VASP, "vasp": {**KNOWN, "custom_vasp_name": "x"}}, ["vasp: give either id, or"]),
            ({**PRIVATE, "beneficiary": {}}, ["beneficiary: give exactly one of self (true), person_details and"]),
            ({**PRIVATE, "beneficiary": {"self": False}}, ["beneficiary.self: Input should be True"]),
            (
                {**PRIVATE, "beneficiary": {"self": True, "institution_details": INSTITUTION}},
                ["beneficiary: give exactly one"],
            ),
            (person(last_name=""), ["beneficiary.person_details.last_name: String should have at least 1 character"]),
            (person(first_name=" Ada"), ["beneficiary.person_details.first_name: it begins or ends with a blank"]),
            (person(first_name="None"), ["beneficiary.person_details.first_name: it is 'None', as a template makes"]),
            (person(physical_address={}), ["beneficiary.person_details.physical_address.country: it is missing"]),
            *[
                (home(country=country), ["physical_address.country: it is not a country's code"])
                for country in ("US", "usa", "GER", "ZZZ", "")
            ],
            (home(city="Zürich"), ["city: it holds other characters than A to Z"]),
            (home(address1="x" * 36), ["address1: String should have at most 35 characters"]),
            (home(address2=""), ["address2: String should have at least 1 character"]),
            (home(zip_code=10001), ["zip_code: Input should be a valid string"]),
        ],
    )
    def test_what_paxos_would_refuse_is_refused_before(self, values: dict[str, Any], expected: list[str]) -> None:
        found = wrong(values)

        assert len(found) == len(expected)
        assert all(each in line for each, line in zip(expected, found, strict=True))

    def test_no_message_and_no_repr_shows_a_value(self) -> None:
        values = person(first_name="Planted\0", physical_address={"country": "Planted", "city": "Plänted"})
        data = TravelRuleData.model_validate(AT_VASP)

        assert "Planted" not in "".join(wrong(values))
        with pytest.raises(ValidationError) as invalid:
            TravelRuleData.model_validate(values)
        assert "Planted" not in str(invalid.value)
        assert "Planted" not in f"{data} {data!r} {data.beneficiary!r} {data.beneficiary.person_details!r}"


class TestSaved:
    @pytest.mark.parametrize("values", VALID)
    def test_of_valid_data_nothing_is_missing(self, values: dict[str, Any]) -> None:
        assert missing_travel_rule_data(SavedTravelRuleData.model_validate(values)) == ()
        assert missing_travel_rule_data(TravelRuleData.model_validate(values)) == ()

    @pytest.mark.parametrize("values", [None, {}, {"beneficiary": None, "vasp": {}}, {"beneficiary": {"self": False}}])
    def test_without_any_data_it_is_missing_as_a_whole(self, values: dict[str, Any] | None) -> None:
        data = SavedTravelRuleData.model_validate(values) if values is not None else None

        assert missing_travel_rule_data(data) == ("travelrule_metadata",)

    @pytest.mark.parametrize(
        ("values", "missing"),
        [
            ({**PRIVATE, "custodian_type": None}, ["custodian_type"]),
            ({**PRIVATE, "custodian_type": "NEW"}, ["custodian_type"]),
            ({**AT_VASP, "vasp": None}, ["vasp.id"]),
            ({**AT_VASP, "vasp": {"name": "OKX"}}, ["vasp.id"]),
            ({**AT_VASP, "vasp": {"custom_vasp_name": "x"}}, ["vasp.custom_vasp_website"]),
            ({"custodian_type": "PRIVATE"}, ["beneficiary"]),
            ({"custodian_type": "PRIVATE", "beneficiary": "Ada"}, ["beneficiary"]),
            (person(last_name=""), ["beneficiary.person_details.last_name"]),
            (person(first_name=["Ada"]), ["beneficiary.person_details.first_name"]),
            (person(physical_address=None), ["beneficiary.person_details.physical_address.country"]),
            (
                {"beneficiary": {"institution_details": {"physical_address": {"city": "Basel"}}}},
                [
                    "custodian_type",
                    "beneficiary.institution_details.name",
                    "beneficiary.institution_details.physical_address.country",
                ],
            ),
        ],
    )
    def test_what_is_missing_is_named_as_paxos_names_it(self, values: dict[str, Any], missing: list[str]) -> None:
        found = missing_travel_rule_data(SavedTravelRuleData.model_validate(values))

        assert found == tuple(f"travelrule_metadata.{name}" for name in missing)

    def test_values_go_by_the_names_of_the_api(self) -> None:
        assert leaves(SavedTravelRuleData.model_validate(PRIVATE)) == {
            "custodian_type": "PRIVATE",
            "beneficiary.self": True,
        }


def test_the_countries_are_those_of_iso_3166_and_kosovo() -> None:
    assert len(COUNTRIES) == 250
    assert all(len(code) == 3 and code.isalpha() and code.isupper() for code in COUNTRIES)
    assert {"USA", "SGP", "DEU", "GBR", "XKX"} <= COUNTRIES
