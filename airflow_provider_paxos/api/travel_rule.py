"""Travel rule data of a saved blockchain address: who has its key, and who the beneficiary is.

Sent data is complete by what Paxos demands for the US (its travel rule guide): a custodian type; of a VASP its id, or
its name and website; and a beneficiary, who is the sender, or a person or institution with name and country. Of saved
data, ``missing_travel_rule_data`` names what is missing of that.

The data is about persons. No error, log and repr of this package shows a value of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from airflow_provider_paxos.api.countries import COUNTRIES
from airflow_provider_paxos.api.fields import Id, OptionalText, OptionalTruth, Received, Sent, Text, Unshown
from airflow_provider_paxos.api.leniency import Otherwise, nothing

VASP, PRIVATE = "VASP", "PRIVATE"
"""The custodian types: a provider has the address' key, or its owner does."""

LINE = re.compile(r"[0-9A-Za-z /?:().,&'+-]+", re.ASCII)
LINE_LENGTH = 35
_KNOWN_VASP = "vasp.id"
_OTHER_VASP = ("vasp.custom_vasp_name", "vasp.custom_vasp_website")
_PERSON = ("first_name", "last_name", "physical_address.country")
_INSTITUTION = ("name", "physical_address.country")


def _line(value: str) -> str:
    if not LINE.fullmatch(value):
        raise ValueError("it holds other characters than A to Z, a to z, digits, blanks and /?:().,&'+-")
    return value


def _country(value: str) -> str:
    if value not in COUNTRIES:
        raise ValueError("it is not a country's code of three capital letters (ISO 3166 alpha-3), such as USA or SGP")
    return value


Line = Annotated[str, Field(min_length=1, max_length=LINE_LENGTH), AfterValidator(_line)]
Country = Annotated[str, AfterValidator(_country)]


class _SentData(Unshown, Sent):
    pass


class PhysicalAddress(_SentData):
    """Where a beneficiary lives, or has its seat."""

    country: Country
    address1: Line | None = None
    address2: Line | None = None
    city: Line | None = None
    province: Line | None = None
    zip_code: Line | None = None


class BeneficiaryPerson(_SentData):
    """A person who receives the money."""

    first_name: Text
    last_name: Text
    physical_address: PhysicalAddress


class BeneficiaryInstitution(_SentData):
    """An institution that receives the money."""

    name: Text
    physical_address: PhysicalAddress


class Beneficiary(_SentData):
    """The one who receives the money: the sender, a person or an institution."""

    is_self: Annotated[Literal[True] | None, Field(alias="self")] = None
    person_details: BeneficiaryPerson | None = None
    institution_details: BeneficiaryInstitution | None = None

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        if sum(each is not None for each in (self.is_self, self.person_details, self.institution_details)) != 1:
            raise ValueError("give exactly one of self (true), person_details and institution_details")
        return self


class DestinationVasp(_SentData):
    """The VASP that has an address' key: one of Paxos' directory by its id, or another one by name and website."""

    id: Id | None = None
    custom_vasp_name: Text | None = None
    custom_vasp_website: Text | None = None

    @model_validator(mode="after")
    def _one_way_to_name_it(self) -> Self:
        other = (self.custom_vasp_name, self.custom_vasp_website)
        if (self.id is not None) == any(other) or any(other) != all(other):
            raise ValueError("give either id, or custom_vasp_name and custom_vasp_website")
        return self


class TravelRuleData(_SentData):
    """The travel rule data that is saved with an address."""

    custodian_type: Literal["VASP", "PRIVATE"]
    vasp: DestinationVasp | None = None
    beneficiary: Beneficiary
    transfer_purpose: Text | None = None

    @model_validator(mode="after")
    def _vasp_of_a_vasp(self) -> Self:
        if (self.custodian_type == VASP) != (self.vasp is not None):
            raise ValueError("vasp is given if custodian_type is VASP, and only then")
        return self


class _SavedData(Unshown, Received):
    pass


class SavedPhysicalAddress(_SavedData):
    """An address as it is saved."""

    country: OptionalText = None
    address1: OptionalText = None
    address2: OptionalText = None
    city: OptionalText = None
    province: OptionalText = None
    zip_code: OptionalText = None


_Address = Annotated[SavedPhysicalAddress | None, Otherwise(nothing)]


class SavedPerson(_SavedData):
    """A person as it is saved."""

    first_name: OptionalText = None
    last_name: OptionalText = None
    physical_address: _Address = None


class SavedInstitution(_SavedData):
    """An institution as it is saved."""

    name: OptionalText = None
    physical_address: _Address = None


class SavedBeneficiary(_SavedData):
    """A beneficiary as it is saved."""

    is_self: Annotated[OptionalTruth, Field(alias="self")] = None
    person_details: Annotated[SavedPerson | None, Otherwise(nothing)] = None
    institution_details: Annotated[SavedInstitution | None, Otherwise(nothing)] = None


class SavedVasp(_SavedData):
    """A VASP as it is saved; ``name`` is that of Paxos' directory."""

    id: OptionalText = None
    name: OptionalText = None
    custom_vasp_name: OptionalText = None
    custom_vasp_website: OptionalText = None


class SavedTravelRuleData(_SavedData):
    """Travel rule data as it is saved. A field that is not what Paxos publishes is None, and thereby lacks."""

    custodian_type: OptionalText = None
    vasp: Annotated[SavedVasp | None, Otherwise(nothing)] = None
    beneficiary: Annotated[SavedBeneficiary | None, Otherwise(nothing)] = None
    transfer_purpose: OptionalText = None


def leaves(data: TravelRuleData | SavedTravelRuleData | None) -> dict[str, Any]:
    """Return the values by their names, such as ``beneficiary.person_details.first_name``; empty ones are left out."""
    return dict(_leaves(data.model_dump(by_alias=True))) if data else {}


def _leaves(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in values.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, f"{prefix}{name}.")
        elif value not in (None, "", False):
            yield f"{prefix}{name}", value


def personal_values(data: TravelRuleData | None) -> list[str]:
    """Return what the data says of persons and institutions, and of the purpose."""
    of_persons = ("beneficiary.", "transfer_purpose")
    return [value for name, value in leaves(data).items() if name.startswith(of_persons) and isinstance(value, str)]


def missing_travel_rule_data(data: TravelRuleData | SavedTravelRuleData | None) -> tuple[str, ...]:
    """Return the names of what is missing of valid travel rule data; none are for valid data.

    :returns: names such as ``travelrule_metadata.custodian_type``, as Paxos' reference has them.
    """
    there = set(leaves(data))
    if not there:
        return ("travelrule_metadata",)
    custodian = data.custodian_type if data else None
    missing = [] if custodian in (VASP, PRIVATE) else ["custodian_type"]
    if custodian == VASP and _KNOWN_VASP not in there:
        other = [name for name in _OTHER_VASP if name not in there]
        missing += [_KNOWN_VASP] if len(other) == len(_OTHER_VASP) else other
    missing += _lacking_of_beneficiary(there)
    return tuple(f"travelrule_metadata.{name}" for name in missing)


def _lacking_of_beneficiary(there: set[str]) -> list[str]:
    if "beneficiary.self" in there:
        return []
    for details, names in (("person_details", _PERSON), ("institution_details", _INSTITUTION)):
        prefix = f"beneficiary.{details}."
        if any(name.startswith(prefix) for name in there):
            return [f"{prefix}{name}" for name in names if f"{prefix}{name}" not in there]
    return ["beneficiary"]
